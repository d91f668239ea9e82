import type { Block } from "../domain/reading.ts";
import { contexts, type IntReader, type IntWriter } from "./ints.ts";
import { costOfNumbers, readNumbers, writeNumbers } from "./numbers.ts";

/** When each frame was received, ms UTC: the grid that times are counted from. */
export type Slots = Float64Array;

/** What of columns their times are read from and written to. */
export interface TimedColumns {
  /** One entry a column. */
  tags: Uint32Array;
  /** Where each column starts; one more than there are columns. */
  starts: Uint32Array;
  /** Each reading's frame. */
  frame: Uint32Array;
  readings: Block;
}

/**
 * Which frames each column has readings in, and their times. Columns that share both (the tags of a poll group) form a
 * group; it is written once, with the first of them.
 */
interface Group {
  start: number;
  end: number;
}

const scratch = new Float64Array(1);
const scratchWords = new Uint32Array(scratch.buffer);

function hashOf(columns: TimedColumns, start: number, end: number): number {
  const { frame, readings } = columns;
  let hash = end - start;
  for (let i = start; i < end; i++) {
    scratch[0] = readings.at[i] ?? 0;
    hash = Math.imul(hash ^ (scratchWords[0] ?? 0) ^ ((frame[i] ?? 0) << 16), 0x9e3779b1) ^ (scratchWords[1] ?? 0);
    hash ^= hash >>> 15;
  }
  return hash;
}

function same(columns: TimedColumns, group: Group, start: number, end: number): boolean {
  if (group.end - group.start !== end - start) return false;
  const { frame, readings } = columns;
  for (let i = group.start, k = start; k < end; i++, k++) {
    if (frame[i] !== frame[k] || !Object.is(readings.at[i], readings.at[k])) return false;
  }
  return true;
}

/** Every column's group, and the groups: where the first column of each stands, and how many columns share it. */
export function groupsOf(columns: TimedColumns): { of: Uint32Array; groups: (Group & { shared: number })[] } {
  const { tags, starts } = columns;
  const of = new Uint32Array(tags.length);
  const groups: (Group & { shared: number })[] = [];
  const byHash = new Map<number, number[]>();
  for (let c = 0; c < tags.length; c++) {
    const start = starts[c] ?? 0;
    const end = starts[c + 1] ?? 0;
    const shares = (g: number) => same(columns, groups[g] ?? { start: 0, end: 0 }, start, end);
    let g = of[c - 1] ?? 0;
    if (c === 0 || !shares(g)) {
      const hash = hashOf(columns, start, end);
      const candidates = byHash.get(hash) ?? [];
      g = candidates.find(shares) ?? groups.length;
      if (g === groups.length) {
        byHash.set(hash, [...candidates, g]);
        groups.push({ start, end, shared: 0 });
      }
    }
    const group = groups[g];
    if (group !== undefined) group.shared++;
    of[c] = g;
  }
  return { of, groups };
}

/** For each column: 0 the group of the column before, 1 a new group, which follows, n + 2 group n. */
export function writeTimes(to: IntWriter, columns: TimedColumns, slots: Slots): void {
  const { of, groups } = groupsOf(columns);
  let known = 0;
  for (const [c, g] of of.entries()) {
    if (c > 0 && g === of[c - 1]) to.int(contexts.group, 0);
    else if (g < known) to.int(contexts.group, g + 2);
    else {
      const { start, end } = groups[g] ?? { start: 0, end: 0 };
      to.int(contexts.group, 1);
      writeGroup(to, columns.frame, columns.readings.at, start, end, slots);
      known++;
    }
  }
}

export function readTimes(from: IntReader, columns: TimedColumns, slots: Slots): void {
  const { tags, starts, frame, readings } = columns;
  const groups: Group[] = [];
  let before: Group | undefined;
  let start = 0;
  for (let c = 0; c < tags.length; c++) {
    const code = from.int(contexts.group, "group", groups.length + 1);
    if (code === 1) {
      before = { start, end: readGroup(from, frame, readings.at, start, slots) };
      groups.push(before);
      start = before.end;
    } else {
      const group: Group | undefined = code === 0 ? before : groups[code - 2];
      if (group === undefined) throw from.fail("group", "is the one before the first");
      if (start + group.end - group.start > readings.length)
        throw from.fail("group", `exceeds the ${readings.length} readings`);
      frame.copyWithin(start, group.start, group.end);
      readings.at.copyWithin(start, group.start, group.end);
      start += group.end - group.start;
      before = group;
    }
    starts[c + 1] = start;
    readings.tag.fill(tags[c] ?? 0, starts[c] ?? 0, start);
  }
  if (start !== readings.length) throw from.fail("columns", `hold ${start} of ${readings.length} readings`);
}

/** How many readings in each frame, as runs; then the times, from the frame's slot or by themselves, whichever is less. */
export function writeGroup(
  to: IntWriter,
  frame: Uint32Array,
  at: Float64Array,
  start: number,
  end: number,
  slots: Slots,
): void {
  const n = end - start;
  writeCounts(to, frame, start, end, slots.length);
  const times = at.slice(start, end);
  const apart = new Float64Array(n);
  // A difference is exact for integers only; for others the time's own bits are written.
  let exact = true;
  for (let k = 0; k < n; k++) {
    const slot = slots[frame[start + k] ?? 0] ?? 0;
    const time = times[k] ?? 0;
    apart[k] = time - slot;
    exact &&=
      Number.isSafeInteger(time) && Number.isSafeInteger(slot) && slot + (time - slot) === time && !Object.is(time, -0);
  }
  const own = exact && (n === 1 || costOfNumbers(apart, n) <= costOfNumbers(times, n) + 30) ? 0 : 1;
  to.int(contexts.structure, own);
  writeNumbers(to, contexts.time, own === 0 ? apart : times, n);
}

/** Fills `frame` and `at` (equally long) from `start` on; returns where the column ends. */
export function readGroup(from: IntReader, frame: Uint32Array, at: Float64Array, start: number, slots: Slots): number {
  const end = readCounts(from, frame, start, slots.length);
  const own = from.int(contexts.structure, "time base", 1);
  readNumbers(from, contexts.time, "times", at.subarray(start, end), end - start);
  if (own === 1) return end;
  for (let i = start; i < end; i++) at[i] = (slots[frame[i] ?? 0] ?? 0) + (at[i] ?? 0);
  return end;
}

/** Runs of frames with equally many readings; a run of 0 is all the frames that are left. */
function writeCounts(to: IntWriter, frame: Uint32Array, start: number, end: number, frames: number): void {
  const run = (count: number, next: number, f: number) => {
    to.int(contexts.count, count);
    if (frames > 1) to.int(contexts.run, next === frames ? 0 : next - f);
  };
  let i = start;
  for (let f = 0; f < frames; ) {
    const upTo = i < end ? (frame[i] ?? 0) : frames;
    if (upTo > f) {
      run(0, upTo, f);
      f = upTo;
      continue;
    }
    const from = f;
    const count = countIn(frame, i, end, f);
    while (f < frames && i < end && countIn(frame, i, end, f) === count) {
      i += count;
      f++;
    }
    run(count, f, from);
  }
}

/** How many readings from `i` on came in frame `f`. */
function countIn(frame: Uint32Array, i: number, end: number, f: number): number {
  let next = i;
  while (next < end && frame[next] === f) next++;
  return next - i;
}

/** Fills in `frame` from `start` on; returns where the column ends. Empty frames cost nothing, however many are claimed. */
function readCounts(from: IntReader, frame: Uint32Array, start: number, frames: number): number {
  let end = start;
  for (let f = 0; f < frames; ) {
    const count = from.int(contexts.count, "readings in a frame", frame.length - end);
    const rest = frames - f;
    const run = (frames > 1 ? from.int(contexts.run, "run of frames", rest) : 0) || rest;
    if (count * run > frame.length - end) throw from.fail("readings in frames", `exceed the ${frame.length} there are`);
    if (count > 0) {
      for (let k = 0; k < run; k++, end += count) frame.fill(f + k, end, end + count);
    }
    f += run;
  }
  if (end === start) throw from.fail("column", "has no readings");
  return end;
}
