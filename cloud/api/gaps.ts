import type { CoverageSpan } from "../../shared/domain/api-history.ts";
import type { RigId } from "../../shared/domain/id.ts";
import type { Past } from "./past.ts";

/** What of a span is not held: missing, under way, edge down, undated, not known. */
export function gapsOf(past: Past, rig: RigId, span: { start: number; end: number }): CoverageSpan[] {
  return past.coverage(rig, span.start, span.end).spans.filter(({ kind }) => kind !== "held" && kind !== "late");
}
