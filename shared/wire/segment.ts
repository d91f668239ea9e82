import { Block, type Representation } from "../domain/reading.ts";
import { Reader, Writer } from "./bytes.ts";
import { contexts, IntReader, IntWriter } from "./ints.ts";
import { maxSegmentBytes, maxSegmentReadings } from "./limits.ts";
import { type Compress, type Decompress, pack, unpack } from "./pack.ts";
import { readQuality, writeQuality } from "./quality.ts";
import { readTimeGroup, type Span, type TimeGroup } from "./span.ts";
import { readSummary, type Summary, summaryOf, writeSummary } from "./summary.ts";
import { writeGroup } from "./times.ts";
import { readValues, writeValues } from "./values.ts";

/** One tag's readings over a span of history. Its frames, and times that it shares, stand in the span (span.ts). */

const segmentFormat = 2;

/** A segment of fewer readings has no summary: it would be a good part of a wide rig's many short ones. */
const worthSumming = 256;

/** Readings `start` to `end` (not included) of one tag; `frame` counts frames of the span's table. */
export interface Column {
  frame: Uint32Array;
  readings: Block;
  start: number;
  end: number;
  representation: Representation;
}

export interface SegmentOptions {
  /** The column's group in the span, from encodeSpan; -1 where it has times of its own. */
  group: number;
  /** Receive times of the span's frames. */
  slots: Float64Array;
  compress: Compress;
}

/** Throws RangeError beyond `maxSegmentReadings` and `maxSegmentBytes`. */
export function encodeSegment(column: Column, { group, slots, compress }: SegmentOptions): Uint8Array {
  const { frame, readings, start, end, representation } = column;
  const count = end - start;
  if (count > maxSegmentReadings) throw new RangeError(`a segment of ${count} readings, at most ${maxSegmentReadings}`);
  const to = new Writer(256);
  to.u8(segmentFormat);
  to.varint(count);
  if (count >= worthSumming) writeSummary(to, summaryOf(readings, start, end, representation));
  const ints = new IntWriter();
  if (count > 0) {
    ints.int(contexts.group, group + 1);
    if (group < 0) writeGroup(ints, frame, readings.at, start, end, slots);
    writeQuality(ints, readings, Uint32Array.of(start, end));
    writeValues(ints, readings, start, end, representation);
  }
  const body = new Writer(1024);
  ints.finish(body);
  if (body.length > maxSegmentBytes)
    throw new RangeError(`a segment of ${body.length} bytes, at most ${maxSegmentBytes}`);
  const packed = pack(body.view8(), representation === "text" ? compress : null);
  to.u8(packed.packing);
  to.bytes(packed.bytes);
  return to.finish();
}

/** What a segment's readings add up to, without decoding them; null of a short one, which is decoded as quickly. Throws WireError. */
export function decodeSummary(bytes: Uint8Array): Summary | null {
  return readHead(new Reader(bytes, "segment")).summary;
}

/** A segment's readings, and which of the span's frames each came in. The readings' `tag` is 0. Throws WireError. */
export function decodeSegment(
  bytes: Uint8Array,
  span: Span,
  decompress: Decompress,
): { summary: Summary | null; frame: Uint32Array; readings: Block } {
  const from = new Reader(bytes, "segment");
  const { count, summary } = readHead(from);
  if (count > maxSegmentReadings) throw from.fail("count", `is ${count}, at most ${maxSegmentReadings}`);
  const packed = { packing: from.u8("packing"), bytes: from.bytes(from.left, "body") };
  const ints = new IntReader(unpack(packed, decompress, maxSegmentBytes, "segment"), "segment");
  const readings = new Block(0);
  if (count === 0) return { summary, frame: new Uint32Array(0), readings };
  const group = readTimesOf(ints, count, span);
  // A group's times are the span's: copied, so that the block is its own.
  const filled = new Block(count);
  filled.length = count;
  filled.at.set(group.at);
  readQuality(ints, filled, Uint32Array.of(0, count));
  readValues(ints, filled, 0, count);
  ints.end();
  return { summary, frame: group.frame, readings: filled };
}

function readHead(from: Reader): { count: number; summary: Summary | null } {
  const format = from.u8("format");
  if (format !== segmentFormat) throw from.fail("format", `is ${format}, ${segmentFormat} is known`);
  const count = from.varint("count");
  return { count, summary: count < worthSumming ? null : readSummary(from, count) };
}

function readTimesOf(from: IntReader, count: number, span: Span): TimeGroup {
  const number = from.int(contexts.group, "group", span.groups.length);
  if (number === 0) return readTimeGroup(from, count, span.table.times.receivedAt);
  const group = span.groups[number - 1];
  if (group?.frame.length !== count)
    throw from.fail("group", `has ${group?.frame.length} readings, the segment ${count}`);
  return group;
}
