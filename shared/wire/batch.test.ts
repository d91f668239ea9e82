import fc from "fast-check";
import { expect, test } from "vitest";
import {
  anyFrames,
  compress,
  decompress,
  frameOf,
  linesOf,
  steadyBlocks,
  sumOf,
  tags,
} from "../../test/support/arbitraries.ts";
import { Block } from "../domain/reading.ts";
import { decodeBatchHeader, verifyBatch } from "./batch.ts";
import { decodeBatch, frameChecksums, framesOf, type TelemetryBatch } from "./batch-decode.ts";
import { type BatchFields, encodeBatch } from "./batch-encode.ts";
import { checksumOf, hashBytes, sumOfFrames } from "./checksum.ts";
import type { EventsFrame, TelemetryFrame } from "./frame.ts";

const { representations } = tags;
// A signature that depends on every byte, without keys: the codec does not care.
const sign = (bytes: Uint8Array) => {
  const { a, b } = hashBytes(bytes);
  return new Uint8Array(new Uint32Array(Array.from({ length: 16 }, (_, i) => (i % 2 === 0 ? a : b))).buffer);
};
const verify = (bytes: Uint8Array, signature: Uint8Array) => sign(bytes).every((byte, i) => byte === signature[i]);
const options = { compress, sign };
const fields: BatchFields = {
  rig: "rig-07",
  key: "1111111111111111",
  answer: "2222222222222222",
  running: "3333333333333333",
  lane: "backfill",
  send: 300,
  epoch: "4444444444444444",
  stream: "telemetry",
  dictionary: "00000000000000aa",
  firstSeq: 1000,
  thinned: null,
  preview: false,
};

function telemetry(bytes: Uint8Array): TelemetryBatch {
  const batch = decodeBatch(bytes, representations.length, decompress);
  if (batch.stream !== "telemetry") throw new Error("not telemetry");
  return batch;
}

function expectSame(bytes: Uint8Array, frames: readonly TelemetryFrame[]): void {
  const batch = telemetry(bytes);
  expect(batch.header.count).toBe(frames.length);
  const sums = frameChecksums(batch, tags);
  expect(sumOfFrames(sums, 0, frames.length)).toEqual(sumOf(frames.map((frame) => frame.readings)));
  let f = 0;
  for (const frame of framesOf(batch, tags)) {
    const { readings, ...head } = frames[f] ?? frameOf(new Block(), 0);
    expect(linesOf(frame.readings, true)).toEqual(linesOf(readings, true));
    expect(frame).toMatchObject({ ...head, seq: 1000 + f });
    expect({ a: sums[2 * f], b: sums[2 * f + 1] }).toEqual(checksumOf(readings, tags));
    f++;
  }
  expect(f).toBe(frames.length);
}

test("any frames come back from a batch, every bit, under their seqs and checksums", () => {
  fc.assert(
    fc.property(anyFrames(), (frames) => {
      const { bytes, taken } = encodeBatch(fields, { stream: "telemetry", frames, representations }, options);
      expectSame(bytes, frames.slice(0, taken));
      expect(taken).toBe(frames.length);
    }),
  );
});

test("long runs of steady frames come back as well, in little room", () => {
  fc.assert(
    fc.property(steadyBlocks(400), (blocks) => {
      const frames = blocks.map(frameOf);
      const { bytes, taken } = encodeBatch(fields, { stream: "telemetry", frames, representations }, options);
      expect(taken).toBe(400);
      expectSame(bytes, frames);
    }),
    { numRuns: 5 },
  );
});

test("many readings of any kind in many frames come back", () => {
  fc.assert(
    fc.property(anyFrames(60, 200), (frames) => {
      const { bytes, taken } = encodeBatch(fields, { stream: "telemetry", frames, representations }, options);
      expectSame(bytes, frames.slice(0, taken));
    }),
    { numRuns: 10 },
  );
});

test("a header comes back without its body, whatever it tells", () => {
  const cases: BatchFields[] = [
    fields,
    { ...fields, epoch: fields.running, lane: "live", send: 1, preview: false },
    { ...fields, lane: "events", preview: true, send: 0, thinned: null },
  ];
  for (const header of cases) {
    const { bytes } = encodeBatch(
      header,
      { stream: "telemetry", frames: [frameOf(new Block(1), 0)], representations },
      options,
    );
    expect(decodeBatchHeader(bytes).header).toEqual({ ...header, format: 2, count: 1 });
  }
});

test("an empty batch is a header and a signature", () => {
  const empty = { ...fields, epoch: "", dictionary: null, firstSeq: 0 } as const;
  const { bytes, taken } = encodeBatch(empty, { stream: "telemetry", frames: [], representations }, options);
  expect(taken).toBe(0);
  expect(decodeBatchHeader(bytes).header).toEqual({ ...empty, format: 2, count: 0 });
  expect(verifyBatch(bytes, verify)).toBe(true);
  expect(() => decodeBatch(bytes, representations.length, decompress)).toThrow("is empty");
});

test("thinned frames bring the checksums of their originals", () => {
  const frames = [0, 1, 2].map((f) => ({
    ...frameOf(new Block(1), f),
    thinned: 0.25,
    checksum: { a: f, b: 4_000_000_000 },
  }));
  const { bytes } = encodeBatch(
    { ...fields, thinned: 0.25 },
    { stream: "telemetry", frames, representations },
    options,
  );
  expect(decodeBatchHeader(bytes).header.thinned).toBe(0.25);
  expect([...frameChecksums(telemetry(bytes), tags)]).toEqual([0, 4_000_000_000, 1, 4_000_000_000, 2, 4_000_000_000]);
});

test("events come back frame by frame", () => {
  const frames: EventsFrame[] = ["[1]", "[2]".repeat(100), "[3]"].map((text, f) => {
    const json = new TextEncoder().encode(text);
    return {
      receivedAt: f,
      mono: f,
      clock: "unknown",
      dictionary: null,
      thinned: null,
      checksum: hashBytes(json),
      json,
    };
  });
  const header: BatchFields = { ...fields, lane: "events", stream: "events", dictionary: null };
  const { bytes } = encodeBatch(header, { stream: "events", frames }, options);
  const batch = decodeBatch(bytes, 0, decompress);
  expect(batch.stream === "events" && batch.json).toEqual(frames.map((frame) => frame.json));
  expect([...frameChecksums(batch, tags)]).toEqual(frames.flatMap(({ checksum }) => [checksum.a, checksum.b]));
});

test("a storm of events that packs to nearly nothing stays within what a decoder unpacks", () => {
  const json = new TextEncoder().encode("[same]".repeat(10_000));
  const one = { mono: 1, clock: "unknown", dictionary: null, thinned: null, checksum: hashBytes(json), json } as const;
  const frames = Array.from({ length: 100 }, (_, f) => ({ ...one, receivedAt: f }));
  const header: BatchFields = { ...fields, lane: "events", stream: "events", dictionary: null };
  const { bytes, taken } = encodeBatch(header, { stream: "events", frames }, options);
  expect(taken).toBeLessThan(100);
  const batch = decodeBatch(bytes, 0, decompress);
  expect(batch.stream === "events" && batch.json.length).toBe(taken);
});

test("a signature covers every byte before it", () => {
  const { bytes } = encodeBatch(
    fields,
    { stream: "telemetry", frames: [frameOf(new Block(1), 0)], representations },
    options,
  );
  expect(verifyBatch(bytes, verify)).toBe(true);
  for (let i = 0; i < bytes.length; i++) {
    const broken = bytes.slice();
    broken[i] = (broken[i] ?? 0) ^ 1;
    expect(verifyBatch(broken, verify)).toBe(false);
  }
});

/** Frames of noise, which nothing packs. */
function noise(count: number, readings: number): TelemetryFrame[] {
  let seed = 1;
  const word = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed;
  };
  return Array.from({ length: count }, (_, f) => {
    const block = new Block(readings);
    for (let i = 0; i < readings; i++) block.pushBits(i % 2 === 0 ? 3 : 9, 1000 * f, word(), word() & 0x7fefffff, 0, 0);
    return frameOf(block, f);
  });
}

test("a batch takes as many frames as fit, and fills most of its room", () => {
  const frames = noise(3000, 10);
  const { bytes, taken } = encodeBatch(fields, { stream: "telemetry", frames, representations }, options);
  expect(bytes.length).toBeLessThanOrEqual(32 * 1024);
  expect(bytes.length).toBeGreaterThan(30 * 1024);
  expectSame(bytes, frames.slice(0, taken));
  const small = encodeBatch(
    fields,
    { stream: "telemetry", frames, representations },
    { ...options, maxBytes: 2000, guess: 3000 },
  );
  expect(small.bytes.length).toBeLessThanOrEqual(2000);
  expect(small.taken).toBeGreaterThan(10);
});

test("a single frame may be greater, up to its own limit", () => {
  const one = encodeBatch(fields, { stream: "telemetry", frames: noise(2, 20_000), representations }, options);
  expect(one.taken).toBe(1);
  expect(one.bytes.length).toBeGreaterThan(100_000);
  expectSame(one.bytes, noise(1, 20_000));
  expect(() =>
    encodeBatch(fields, { stream: "telemetry", frames: noise(1, 131_072 + 1), representations }, options),
  ).toThrow(RangeError);
});

test("tags that a shorter dictionary does not have are refused", () => {
  const frames = [frameOf(noise(1, 2)[0]?.readings ?? new Block(1), 0)];
  const { bytes } = encodeBatch(fields, { stream: "telemetry", frames, representations }, options);
  expect(() => decodeBatch(bytes, 9, decompress)).toThrow("tags go up to 10, the dictionary has 9");
});
