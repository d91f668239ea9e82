import { AT_SOURCE, Block, DATED, UNDATED } from "../../shared/domain/reading.ts";
import type { Columns } from "../../shared/wire/columns.ts";
import type { FrameTable } from "../../shared/wire/span.ts";
import type { Dating } from "./dating.ts";
import type { FrameEntry, Merged, Piece } from "./merge.ts";
import { type Reach, reachOf } from "./reach.ts";

/** Readings at the times at which they were made, where their frames' own clock was not known. Only a gateway's own times are moved: a source has a clock of its own. */

/** Ms to add to the times of each frame of a span; null where nothing is to be added to any. */
export function spanShifts({ runs, times }: FrameTable, dating: Dating): Float64Array | null {
  let all: Float64Array | null = null;
  let start = 0;
  for (const { epoch, firstSeq, count } of runs) {
    const end = start + count;
    const part = {
      receivedAt: times.receivedAt.subarray(start, end),
      mono: times.mono.subarray(start, end),
      clock: times.clock.subarray(start, end),
    };
    const shifts = dating.shifts(epoch, part, (f) => firstSeq + f);
    if (shifts !== null) {
      all ??= new Float64Array(times.receivedAt.length);
      all.set(shifts, start);
    }
    start = end;
  }
  return all;
}

/**
 * A copy of the columns of readings `start` to `end` (not included) in which each has its time: DATED where that was worked out, UNDATED and NaN where
 * nobody knows it. Null where all are right as they are: there is nothing to copy. The copy points into the same texts.
 */
export function placed(
  frames: readonly (Pick<FrameEntry, "shift"> | null)[],
  frame: Uint32Array,
  readings: Block,
  start: number,
  end: number,
): Block | null {
  if (frames.every((entry) => entry === null || entry.shift === 0)) return null;
  return placedBy((f) => frames[f]?.shift ?? 0, frame, readings, start, end);
}

function placedBy(
  shiftOf: (frame: number) => number,
  frame: Uint32Array,
  readings: Block,
  start: number,
  end: number,
): Block {
  const copy = new Block(end - start);
  copy.texts = readings.texts;
  for (let i = start; i < end; i++) {
    const status = readings.status[i] ?? 0;
    const shift = (status & AT_SOURCE) === 0 ? shiftOf(frame[i] ?? 0) : 0;
    const mark = Number.isNaN(shift) ? UNDATED : shift === 0 ? 0 : DATED;
    const [low, high] = [readings.words[2 * i] ?? 0, readings.words[2 * i + 1] ?? 0];
    const at = (readings.at[i] ?? 0) + shift;
    copy.pushBits(readings.tag[i] ?? 0, at, low, high, status | mark, readings.reason[i] ?? 0);
  }
  return copy;
}

/**
 * Earliest and latest of the times of a batch's readings and frames, as they were made; of frames whose time nobody knows, only where no other is in it:
 * by the rig's own clock, and `latest` is null.
 */
export function placedReach(
  receivedAt: Float64Array,
  { frame, readings }: Pick<Columns, "frame" | "readings">,
  shifts: Float64Array | null,
): { at: Reach; received: Reach; latest: number | null } {
  const { length } = readings;
  if (shifts === null) {
    const received = reachOf(receivedAt);
    return { at: reachOf(readings.at.subarray(0, length), receivedAt), received, latest: received.to };
  }
  const known = receivedAt.map((at, f) => at + (shifts[f] ?? 0)).filter((at) => !Number.isNaN(at));
  const times = known.length === 0 ? receivedAt : known;
  const { at } = placedBy((f) => shifts[f] ?? 0, frame, readings, 0, length);
  const received = reachOf(times);
  return { at: reachOf(at.subarray(0, length), times), received, latest: known.length === 0 ? null : received.to };
}

/** The same for the columns of a span in the making. */
export function placedColumns({ frames, columns }: Merged): Block {
  const { frame, readings } = columns;
  return placed(frames, frame, readings, 0, readings.length) ?? readings;
}

/** The readings of a batch to be shown: at their times where those are known, else as they came, and marked. */
export function placedToShow(
  { frame, readings }: Pick<Columns, "frame" | "readings">,
  shifts: Float64Array | null,
): Block {
  if (shifts === null) return readings;
  const shown = placedBy((f) => shifts[f] ?? 0, frame, readings, 0, readings.length);
  for (let i = 0; i < shown.length; i++) if (Number.isNaN(shown.at[i] ?? 0)) shown.at[i] = readings.at[i] ?? 0;
  return shown;
}

/** A piece with the times at which its readings were made; those are left out of which nobody knows. `shifts` has one a frame, null for none. */
export function placedPiece(piece: Piece, shifts: Float64Array | null): Piece {
  if (shifts === null) return piece;
  const { frame, readings, start, end } = piece;
  const all = placedBy((f) => shifts[f] ?? 0, frame, readings, start, end);
  const kept = new Block(all.length);
  kept.texts = all.texts;
  const frames = new Uint32Array(all.length);
  for (let i = 0; i < all.length; i++)
    if (!Number.isNaN(all.at[i] ?? 0)) frames[kept.pushFrom(all, i, false)] = frame[start + i] ?? 0;
  return { frame: frames, readings: kept, start: 0, end: kept.length };
}
