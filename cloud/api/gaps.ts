import type { CoverageSpan } from "../../shared/domain/api-coverage.ts";
import type { RigId } from "../../shared/domain/id.ts";
import type { History } from "../archive/history.ts";
import type { Contacts } from "../live/contacts.ts";
import { coverageNow } from "./coverage-now.ts";

/** What of a span is not held: missing, under way, edge down, undated, not known. Each with a reason: its kind where nothing more is known. */
export async function gapsOf(
  history: Pick<History, "rig" | "coverage">,
  contacts: Contacts,
  rig: RigId,
  span: { start: number; end: number },
): Promise<CoverageSpan[]> {
  const { spans } = await coverageNow(history, contacts, rig, span);
  return spans
    .filter(({ kind }) => kind !== "held" && kind !== "late" && kind !== "thinned")
    .map((span) => ({ ...span, reason: span.reason === "" ? span.kind : span.reason }));
}
