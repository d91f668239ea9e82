import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import fc from "fast-check";
import { Block, isStatus, NO_VALUE, type Representation, realBits } from "../../shared/domain/reading.ts";
import { addChecksums, checksumOf, noChecksum, type TagList } from "../../shared/wire/checksum.ts";
import type { TelemetryFrame } from "../../shared/wire/frame.ts";

/** Any readings, and what they must be again after a journey through bytes. */

export const compress = (bytes: Uint8Array): Uint8Array => zstdCompressSync(bytes);
export const decompress = (bytes: Uint8Array, maxBytes: number): Uint8Array =>
  zstdDecompressSync(bytes, { maxOutputLength: maxBytes });

const kinds: Representation[] = ["scaled", "long", "real", "double", "flag", "text"];
/** One tag of each representation, twice. */
export const tags: TagList = {
  representations: [...kinds, ...kinds],
  ids: Uint32Array.from({ length: 4 * kinds.length }, (_, i) => Math.imul(i + 1, 0x9e3779b1)),
};

const word = fc.oneof(
  fc.nat({ max: 0xffffffff }),
  fc.constantFrom(0, 1, 0x80000000, 0xffffffff, 0x7fc00001, 0x7ff80001, 0xfff00000, 0x7f800000),
);
const time = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1_789_948_800_000, max: 1_789_948_900_000 }) },
  { weight: 1, arbitrary: fc.maxSafeInteger() },
  { weight: 1, arbitrary: fc.double() },
);
const number = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -40_000, max: 70_000 }) },
  fc.maxSafeInteger(),
  fc.double(),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, 2 ** 52, -(2 ** 52)),
);
const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 20 }),
  fc.constantFrom("", "\ufeffx", "slips", "drilling"),
);

interface Reading {
  tag: number;
  at: number;
  number: number;
  low: number;
  high: number;
  text: string;
  status: number;
  reason: number;
  asBits: boolean;
}

const reading: fc.Arbitrary<Reading> = fc.record({
  tag: fc.nat({ max: tags.representations.length - 1 }),
  at: time,
  number,
  low: word,
  high: word,
  text,
  status: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat({ max: 15 }).filter(isStatus)),
  reason: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, word),
  asBits: fc.boolean(),
});

function push(block: Block, one: Reading): void {
  const as = tags.representations[one.tag];
  if ((one.status & NO_VALUE) !== 0) block.push(one.tag, one.at, 0, one.status, one.reason);
  else if (as === "text") block.pushText(one.tag, one.at, one.text, one.status, one.reason);
  else if (as === "real" && !one.asBits)
    block.pushBits(one.tag, one.at, realBits(one.number), 0, one.status, one.reason);
  else if (one.asBits || as === "long") block.pushBits(one.tag, one.at, one.low, one.high, one.status, one.reason);
  else block.push(one.tag, one.at, one.number, one.status, one.reason);
}

/** Any readings, several a tag, in any order. */
export const anyBlock = (maxLength = 60): fc.Arbitrary<Block> =>
  fc.array(reading, { maxLength }).map((readings) => {
    const block = new Block(1);
    for (const one of readings) push(block, one);
    return block;
  });

/** Readings as a plain PLC gives them: every tag once a frame, values that wander. */
export const steadyBlocks = (frames: number): fc.Arbitrary<Block[]> =>
  fc.array(fc.integer({ min: -3, max: 3 }), { minLength: frames, maxLength: frames }).map((steps) => {
    let value = 5_000;
    return steps.map((step, f) => {
      value += step;
      const block = new Block(tags.representations.length);
      for (const [t, as] of tags.representations.entries()) {
        const at = 1_789_948_800_000 + 1000 * f + Math.abs(step);
        if (as === "text") block.pushText(t, at, value > 5_000 ? "drilling" : "slips", 0, 0);
        else if (as === "real") block.pushBits(t, at, realBits(value / 7), 0, 0, 0);
        else if (as === "double") block.push(t, at, value / 3, 0, 0);
        else if (as === "long") block.pushBits(t, at, value, value % 3, 0, 0);
        else block.push(t, at, as === "flag" ? value & 1 : value, 0, 0);
      }
      return block;
    });
  });

export function frameOf(readings: Block, f: number): TelemetryFrame {
  return {
    receivedAt: 1_789_948_800_000 + 1000 * f + (f % 3),
    mono: 4_711 + 1000 * f,
    clock: f % 5 === 4 ? "unknown" : "synchronised",
    dictionary: "00000000000000aa",
    checksum: checksumOf(readings, tags),
    thinned: null,
    readings,
  };
}

/** Frames with times of any kind. */
export const anyFrames = (maxFrames = 6, maxLength = 30): fc.Arbitrary<TelemetryFrame[]> =>
  fc.array(fc.tuple(anyBlock(maxLength), time, time, fc.boolean()), { minLength: 1, maxLength: maxFrames }).map((all) =>
    all.map(([readings, receivedAt, mono, plain], f) => ({
      ...frameOf(readings, f),
      ...(plain ? {} : { receivedAt, mono }),
    })),
  );

const hex = (word: number | undefined) => (word ?? 0).toString(16).padStart(8, "0");
const bits = new Float64Array(1);
const bitWords = new Uint32Array(bits.buffer);

/** A line a reading that tells all its bits; ordered by tag where `byTag` (within a tag as they came). */
export function linesOf(block: Block, byTag: boolean): string[] {
  const lines: { tag: number; line: string }[] = [];
  for (let i = 0; i < block.length; i++) {
    const tag = block.tag[i] ?? 0;
    const noValue = ((block.status[i] ?? 0) & NO_VALUE) !== 0;
    const isText = tags.representations[tag] === "text";
    const value = noValue
      ? "none"
      : isText
        ? JSON.stringify(block.texts[block.value[i] ?? 0])
        : hex(block.words[2 * i + 1]) + hex(block.words[2 * i]);
    bits[0] = block.at[i] ?? 0;
    const at = hex(bitWords[1]) + hex(bitWords[0]);
    lines.push({ tag, line: `${tag} at ${at} = ${value} status ${block.status[i]} reason ${block.reason[i]}` });
  }
  if (byTag) lines.sort((one, other) => one.tag - other.tag);
  return lines.map(({ line }) => line);
}

export function sumOf(blocks: readonly Block[]): { a: number; b: number } {
  return blocks.reduce((sum, block) => addChecksums(sum, checksumOf(block, tags)), noChecksum);
}
