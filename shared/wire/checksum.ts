import { type Block, NO_VALUE, type Representation } from "../domain/reading.ts";
import { utf8 } from "./bytes.ts";
import type { Checksum } from "./names.ts";

/** What the codec must know of the tags that a block's `tag` column points at. */
export interface TagList {
  /** Two words a tag: the upper and the lower half of its id. */
  ids: Uint32Array;
  representations: readonly Representation[];
}

export const noChecksum: Checksum = { a: 0, b: 0 };

/** Checksums add up, of columns to a frame and of frames to a range; modulo 2^32. */
export function addChecksums(one: Checksum, other: Checksum): Checksum {
  return { a: (one.a + other.a) >>> 0, b: (one.b + other.b) >>> 0 };
}

export function subtractChecksums(from: Checksum, what: Checksum): Checksum {
  return { a: (from.a - what.a) >>> 0, b: (from.b - what.b) >>> 0 };
}

export function sameChecksum(one: Checksum, other: Checksum): boolean {
  return one.a === other.a && one.b === other.b;
}

/** The words of one hash on their way through `mixReading`; reused so that a reading costs no object. */
const mixed = new Uint32Array(2);

/**
 * Mixes eight words into two: a 64-bit state (x, y) takes two words at a time, each round a bijection of the state,
 * so two readings that differ anywhere differ in the state unless 64 bits happen to agree.
 */
function mix(x0: number, y0: number, x1: number, y1: number, x2: number, y2: number, x3: number, y3: number): void {
  let x = Math.imul(x0 ^ 0x9e3779b1, 0x85ebca6b);
  let y = Math.imul(y0 ^ 0x7feb352d, 0xc2b2ae35);
  x ^= y >>> 15;
  y ^= x >>> 13;
  x = Math.imul(x ^ x1, 0x846ca68b);
  y = Math.imul(y ^ y1, 0x9e3779b1);
  x ^= y >>> 16;
  y ^= x >>> 15;
  x = Math.imul(x ^ x2, 0xc2b2ae3d);
  y = Math.imul(y ^ y2, 0x27d4eb2f);
  x ^= y >>> 14;
  y ^= x >>> 16;
  x = Math.imul(x ^ x3, 0x165667b1);
  y = Math.imul(y ^ y3, 0x85ebca77);
  x ^= y >>> 15;
  y ^= x >>> 13;
  x = Math.imul(x, 0x7feb352d);
  y = Math.imul(y, 0x846ca68b);
  x ^= y >>> 16;
  mixed[0] = x;
  mixed[1] = y ^ (x >>> 15);
}

/** A 64-bit hash of bytes: the checksum of an events frame, and what stands for a text value. Not against an adversary. */
export function hashBytes(bytes: Uint8Array): Checksum {
  let x = 0x9e3779b1 ^ bytes.length;
  let y = 0x7feb352d;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = bytes.length & ~7;
  for (let i = 0; i < whole; i += 8) {
    x = Math.imul(x ^ view.getUint32(i, true), 0x846ca68b);
    y = Math.imul(y ^ view.getUint32(i + 4, true), 0xc2b2ae35);
    x ^= y >>> 15;
    y ^= x >>> 13;
  }
  for (let i = whole; i < bytes.length; i++) {
    x = Math.imul(x ^ (bytes[i] ?? 0), 0x846ca68b);
    x ^= x >>> 15;
    y = Math.imul(y ^ x, 0xc2b2ae35);
    y ^= y >>> 13;
  }
  mix(x, y, 0, 0, 0, 0, 0, 0);
  return { a: mixed[0] ?? 0, b: mixed[1] ?? 0 };
}

/**
 * Adds the hashes of readings `from` to `to` (not included) to `sums[2 * slot]` and `sums[2 * slot + 1]`, where the
 * slot is `slots[i]`, or 0 without `slots`. What is hashed: tag id, time (its double's bits), value bits, status and
 * reason. A reading without a value counts as value 0; text counts by its UTF-8 bytes.
 */
export function addReadings(
  sums: Uint32Array,
  block: Block,
  tags: TagList,
  from: number,
  to: number,
  slots: Uint32Array | null,
): void {
  const { tag, words, status, reason } = block;
  const { ids, representations } = tags;
  const at = new Uint32Array(block.at.buffer, block.at.byteOffset, block.at.length * 2);
  for (let i = from; i < to; i++) {
    const t = tag[i] ?? 0;
    const quality = status[i] ?? 0;
    let low = words[2 * i] ?? 0;
    let high = words[2 * i + 1] ?? 0;
    if ((quality & NO_VALUE) !== 0) {
      low = 0;
      high = 0;
    } else if (representations[t] === "text") {
      const text = hashBytes(utf8(block.texts[block.value[i] ?? 0] ?? ""));
      low = text.a;
      high = text.b;
    }
    mix(low, high, at[2 * i] ?? 0, at[2 * i + 1] ?? 0, ids[2 * t] ?? 0, ids[2 * t + 1] ?? 0, quality, reason[i] ?? 0);
    const slot = slots === null ? 0 : 2 * (slots[i] ?? 0);
    sums[slot] = (sums[slot] ?? 0) + (mixed[0] ?? 0);
    sums[slot + 1] = (sums[slot + 1] ?? 0) + (mixed[1] ?? 0);
  }
}

/** The checksum of all readings of a block, whatever their order. */
export function checksumOf(block: Block, tags: TagList): Checksum {
  const sums = new Uint32Array(2);
  addReadings(sums, block, tags, 0, block.length, null);
  return { a: sums[0] ?? 0, b: sums[1] ?? 0 };
}

/** What the checksums of several frames (two words a frame) add up to, from frame `from` to `to` (not included). */
export function sumOfFrames(sums: Uint32Array, from: number, to: number): Checksum {
  let [a, b] = [0, 0];
  for (let f = from; f < to; f++) {
    a = (a + (sums[2 * f] ?? 0)) >>> 0;
    b = (b + (sums[2 * f + 1] ?? 0)) >>> 0;
  }
  return { a, b };
}
