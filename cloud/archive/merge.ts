import type { Id } from "../../shared/domain/id.ts";
import { Block, type Representation } from "../../shared/domain/reading.ts";
import type { Columns } from "../../shared/wire/columns.ts";
import type { Original } from "../../shared/wire/frame.ts";
import type { FrameTimes } from "../../shared/wire/frame-table.ts";
import type { FrameRun } from "../../shared/wire/span.ts";

/** A frame by its name, and when it was made. */
export interface FrameEntry {
  epoch: Id;
  seq: number;
  dictionary: Id;
  receivedAt: number;
  mono: number;
  /** Position in `clockStates`. */
  clock: number;
  /** It came by backfill. */
  late: boolean;
  /** What is kept of the frame that it was before readings were left out, and within which bound; null of a whole one. */
  thinned: Original | null;
  /** Ms to add to its own times, which a clock told that was not known; NaN while nobody knows when it was made. */
  shift: number;
}

/** When a frame was made: by its own clock where nobody knows better. */
export function placedAt({ receivedAt, shift }: Pick<FrameEntry, "receivedAt" | "shift">): number {
  return Number.isNaN(shift) ? receivedAt : receivedAt + shift;
}

/** Readings of one tag version, and for each which of its source's frames it came in. */
export interface Piece {
  frame: Uint32Array;
  readings: Block;
  /** Readings of the block from `start` to `end` (not included). */
  start: number;
  end: number;
}

/** Frames and their readings, from a waiting batch or a span on disk. Frames in the order that `piece.frame` counts, null for one that does not belong here; pieces by the version's number. */
export interface Source {
  frames: readonly (FrameEntry | null)[];
  pieces: ReadonlyMap<number, Piece>;
}

/** Frames of one span in the order of epochs and seqs, each once, and their readings by version. */
export interface Merged {
  frames: FrameEntry[];
  /** Numbers of the versions that have readings in these frames, as `columns.tags` counts them. */
  versions: number[];
  columns: Columns;
}

/**
 * One span out of several sources. Where two have a frame the later source's counts, readings too: a thinned frame is written again
 * by its original, and what rotted by what the rig sends again. `representationOf` is asked by a version's number.
 */
export function merge(sources: readonly Source[], representationOf: (version: number) => Representation): Merged {
  const { frames, positions } = ordered(sources);
  const named = [...new Set(sources.flatMap((source) => [...source.pieces.keys()]))].sort((x, y) => x - y);
  let room = 0;
  for (const source of sources) for (const piece of source.pieces.values()) room += piece.end - piece.start;
  const frame = new Uint32Array(room);
  const readings = new Block(room);
  const whole = positions.map((map) => !map.includes(-1));
  // A version that has readings in other frames of its source alone is not part of this span.
  const versions: number[] = [];
  const starts = [0];
  for (const version of named) {
    const isText = representationOf(version) === "text";
    const start = readings.length;
    for (const [s, source] of sources.entries()) {
      const piece = source.pieces.get(version);
      const map = positions[s];
      if (piece === undefined || map === undefined) continue;
      if (whole[s] === true && !isText && piece.end - piece.start > FEW) appendWhole({ frame, readings }, piece, map);
      else append({ frame, readings }, piece, map, isText);
    }
    if (readings.length === start) continue;
    versions.push(version);
    starts.push(readings.length);
    order({ frame, readings }, start, readings.length);
  }
  const columns: Columns = {
    tags: Uint32Array.from(versions, (_, i) => i),
    starts: Uint32Array.from(starts),
    frame: frame.subarray(0, readings.length),
    readings,
  };
  return { frames, versions, columns };
}

type Filled = Pick<Columns, "frame" | "readings">;

interface Ordered {
  frames: FrameEntry[];
  /** By source where each of its frames went; -1 where a later source has it again. */
  positions: Int32Array[];
}

/** The frames one behind the other, if that is their order already; null if not. */
function inOrder(sources: readonly Source[]): Ordered | null {
  const frames: FrameEntry[] = [];
  const positions: Int32Array[] = [];
  for (const source of sources) {
    const map = new Int32Array(source.frames.length);
    for (const [local, frame] of source.frames.entries()) {
      map[local] = frame === null ? -1 : frames.length;
      if (frame === null) continue;
      const before = frames.at(-1);
      if (before !== undefined && (before.epoch !== frame.epoch || before.seq >= frame.seq)) return null;
      frames.push(frame);
    }
    positions.push(map);
  }
  return { frames, positions };
}

function ordered(sources: readonly Source[]): Ordered {
  const simple = inOrder(sources);
  if (simple !== null) return simple;
  const newest = new Map<string, { entry: FrameEntry; source: number; local: number }>();
  const begins = new Map<Id, number>();
  for (const [source, { frames }] of sources.entries()) {
    for (const [local, entry] of frames.entries()) {
      if (entry === null) continue;
      newest.set(`${entry.epoch}${entry.seq}`, { entry, source, local });
      begins.set(entry.epoch, Math.min(begins.get(entry.epoch) ?? placedAt(entry), placedAt(entry)));
    }
  }
  const all = [...newest.values()].sort(({ entry: x }, { entry: y }) =>
    x.epoch === y.epoch
      ? x.seq - y.seq
      : (begins.get(x.epoch) ?? 0) - (begins.get(y.epoch) ?? 0) || (x.epoch < y.epoch ? -1 : 1),
  );
  const positions = sources.map((source) => new Int32Array(source.frames.length).fill(-1));
  for (const [to, { source, local }] of all.entries()) {
    const map = positions[source];
    if (map !== undefined) map[local] = to;
  }
  return { frames: all.map(({ entry }) => entry), positions };
}

/** Up to so many readings are copied one by one: views for copying cost more. */
const FEW = 16;

/** Of a source all of whose frames belong here. */
function appendWhole(to: Filled, { frame, readings, start, end }: Piece, positions: Int32Array): void {
  const { readings: into } = to;
  const at = into.length;
  into.at.set(readings.at.subarray(start, end), at);
  into.words.set(readings.words.subarray(2 * start, 2 * end), 2 * at);
  into.status.set(readings.status.subarray(start, end), at);
  into.reason.set(readings.reason.subarray(start, end), at);
  into.length = at + end - start;
  for (let i = start; i < end; i++) to.frame[at + i - start] = positions[frame[i] ?? 0] ?? 0;
}

function append(to: Filled, piece: Piece, positions: Int32Array, isText: boolean): void {
  const { frame, readings, start, end } = piece;
  const { readings: into } = to;
  for (let i = start; i < end; i++) {
    const position = positions[frame[i] ?? 0] ?? -1;
    if (position >= 0) to.frame[into.pushFrom(readings, i, isText)] = position;
  }
}

/** Brings readings `start` to `end` into the order of their frames, within a frame as they came. */
function order({ frame, readings }: Filled, start: number, end: number): void {
  let rising = true;
  for (let i = start + 1; i < end && rising; i++) rising = (frame[i - 1] ?? 0) <= (frame[i] ?? 0);
  if (rising) return;
  const by = Uint32Array.from({ length: end - start }, (_, i) => start + i);
  by.sort((x, y) => (frame[x] ?? 0) - (frame[y] ?? 0) || x - y);
  const copy = new Block(end - start);
  const frames = by.map((i) => frame[i] ?? 0);
  for (const i of by) copy.pushFrom(readings, i, false);
  frame.set(frames, start);
  readings.at.set(copy.at.subarray(0, copy.length), start);
  readings.words.set(copy.words.subarray(0, 2 * copy.length), 2 * start);
  readings.status.set(copy.status.subarray(0, copy.length), start);
  readings.reason.set(copy.reason.subarray(0, copy.length), start);
}

/** A list of frames as a span's table has it. */
export function tableOf(frames: readonly FrameEntry[]): { runs: FrameRun[]; times: FrameTimes } {
  const runs: FrameRun[] = [];
  for (const { epoch, dictionary, seq } of frames) {
    const run = runs.at(-1);
    if (run?.epoch === epoch && run.dictionary === dictionary && run.firstSeq + run.count === seq) run.count++;
    else runs.push({ epoch, dictionary, firstSeq: seq, count: 1 });
  }
  return {
    runs,
    times: {
      receivedAt: Float64Array.from(frames, (frame) => frame.receivedAt),
      mono: Float64Array.from(frames, (frame) => frame.mono),
      clock: Uint8Array.from(frames, (frame) => frame.clock),
    },
  };
}
