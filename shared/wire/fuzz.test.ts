import fc from "fast-check";
import { expect, test } from "vitest";
import { anyFrames, compress, decompress, frameOf, steadyBlocks, tags } from "../../test/support/arbitraries.ts";
import { decodeBatchHeader } from "./batch.ts";
import { decodeBatch, framesOf } from "./batch-decode.ts";
import { encodeBatch } from "./batch-encode.ts";
import { WireError, Writer } from "./bytes.ts";
import { hashBytes } from "./checksum.ts";
import { transpose } from "./columns.ts";
import { decodeEvents } from "./events.ts";
import { decodeEventsFrame, decodeFrame, decodeFrameHead, encodeEventsFrame, encodeFrame } from "./frame.ts";
import { frameTimesOf } from "./frame-table.ts";
import { decodeSegment, decodeSummary, encodeSegment } from "./segment.ts";
import { decodeSpan, encodeSpan } from "./span.ts";

const { representations } = tags;

/** Reads bytes as a format; anything but a result or a WireError fails the test. */
type Read = (bytes: Uint8Array) => unknown;

const readBatch: Read = (bytes) => {
  decodeBatchHeader(bytes);
  const batch = decodeBatch(bytes, representations.length, decompress);
  return batch.stream === "telemetry" ? [...framesOf(batch, tags)].length : batch.json;
};

const [steady = []] = fc.sample(steadyBlocks(260), { numRuns: 1, seed: 7 });
const [wild = []] = fc.sample(anyFrames(5, 40), { numRuns: 1, seed: 7 });
const steadyFrames = steady.map(frameOf);
const columns = transpose(steady, representations);
const slots = frameTimesOf(steadyFrames).receivedAt;
const run = { epoch: "1111111111111111", dictionary: "00000000000000aa", firstSeq: 1, count: steady.length };
const spanBytes = encodeSpan({ runs: [run], times: frameTimesOf(steadyFrames) }, columns).bytes;
const span = decodeSpan(spanBytes);

/** A frame's bytes with a hash that agrees, so that what is broken inside gets read. */
function resealed(bytes: Uint8Array): Uint8Array {
  const content = bytes.subarray(0, Math.max(bytes.length - 8, 0));
  const { a, b } = hashBytes(content);
  const to = new Writer();
  to.bytes(content);
  to.u32(a);
  to.u32(b);
  return to.finish();
}

function batchOf(frames: typeof wild): Uint8Array {
  const id = "3333333333333333";
  const common = {
    key: id,
    answer: id,
    running: id,
    epoch: id,
    dictionary: id,
    firstSeq: 1,
    thinned: null,
    preview: false,
  };
  const fields = { ...common, rig: "rig-07", lane: "live", send: 1, stream: "telemetry" } as const;
  const options = { compress, sign: () => new Uint8Array(64) };
  return encodeBatch(fields, { stream: "telemetry", frames, representations }, options).bytes;
}

function segmentOf(c: number): Uint8Array {
  const [start, end] = [columns.starts[c] ?? 0, columns.starts[c + 1] ?? 0];
  const column = {
    frame: columns.frame,
    readings: columns.readings,
    start,
    end,
    representation: representations[c] ?? "text",
  };
  return encodeSegment(column, { group: c % 2 === 0 ? 0 : -1, slots, compress });
}

const time = { receivedAt: 1, mono: 2, clock: "unknown", dictionary: "00000000000000aa" } as const;
const valid: [name: string, bytes: Uint8Array, read: Read][] = [
  ["frame", encodeFrame(wild[0]?.readings ?? columns.readings, tags, time), decodeFrame],
  [
    "frame whose hash agrees",
    encodeFrame(wild[1]?.readings ?? columns.readings, tags, time),
    (b) => decodeFrame(resealed(b)),
  ],
  ["frame of events", encodeEventsFrame(new Uint8Array(30), time), (b) => decodeEventsFrame(resealed(b))],
  ["frame head", encodeFrame(wild[0]?.readings ?? columns.readings, tags, time), decodeFrameHead],
  ["batch of any frames", batchOf(wild), readBatch],
  ["batch of steady frames", batchOf(steadyFrames), readBatch],
  ["span", spanBytes, decodeSpan],
  ...representations
    .slice(0, 6)
    .map((as, c): [string, Uint8Array, Read] => [
      `segment of ${as}`,
      segmentOf(c),
      (bytes) => [decodeSummary(bytes), decodeSegment(bytes, span, decompress)],
    ]),
  ["events", new TextEncoder().encode('[{"type":"clock","at":0,"mono":0,"step":0,"state":"unknown"}]'), decodeEvents],
];

function survives(read: Read, bytes: Uint8Array): void {
  try {
    read(bytes);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
  }
}

for (const [name, bytes, read] of valid) {
  test(`a ${name} cut off anywhere is refused or read, never more`, () => {
    const step = Math.max(1, Math.floor(bytes.length / 400));
    for (let length = 0; length < bytes.length; length += length < 200 ? 1 : step)
      survives(read, bytes.slice(0, length));
  });

  test(`a ${name} with any bits flipped is refused or read, never more`, () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: bytes.length * 8 - 1 }), { minLength: 1, maxLength: 4 }), (flips) => {
        const broken = bytes.slice();
        for (const bit of flips) broken[bit >>> 3] = (broken[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
        survives(read, broken);
      }),
      { numRuns: 300 },
    );
  });

  test(`invented bytes behind the start of a ${name} are refused or read, never more`, () => {
    fc.assert(
      fc.property(fc.nat({ max: 60 }), fc.uint8Array({ maxLength: 400 }), (kept, invented) => {
        const broken = new Uint8Array(kept + invented.length);
        broken.set(bytes.subarray(0, kept));
        broken.set(invented, Math.min(kept, bytes.length));
        survives(read, broken);
      }),
      { numRuns: 300 },
    );
  });
}

test("a body that unpacks to more than is allowed is refused before it is unpacked", () => {
  const id = "3333333333333333";
  const common = {
    key: id,
    answer: id,
    running: id,
    epoch: id,
    dictionary: null,
    firstSeq: 1,
    thinned: null,
    preview: false,
  };
  const fields = { ...common, rig: "r", lane: "events", send: 1, stream: "events" } as const;
  const bomb = () => compress(new Uint8Array(64 * 1024 * 1024));
  const json = new Uint8Array(500);
  const frames = [
    { receivedAt: 1, mono: 1, clock: "unknown", dictionary: null, thinned: null, checksum: { a: 0, b: 0 }, json },
  ] as const;
  const { bytes } = encodeBatch(
    fields,
    { stream: "events", frames },
    { compress: () => bomb().slice(0, 490), sign: () => new Uint8Array(64) },
  );
  expect(() => decodeBatch(bytes, 0, decompress)).toThrow("body does not decompress");
});
