import type { EpochMs, Id } from "../../shared/domain/id.ts";
import type { SeqRange } from "../../shared/wire/names.ts";
import { countOf } from "../../shared/wire/ranges.ts";

/** What is known of the time of an epoch's frames (see `EpochCoverage`). */
interface EpochTimes {
  epoch: Id;
  startedAt: EpochMs | null;
  predecessor: Id | null;
  runs: readonly (SeqRange & { from: EpochMs; to: EpochMs })[];
  undated: readonly (SeqRange & { over: boolean })[];
}

/** Frames that are held and of which nobody knows when they were made, and what bounds that. */
export interface UndatedSpan {
  epoch: Id;
  first: number;
  last: number;
  /** The end of the last frame before them whose time is known, and the begin of the first behind them; null where there is none. */
  from: EpochMs | null;
  to: EpochMs | null;
  frames: number;
  /** Their boot is over and told no true time: they stay undated. */
  over: boolean;
}

/** Runs that are followed back or on to find a frame whose time is known. */
const MOST_RUNS = 1_000;

/** Every stretch of undated frames with its bounds: the runs before and behind it on its disk. */
export function undatedSpans(epochs: readonly EpochTimes[]): UndatedSpan[] {
  if (epochs.every(({ undated }) => undated.length === 0)) return [];
  const known = new Map(epochs.map((epoch) => [epoch.epoch, epoch]));
  const next = new Map(epochs.flatMap((epoch) => (epoch.predecessor === null ? [] : [[epoch.predecessor, epoch]])));
  const endOf = ({ runs, startedAt }: EpochTimes) => runs.at(-1)?.to ?? startedAt;
  const beginOf = ({ runs, startedAt }: EpochTimes) => startedAt ?? runs[0]?.from ?? null;
  const before = (epoch: EpochTimes) => (epoch.predecessor === null ? undefined : known.get(epoch.predecessor));

  return epochs.flatMap((epoch) =>
    epoch.undated.map(({ first, last, over }): UndatedSpan => {
      const inside = epoch.runs.findLast((run) => run.last < first)?.to ?? epoch.startedAt;
      const from = inside ?? nearest(before(epoch), before, endOf);
      const behind = epoch.runs.find((run) => run.first > last)?.from;
      const to = behind ?? nearest(next.get(epoch.epoch), (one) => next.get(one.epoch), beginOf);
      // Of a clock that ran wrong unnoticed nothing follows.
      const isOrdered = from === null || to === null || from <= to;
      return {
        epoch: epoch.epoch,
        first,
        last,
        from,
        to: isOrdered ? to : null,
        frames: countOf([{ first, last }]),
        over,
      };
    }),
  );
}

/** The first time that is known from a run on, one run after the other. */
function nearest(
  from: EpochTimes | undefined,
  step: (epoch: EpochTimes) => EpochTimes | undefined,
  timeOf: (epoch: EpochTimes) => EpochMs | null,
): EpochMs | null {
  let epoch = from;
  for (let i = 0; epoch !== undefined && i < MOST_RUNS; i++, epoch = step(epoch)) {
    const time = timeOf(epoch);
    if (time !== null) return time;
  }
  return null;
}
