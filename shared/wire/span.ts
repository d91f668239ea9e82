import type { Id } from "../domain/id.ts";
import { Reader, Writer } from "./bytes.ts";
import type { Columns } from "./columns.ts";
import { type FrameTimes, readFrameTimes, writeFrameTimes } from "./frame-table.ts";
import { contexts, IntReader, IntWriter } from "./ints.ts";
import { maxSegmentReadings, maxTextBytes } from "./limits.ts";
import { groupsOf, readGroup, writeGroup } from "./times.ts";

/**
 * What the segments of a span of history share, once a span: its frames (so that any frame can be rebuilt under its
 * name) and the times that tags of a poll group have in common.
 */

const spanFormat = 2;

/** Consecutive frames of one epoch and one dictionary. */
export interface FrameRun {
  epoch: Id;
  dictionary: Id;
  firstSeq: number;
  count: number;
}

/** Frames in the order of the runs; `times` has one entry a frame. */
export interface FrameTable {
  runs: FrameRun[];
  times: FrameTimes;
}

/** Which frames, counted from the table's first, and when, ms UTC. */
export interface TimeGroup {
  frame: Uint32Array;
  at: Float64Array;
}

export interface Span {
  table: FrameTable;
  groups: TimeGroup[];
}

/** Readings of all shared groups of a span, at most. */
const maxShared = 2 * maxSegmentReadings;

/**
 * The bytes of a span, for columns whose `frame` counts frames of the table, and for each column its group in the span
 * (-1: its times are its own, its segment holds them).
 */
export function encodeSpan(table: FrameTable, columns: Columns): { bytes: Uint8Array; groups: Int32Array } {
  const frames = table.times.receivedAt.length;
  const named = table.runs.reduce((sum, run) => sum + run.count, 0);
  if (named !== frames) throw new RangeError(`runs name ${named} frames, the table has ${frames}`);
  if (frames > maxSegmentReadings) throw new RangeError(`a span of ${frames} frames, at most ${maxSegmentReadings}`);
  const to = new Writer(1024);
  to.u8(spanFormat);
  writeRuns(to, table.runs);
  const ints = new IntWriter();
  writeFrameTimes(ints, table.times);
  const { of, groups } = groupsOf(columns);
  const position = new Int32Array(groups.length).fill(-1);
  const shared: typeof groups = [];
  let readings = 0;
  for (const [g, group] of groups.entries()) {
    const size = group.end - group.start;
    if (group.shared < 2 || readings + size > maxShared) continue;
    readings += size;
    position[g] = shared.length;
    shared.push(group);
  }
  ints.int(contexts.structure, shared.length);
  for (const { start, end } of shared) {
    ints.int(contexts.structure, end - start);
    writeGroup(ints, columns.frame, columns.readings.at, start, end, table.times.receivedAt);
  }
  ints.finish(to);
  return { bytes: to.finish(), groups: Int32Array.from(of, (g) => position[g] ?? -1) };
}

/** Throws WireError for anything that encodeSpan does not write. */
export function decodeSpan(bytes: Uint8Array): Span {
  const from = new Reader(bytes, "span");
  const format = from.u8("format");
  if (format !== spanFormat) throw from.fail("format", `is ${format}, ${spanFormat} is known`);
  const runs = readRuns(from);
  const frames = runs.reduce((sum, run) => sum + run.count, 0);
  if (frames > maxSegmentReadings) throw from.fail("frames", `are ${frames}, at most ${maxSegmentReadings}`);
  const ints = new IntReader(from.bytes(from.left, "body"), "span");
  const times = readFrameTimes(ints, frames);
  const groups: TimeGroup[] = [];
  let left = maxShared;
  for (let count = ints.int(contexts.structure, "groups", maxTextBytes); count > 0; count--) {
    const size = ints.int(contexts.structure, "readings of a group", Math.min(maxSegmentReadings, left));
    left -= size;
    groups.push(readTimeGroup(ints, size, times.receivedAt));
  }
  ints.end();
  return { table: { runs, times }, groups };
}

/** A group of exactly `size` readings. */
export function readTimeGroup(from: IntReader, size: number, slots: Float64Array): TimeGroup {
  const group = { frame: new Uint32Array(size), at: new Float64Array(size) };
  const end = readGroup(from, group.frame, group.at, 0, slots);
  if (end !== size) throw from.fail("group", `has ${end} of ${size} readings`);
  return group;
}

/** Epoch and seq of frame `i` of a table; undefined past its end. */
export function frameAt(table: FrameTable, i: number): { run: FrameRun; seq: number } | undefined {
  let before = 0;
  for (const run of table.runs) {
    if (i < before + run.count) return { run, seq: run.firstSeq + i - before };
    before += run.count;
  }
  return undefined;
}

function writeRuns(to: Writer, runs: readonly FrameRun[]): void {
  to.varint(runs.length);
  for (const run of runs) {
    to.id(run.epoch);
    to.id(run.dictionary);
    to.varint(run.firstSeq);
    to.varint(run.count);
  }
}

function readRuns(from: Reader): FrameRun[] {
  const runs: FrameRun[] = [];
  // A run takes 18 bytes at least: no more can be there.
  for (let left = from.varint("runs", Math.floor(from.left / 18)); left > 0; left--) {
    const epoch = from.id("epoch");
    const dictionary = from.id("dictionary");
    const firstSeq = from.varint("first seq", 2 ** 48);
    runs.push({ epoch, dictionary, firstSeq, count: from.varint("count", maxSegmentReadings) });
  }
  return runs;
}
