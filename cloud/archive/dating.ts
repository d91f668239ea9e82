import { type ClockAnchor, shiftOf, type TimeSource } from "../../shared/domain/dating.ts";
import type { Id } from "../../shared/domain/id.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import type { FrameTimes } from "../../shared/wire/frame-table.ts";
import { clockStates, type SeqRange } from "../../shared/wire/names.ts";
import type { Finds } from "./damage.ts";
import { soundSql } from "./schema.ts";

/** Frames of one epoch, one behind the other, that were made while their rig's clock was not known. */
export interface UnknownClock extends SeqRange {
  /** What dates them; null while nobody told the true time of their boot. */
  anchor: ClockAnchor | null;
  /** Without an anchor: their boot is over and all that it told has landed, so they stay undated. */
  over: boolean;
  /** Their monotonic times. */
  fromMono: number;
  toMono: number;
}

/** When the frames of a rig were made whose clock was not known. */
export interface Dating {
  /** The stretches of an epoch, in their order; a frame of unknown clock that is in none waits to be dated. */
  of(epoch: Id): readonly UnknownClock[];
  /** Ms to add to each frame's own times: NaN while nobody knows when it was made; null where all clocks were known. `seqAt` names the frames. */
  shifts(epoch: Id, times: FrameTimes, seqAt: (frame: number) => number): Float64Array | null;
  /** Whether an undated frame may yet be dated: until then it stays where it landed. */
  waits(epoch: Id, seq: number): boolean;
}

/** A row of the table. */
export interface DatingRow extends SeqRange {
  epoch: Id;
  from_mono: number;
  to_mono: number;
  at: number | null;
  mono: number | null;
  uncertainty: number | null;
  /** Position in `timeSources`. */
  told_by: number | null;
  over: number;
  sound: number;
}

/** Who dates, as the table counts them. */
export const timeSources = ["time server", "office"] as const satisfies readonly TimeSource[];
/** How the tables count a clock that was not known. */
export const unknownClock = clockStates.indexOf("unknown");

/** Whether a clock state, by its position in `clockStates`, says that the clock was not known. */
export function isUnknown(clock: number): boolean {
  return clock === unknownClock;
}

/** Reads the dating of a rig (by its number), as it stands now. A row that is not as it was written is told: its frames count as undated. */
export function datingOf(db: Sqlite, finds: Finds): (rig: number) => Dating {
  const rows = db.prepare<[number], DatingRow>(
    `select e.epoch as epoch, d.first, d.last, d.from_mono, d.to_mono, d.at, d.mono, d.uncertainty, d.told_by, d.over,
       (select ${soundSql("dating")} from dating where rig = d.rig and epoch = d.epoch and first = d.first) as sound
     from dating d join epoch e on e.no = d.epoch where d.rig = ? order by d.epoch, d.first`,
  );
  return (rig) => {
    const byEpoch = new Map<Id, UnknownClock[]>();
    for (const row of rows.iterate(rig)) {
      if (row.sound !== 1) {
        finds({ type: "repeated", table: "dating" });
        continue;
      }
      const list = byEpoch.get(row.epoch);
      if (list === undefined) byEpoch.set(row.epoch, [stretchOf(row)]);
      else list.push(stretchOf(row));
    }
    return dated(byEpoch);
  };
}

/** What a row says. */
export function stretchOf(row: Omit<DatingRow, "epoch" | "sound">): UnknownClock {
  const { first, last, at, mono, uncertainty, told_by } = row;
  const by = timeSources[told_by ?? -1];
  const anchor = at === null || mono === null || by === undefined ? null : { at, mono, uncertainty, by };
  return { first, last, anchor, over: row.over === 1, fromMono: row.from_mono, toMono: row.to_mono };
}

function dated(byEpoch: ReadonlyMap<Id, readonly UnknownClock[]>): Dating {
  const of = (epoch: Id) => byEpoch.get(epoch) ?? [];
  return {
    of,
    shifts(epoch, times, seqAt) {
      if (!times.clock.includes(unknownClock)) return null;
      const stretches = of(epoch);
      return Float64Array.from(times.clock, (clock, f) =>
        clock === unknownClock ? shiftIn(stretches, seqAt(f), times, f) : 0,
      );
    },
    waits: (epoch, seq) => stretchAt(of(epoch), seq)?.over !== true,
  };
}

function shiftIn(stretches: readonly UnknownClock[], seq: number, { receivedAt, mono }: FrameTimes, f: number): number {
  return shiftOf({ receivedAt: receivedAt[f] ?? 0, mono: mono[f] ?? 0 }, stretchAt(stretches, seq)?.anchor ?? null);
}

function stretchAt(stretches: readonly UnknownClock[], seq: number): UnknownClock | undefined {
  let [low, high] = [0, stretches.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((stretches[middle]?.last ?? 0) < seq) low = middle + 1;
    else high = middle;
  }
  const found = stretches[low];
  return found !== undefined && found.first <= seq ? found : undefined;
}

/** Of a rig all of whose clocks were known. */
export const nothingUndated: Dating = dated(new Map());
