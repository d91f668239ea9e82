import type { CoverageSpan } from "../../shared/domain/api-coverage.ts";
import type { RigId } from "../../shared/domain/id.ts";
import type { History } from "../archive/history.ts";
import type { Contacts } from "../live/contacts.ts";
import { coverageNow } from "./coverage-now.ts";

/**
 * What an answer about history says beside its readings. `gaps`: what of the span is not held: missing, under way, edge down, undated, not known; each
 * with a reason: its kind where nothing more is known. `dated`: what of it was given its time afterwards. `thinned`: where readings
 * were left out on the rig.
 */
export async function besides(
  history: Pick<History, "rig" | "coverage">,
  contacts: Contacts,
  rig: RigId,
  span: { start: number; end: number },
): Promise<{ gaps: CoverageSpan[]; dated: CoverageSpan[]; thinned: CoverageSpan[] }> {
  const { spans } = await coverageNow(history, contacts, rig, span);
  const isHeld = ({ kind }: CoverageSpan) => kind === "held" || kind === "late";
  return {
    gaps: spans
      .filter((span) => !isHeld(span) && span.kind !== "thinned")
      .map((span) => ({ ...span, reason: span.reason === "" ? span.kind : span.reason })),
    dated: spans.filter((span) => isHeld(span) && span.reason !== ""),
    thinned: spans.filter(({ kind }) => kind === "thinned"),
  };
}
