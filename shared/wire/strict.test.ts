import { expect, test } from "vitest";
import { Block } from "../domain/reading.ts";
import { Reader, Writer } from "./bytes.ts";
import { hashBytes } from "./checksum.ts";
import { decodeEventsFrame, decodeFrame, encodeEventsFrame, encodeFrame } from "./frame.ts";
import { contexts, IntReader, IntWriter } from "./ints.ts";
import { readOneRange, writeRanges } from "./parts.ts";
import { readQuality, writeQuality } from "./quality.ts";

// Bytes that no encoder of ours writes and that would read as something: they are refused.

const tags = { representations: ["scaled" as const], ids: new Uint32Array(2) };
const time = { receivedAt: 1, mono: 2, clock: "unknown", dictionary: "00000000000000aa" } as const;

/** The frame with one byte replaced, and its hash right again. */
function withByte(frame: Uint8Array, at: number, byte: number): Uint8Array {
  const content = frame.slice(0, -8);
  content[at] = byte;
  const to = new Writer(frame.length);
  to.bytes(content);
  const { a, b } = hashBytes(content);
  to.u32(a);
  to.u32(b);
  return to.finish();
}

test("a frame's form of times is 0 or 1", () => {
  const block = new Block();
  block.push(0, 1_000, 7, 0, 0);
  const frame = encodeFrame(block, tags, time);
  // Behind the head (34 bytes): how many readings, the run of tags.
  const formAt = 34 + 3;
  expect(frame[formAt]).toBe(1);
  expect(decodeFrame(withByte(frame, formAt, 1)).readings.length).toBe(1);
  expect(() => decodeFrame(withByte(frame, formAt, 2))).toThrow("form of times is 2");
});

test("a frame of events is never thinned", () => {
  const frame = encodeEventsFrame(new Uint8Array(30), time);
  expect(() => decodeEventsFrame(withByte(frame, 1, (frame[1] ?? 0) | 0b0100))).toThrow("thinned");
});

test("where one range must stand, none or two are refused", () => {
  const rangesOf = (...ranges: { first: number; last: number }[]) => {
    const to = new Writer(32);
    writeRanges(to, ranges);
    return new Reader(to.finish(), "page");
  };
  expect(readOneRange(rangesOf({ first: 3, last: 9 }))).toEqual({ first: 3, last: 9 });
  expect(() => readOneRange(rangesOf())).toThrow("0, not one");
  expect(() => readOneRange(rangesOf({ first: 3, last: 9 }, { first: 11, last: 12 }))).toThrow("2, not one");
});

test.each([3, 16, 255])("status %i, which means nothing, is refused in a batch and in a frame", (status) => {
  const block = new Block();
  for (const one of [0, status]) block.push(0, 1_000, 7, one, 0);
  expect(() => decodeFrame(encodeFrame(block, tags, time))).toThrow("status");
  for (const starts of [Uint32Array.of(0, 2), Uint32Array.of(1, 2)]) {
    const ints = new IntWriter();
    ints.int(contexts.structure, 0);
    writeQuality(ints, block, starts);
    const to = new Writer(32);
    ints.finish(to);
    const from = new IntReader(to.finish(), "batch");
    from.int(contexts.structure, "first", 0);
    expect(() => readQuality(from, new Block(2), starts)).toThrow("status");
  }
});
