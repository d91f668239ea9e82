import fc from "fast-check";
import { expect, test } from "vitest";
import { anyBlock, linesOf, tags } from "../../test/support/arbitraries.ts";
import { Block } from "../domain/reading.ts";
import { WireError } from "./bytes.ts";
import { checksumOf } from "./checksum.ts";
import { decodeEventsFrame, decodeFrame, decodeFrameHead, encodeEventsFrame, encodeFrame } from "./frame.ts";

const time = {
  receivedAt: 1_789_948_800_123,
  mono: 4711.5,
  clock: "free-running",
  dictionary: "00000000000000aa",
} as const;

test("any readings come back from a frame, every bit and in their order", () => {
  fc.assert(
    fc.property(anyBlock(), (block) => {
      const frame = decodeFrame(encodeFrame(block, tags, time));
      expect(linesOf(frame.readings, false)).toEqual(linesOf(block, false));
      expect(frame).toMatchObject({ ...time, thinned: null, checksum: checksumOf(block, tags) });
      expect(checksumOf(frame.readings, tags)).toEqual(frame.checksum);
    }),
  );
});

test("an empty frame is a frame", () => {
  const frame = decodeFrame(encodeFrame(new Block(1), tags, time));
  expect(frame.readings.length).toBe(0);
  expect(frame.checksum).toEqual({ a: 0, b: 0 });
});

test("a block that is used again holds nothing of the frame before", () => {
  const many = new Block();
  for (let i = 0; i < 30; i++) many.pushText(5, i, `text ${i}`, 0, 7);
  const into = new Block(2);
  decodeFrame(encodeFrame(many, tags, time), into);
  const one = new Block();
  one.pushText(5, 1, "alone", 0, 0);
  one.pushBad(5, 2, 3);
  const frame = decodeFrame(encodeFrame(one, tags, time), into);
  expect(linesOf(frame.readings, false)).toEqual(linesOf(one, false));
  expect(frame.readings.texts).toEqual(["alone"]);
});

test("a thinned frame keeps the checksum of its original", () => {
  const original = { a: 1, b: 4_000_000_000 };
  const frame = decodeFrame(
    encodeFrame(new Block(1), tags, { ...time, original: { checksum: original, bound: 0.25 } }),
  );
  expect(frame).toMatchObject({ thinned: 0.25, checksum: original });
});

test("a frame's time and checksum can be told without its readings", () => {
  const block = new Block();
  block.push(0, 5, 7, 0, 0);
  const bytes = encodeFrame(block, tags, time);
  expect(decodeFrameHead(bytes)).toEqual({ ...time, thinned: null, checksum: checksumOf(block, tags) });
});

test("events come back as the bytes that they were", () => {
  const json = new TextEncoder().encode('[{"type":"x"}]');
  const bytes = encodeEventsFrame(json, time);
  const frame = decodeEventsFrame(bytes);
  expect(frame.json).toEqual(json);
  expect(decodeFrameHead(bytes).dictionary).toBeNull();
  expect(() => decodeFrame(bytes)).toThrow("kind is events");
});

test("one flipped bit anywhere on the disk is found", () => {
  const block = new Block();
  for (let t = 0; t < 6; t++) block.push(t, 1000, t, 0, 0);
  const bytes = encodeFrame(block, tags, time);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const broken = bytes.slice();
    broken[bit >>> 3] = (broken[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
    expect(() => decodeFrame(broken)).toThrow(WireError);
  }
  for (let length = 0; length < bytes.length; length++)
    expect(() => decodeFrame(bytes.subarray(0, length))).toThrow(WireError);
});

test("a tag that the dictionary does not have is refused when written", () => {
  const block = new Block();
  block.push(99, 0, 0, 0, 0);
  expect(() => encodeFrame(block, tags, time)).toThrow("tag 99 is not in a dictionary of 12");
});
