import type { CoverageSpan } from "../../shared/domain/api-coverage.ts";
import type { RigId } from "../../shared/domain/id.ts";
import type { History } from "../archive/history.ts";

/** What of a span is not held: missing, under way, edge down, undated, not known. Each with a reason: its kind where nothing more is known. */
export async function gapsOf(
  history: Pick<History, "coverage">,
  rig: RigId,
  { start, end }: { start: number; end: number },
): Promise<CoverageSpan[]> {
  const { spans } = await history.coverage(rig, start, end, Date.now());
  return spans
    .filter(({ kind }) => kind !== "held" && kind !== "late")
    .map((span) => ({ ...span, reason: span.reason === "" ? span.kind : span.reason }));
}
