import type { HmiCoverage, HmiGap } from "../shared/domain/hmi.ts";
import type { KeptSpan } from "./journal/look-back.ts";
import type { Rig } from "./rig.ts";

/** Frames further apart than so many ticks are a hole. */
const APART_TICKS = 3;

/** Is it all here? As the rig's own disk and the receipts know it: every gap event, and every hole that no event could tell of. */
export async function coverageOf(rig: Rig | null, from: number, to: number): Promise<HmiCoverage> {
  if (rig === null) return { from, to, rig: [], cloud: [], gaps: [] };
  const [spans, events, starts] = await Promise.all([
    rig.history.spans(from, to, APART_TICKS * rig.config.tickMs),
    rig.history.gaps(from, Date.now()),
    rig.history.starts(from, to),
  ]);
  const names = new Map(rig.latest.tags.map(({ id, label }) => [id, label]));
  const all = `all ${names.size} tags`;
  const told: HmiGap[] = events
    .filter((gap) => gap.to >= from && gap.from <= to)
    .map((gap) => ({
      from: gap.from,
      to: gap.to,
      what: gap.tags?.map((tag) => names.get(tag) ?? tag).join(", ") ?? all,
      why: gap.reason,
      count: gap.count,
    }));
  const holes = holesIn(spans, APART_TICKS * rig.config.tickMs)
    .filter((hole) => !told.some((gap) => gap.from < hole.to && gap.to > hole.from))
    .map((hole) => ({ ...hole, what: all, why: whyOf(hole, starts), count: null }));
  return {
    from,
    to,
    rig: spans.map((span) => ({ from: span.from, to: span.to, state: "held" })),
    cloud: spans.map((span) => ({ from: span.from, to: span.to, state: span.held ? "held" : "waiting" })),
    gaps: [...told, ...holes].sort((one, other) => one.from - other.from),
  };
}

interface Hole {
  from: number;
  to: number;
}

/** Where no frame closed for longer than `apartMs` between two that did. */
export function holesIn(spans: readonly KeptSpan[], apartMs: number): Hole[] {
  return spans.flatMap((span, i) => {
    const before = spans[i - 1];
    return before !== undefined && span.from - before.to > apartMs ? [{ from: before.to, to: span.from }] : [];
  });
}

/** A run that began in the hole ended it; nobody was there to note why the one before it ended. */
function whyOf({ from, to }: Hole, starts: readonly number[]): string {
  return starts.some((at) => at >= from && at <= to) ? "the daemon on this box did not run" : "no frame was closed";
}
