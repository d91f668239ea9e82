import fc from "fast-check";
import { expect, test } from "vitest";
import {
  anyFrames,
  compress,
  decompress,
  frameOf,
  linesOf,
  steadyBlocks,
  tags,
} from "../../test/support/arbitraries.ts";
import { Block } from "../domain/reading.ts";
import { checksumOf } from "./checksum.ts";
import { type Columns, framesFrom, transpose } from "./columns.ts";
import type { TelemetryFrame } from "./frame.ts";
import { frameTimeAt, frameTimesOf } from "./frame-table.ts";
import { decodeSegment, decodeSummary, encodeSegment } from "./segment.ts";
import { decodeSpan, encodeSpan, type FrameTable, frameAt } from "./span.ts";

const { representations } = tags;

function tableOf(frames: readonly TelemetryFrame[]): FrameTable {
  const half = frames.length >> 1;
  const run = { epoch: "1111111111111111", dictionary: "00000000000000aa", firstSeq: 500, count: half };
  const other = { epoch: "2222222222222222", dictionary: "00000000000000aa", firstSeq: 1, count: frames.length - half };
  return { runs: [run, other], times: frameTimesOf(frames) };
}

/** Frames to a span and its segments, and back. */
function journey(frames: readonly TelemetryFrame[]) {
  const columns = transpose(
    frames.map((frame) => frame.readings),
    representations,
  );
  const table = tableOf(frames);
  const { bytes, groups } = encodeSpan(table, columns);
  const segments = Array.from(columns.tags, (tag, c) => {
    const [start, end] = [columns.starts[c] ?? 0, columns.starts[c + 1] ?? 0];
    const column = {
      frame: columns.frame,
      readings: columns.readings,
      start,
      end,
      representation: representations[tag] ?? "text",
    };
    return encodeSegment(column, { group: groups[c] ?? -1, slots: table.times.receivedAt, compress });
  });
  const span = decodeSpan(bytes);
  const readings = new Block();
  const starts = [0];
  const frame: number[] = [];
  for (const [c, segment] of segments.entries()) {
    const back = decodeSegment(segment, span, decompress);
    expect(decodeSummary(segment)).toEqual(back.summary);
    back.readings.tag.fill(columns.tags[c] ?? 0);
    const isText = representations[columns.tags[c] ?? 0] === "text";
    for (let i = 0; i < back.readings.length; i++) readings.pushFrom(back.readings, i, isText);
    frame.push(...back.frame);
    starts.push(readings.length);
  }
  const joined: Columns = {
    tags: columns.tags,
    starts: Uint32Array.from(starts),
    frame: Uint32Array.from(frame),
    readings,
  };
  return { span, joined, bytes, segments };
}

function expectRebuilt(frames: readonly TelemetryFrame[]): void {
  const { span, joined } = journey(frames);
  expect(span.table.runs).toEqual(tableOf(frames).runs);
  for (const { index, readings } of framesFrom(joined, frames.length, tags)) {
    const was = frames[index] ?? frameOf(new Block(1), 0);
    expect(linesOf(readings, true)).toEqual(linesOf(was.readings, true));
    expect(checksumOf(readings, tags)).toEqual(was.checksum);
    expect(frameTimeAt(span.table.times, index)).toEqual({
      receivedAt: was.receivedAt,
      mono: was.mono,
      clock: was.clock,
    });
  }
}

test("any frames are rebuilt from a span and its segments, with their times and checksums", () => {
  fc.assert(fc.property(anyFrames(8, 40), expectRebuilt));
});

test("steady frames are rebuilt too, their times written once for all tags", () => {
  fc.assert(
    fc.property(steadyBlocks(300), (blocks) => {
      const frames = blocks.map(frameOf);
      expectRebuilt(frames);
      expect(journey(frames).span.groups.length).toBe(1);
    }),
    { numRuns: 5 },
  );
});

test("a table tells epoch and seq of its frames", () => {
  const { span } = journey(Array.from({ length: 5 }, (_, f) => frameOf(new Block(1), f)));
  expect(frameAt(span.table, 1)).toMatchObject({ run: { epoch: "1111111111111111" }, seq: 501 });
  expect(frameAt(span.table, 2)).toMatchObject({ run: { epoch: "2222222222222222" }, seq: 1 });
  expect(frameAt(span.table, 5)).toBeUndefined();
});

test("a summary counts good numbers only, and all readings; a short segment has none", () => {
  const block = new Block();
  block.push(0, 3000, 7, 0, 0);
  block.push(0, 1000, -2, 0, 0);
  block.push(0, 2000, 1e6, 1, 14);
  block.push(0, 2500, Number.NaN, 0, 0);
  block.pushBad(0, 500, 2);
  expect(decodeSummary(journey([frameOf(block, 0)]).segments[0] ?? new Uint8Array())).toBeNull();
  for (let i = 5; i < 300; i++) block.push(0, 2000, 0.5, 0, 0);
  expect(decodeSummary(journey([frameOf(block, 0)]).segments[0] ?? new Uint8Array())).toEqual({
    count: 300,
    good: 297,
    min: -2,
    max: 7,
    sum: 5 + 295 / 2,
    first: -2,
    last: 7,
    firstAt: 500,
    lastAt: 3000,
  });
});

test("a segment of another span is refused, not read with its times", () => {
  const frames = Array.from({ length: 4 }, (_, f) => {
    const block = new Block();
    block.push(0, f, f, 0, 0);
    block.push(1, f, f, 0, 0);
    return frameOf(block, f);
  });
  const { segments } = journey(frames);
  const other = journey(frames.slice(0, 3));
  expect(() => decodeSegment(segments[0] ?? new Uint8Array(), other.span, decompress)).toThrow("has 3 readings");
});
