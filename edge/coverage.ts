import type { HmiCoverage, HmiGap, HmiSpan } from "../shared/domain/hmi.ts";
import type { Books } from "./books.ts";
import type { History } from "./journal/history.ts";
import type { KeptSpan } from "./journal/look-back.ts";

/** Frames further apart than so many ticks are a hole. */
const APART_TICKS = 3;

/** Is it all here? As the rig's own disk and the receipts know it: every gap event, and every hole that no event could tell of. While nothing is read, a hole is open at the end. */
export async function coverageOf(
  rig: Pick<Books, "config" | "history">,
  tags: readonly { id: string; label: string }[],
  from: number,
  to: number,
  reading: boolean,
): Promise<HmiCoverage> {
  const apartMs = APART_TICKS * rig.config.tickMs;
  const [spans, events, starts, before, dated] = await Promise.all([
    rig.history.spans(from, to, apartMs),
    rig.history.gaps(from, Date.now()),
    rig.history.starts(from, to),
    rig.history.newestBefore(from),
    rig.history.dated(from, to, apartMs),
  ]);
  const names = new Map(tags.map(({ id, label }) => [id, label]));
  const all = `all ${names.size} tags`;
  const inSpan = events.filter((gap) => gap.to >= from && gap.from <= to);
  const told: HmiGap[] = inSpan.map((gap) => ({
    from: gap.from,
    to: gap.to,
    what: gap.tags?.map((tag) => names.get(tag) ?? tag).join(", ") ?? all,
    why: gap.reason,
    count: gap.count,
  }));
  const ofAll = inSpan.filter(({ tags }) => tags === undefined);
  // A run that ended before this span left the hole that the span begins with.
  const edge = before === null ? [] : [{ from, to: from, held: true, thinned: false }];
  const end = reading ? [] : [{ from: to, to, held: true, thinned: false }];
  const holes = holesIn([...edge, ...spans, ...end], apartMs);
  const rest = holes.flatMap((hole) => outside(hole, ofAll)).filter((hole) => hole.to - hole.from > apartMs);
  const untold = await Promise.all(
    rest.map(async (hole) => ({ ...hole, what: all, why: await whyOf(hole, starts, rig.history), count: null })),
  );
  const missing = holes.map((hole): HmiSpan => {
    const known =
      (!reading && hole.to === to) ||
      ended(hole, starts) ||
      ofAll.some((gap) => gap.from < hole.to && gap.to > hole.from);
    return { ...hole, state: known ? "missing" : "unknown" };
  });
  const banded = (state: (span: KeptSpan) => HmiSpan["state"]) =>
    [...missing, ...spans.map((span) => ({ from: span.from, to: span.to, state: state(span) }))].sort(
      (one, other) => one.from - other.from,
    );
  return {
    from,
    to,
    rig: banded(({ thinned }) => (thinned ? "thinned" : "held")),
    cloud: banded(({ held, thinned }) => (!held ? "waiting" : thinned ? "thinned" : "held")),
    gaps: [...told, ...untold].sort((one, other) => one.from - other.from),
    dated,
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

/** What of a hole lies outside all of these. */
export function outside(hole: Hole, told: readonly Hole[]): Hole[] {
  return told.reduce<Hole[]>(
    (parts, gap) =>
      parts.flatMap((part) =>
        gap.to <= part.from || gap.from >= part.to
          ? [part]
          : [
              ...(gap.from > part.from ? [{ from: part.from, to: gap.from }] : []),
              ...(gap.to < part.to ? [{ from: gap.to, to: part.to }] : []),
            ],
      ),
    [hole],
  );
}

/** A run that began in the hole ended it; nobody was there to note why the one before it ended. */
function ended({ from, to }: Hole, starts: readonly number[]): boolean {
  return starts.some((at) => at >= from && at <= to);
}

async function whyOf(hole: Hole, starts: readonly number[], history: Pick<History, "alarms">): Promise<string> {
  const alarms = await history.alarms(hole.from, hole.to);
  if (alarms.some(({ condition }) => condition === "configuration"))
    return "The configuration was broken: no device was read";
  return ended(hole, starts) ? "Rig box was off, or its daemon did not run" : "No frame was closed";
}
