import { HIGH } from "../domain/reading.ts";
import { AdaptiveDecoder, AdaptiveEncoder } from "./adaptive.ts";
import { Reader, type WireError, Writer } from "./bytes.ts";
import { modelOf } from "./chances.ts";
import { scratchOf } from "./scratch.ts";
import { BitReader, BitWriter, baseHigh, baseLow, extraBits, token64 } from "./token.ts";

/**
 * Unsigned integers into bytes. Each becomes a token and raw bits (token.ts). Tokens of short lists go through the
 * adaptive coder: those of short lists learn together by kind, those of a long list by themselves.
 * Three parts: adaptive stream, raw bits, blobs.
 */

/** What kind of number it is: kinds of different distribution learn apart. Value and time have five each, by the size of the one before. */
export const contexts = {
  structure: 0,
  run: 1,
  quality: 2,
  depth: 3,
  predictor: 4,
  first: 5,
  form: 6,
  group: 7,
  count: 8,
  sign: 9,
  size: 10,
  time: 11,
  value: 16,
} as const;

/**
 * What is likely before anything is known, which decides how short short batches are: nearly always 0 or 1 where
 * the structure is told, of any size where a first value is, and in between for what differs from a prediction.
 * Part of the format.
 */
const start = modelOf(21, (context, token) => {
  if (context === contexts.depth) return token < 9 ? 1 : 0.001;
  if (context === contexts.first || context === contexts.size)
    return token < 16 ? 1 : token < 92 ? 2 : token < 160 ? 0.1 : 0.01;
  if (context < contexts.time) return 4 ** -Math.min(token, 6);
  return token < 16 ? 0.75 ** (token / 2) : token < 64 ? 0.12 : token < 200 ? 0.02 : 0.002;
});

/** Lists of this many numbers learn by themselves. */
const longFrom = 192;

/** By token how wide the number is, which decides the next one's context: of the five that short lists share, and of the three that a long list has. */
const widthOf = (bounds: readonly number[]) =>
  Uint8Array.from({ length: 256 }, (_, token) => bounds.filter((bound) => token > bound).length);
const following = widthOf([0, 3, 9, 31]);
const followingInLong = widthOf([0, 31]);

const tokensOfCall = scratchOf((length) => new Uint8Array(length));

/** The two kinds of list whose context depends on the number before. */
export type ListContext = typeof contexts.time | typeof contexts.value;

export class IntWriter {
  private readonly adaptive = new AdaptiveEncoder(start);
  private readonly bits = new BitWriter();
  private readonly blobs = new Writer(1024);

  /** One number from 0 to 2^53 - 1. */
  int(context: number, value: number): void {
    this.one(context, value >>> 0, Math.floor(value / HIGH));
  }

  /** One integer of either sign, below 2^53. */
  signed(context: number, value: number): void {
    this.int(contexts.sign, value < 0 ? 1 : 0);
    this.int(context, value < 0 ? -1 - value : value);
  }

  private one(context: number, low: number, high: number): number {
    const token = token64(low, high);
    this.adaptive.token(context, token);
    this.extra(token, low, high);
    return token;
  }

  private extra(token: number, low: number, high: number): void {
    const count = extraBits[token] ?? 0;
    if (count === 0) return;
    this.bits.put(low, Math.min(count, 32));
    if (count > 32) this.bits.put(high, count - 32);
  }

  /** `n` numbers of 32 bits, or of 64 with `high`. The reader must know n. */
  list(context: ListContext, low: Uint32Array, high: Uint32Array | null, n: number): void {
    if (n >= longFrom) {
      this.long(low, high, n);
      return;
    }
    let before = 0;
    for (let i = 0; i < n; i++)
      before = following[this.one(context + before, low[i] ?? 0, high === null ? 0 : (high[i] ?? 0))] ?? 0;
  }

  private long(low: Uint32Array, high: Uint32Array | null, n: number): void {
    const tokens = tokensOfCall(n);
    let most = 0;
    for (let i = 0; i < n; i++) {
      const token = token64(low[i] ?? 0, high === null ? 0 : (high[i] ?? 0));
      tokens[i] = token;
      if (token > most) most = token;
    }
    const depth = 32 - Math.clz32(most);
    this.int(contexts.depth, depth);
    if (depth > 0) this.adaptive.tokens(tokens, n, depth, followingInLong);
    if (most < 16) return;
    for (let i = 0; i < n; i++) {
      const token = tokens[i] ?? 0;
      if (token > 15) this.extra(token, low[i] ?? 0, high === null ? 0 : (high[i] ?? 0));
    }
  }

  /** Bytes with their length. */
  blob(bytes: Uint8Array): void {
    this.blobs.blob(bytes);
  }

  finish(into: Writer): void {
    into.blob(this.adaptive.finish());
    into.blob(this.bits.finish());
    into.bytes(this.blobs.view8());
  }
}

/** Reads what an IntWriter wrote; nothing behind it may follow in `bytes`. */
export class IntReader {
  private readonly adaptive: AdaptiveDecoder;
  private readonly bits: BitReader;
  private readonly blobs: Reader;

  constructor(bytes: Uint8Array, where: string) {
    const reader = new Reader(bytes, where);
    this.adaptive = new AdaptiveDecoder(reader.blob("adaptive stream", bytes.length), start);
    this.bits = new BitReader(reader.blob("raw bits", bytes.length));
    this.blobs = new Reader(reader.bytes(reader.left, "blobs"), `${where}, blobs`);
  }

  fail(what: string, problem: string): WireError {
    return this.blobs.fail(what, problem);
  }

  /** One number from 0 to `max`. */
  int(context: number, what: string, max: number = Number.MAX_SAFE_INTEGER): number {
    const token = this.adaptive.token(context);
    const count = extraBits[token] ?? 0;
    const low = (baseLow[token] ?? 0) + this.bits.get(Math.min(count, 32));
    const high = (baseHigh[token] ?? 0) + (count > 32 ? this.bits.get(count - 32) : 0);
    const value = high * HIGH + low;
    if (value > max) throw this.fail(what, `is ${value}, at most ${max} is allowed`);
    return value;
  }

  signed(context: number, what: string): number {
    const negative = this.int(contexts.sign, `sign of ${what}`, 1) === 1;
    const magnitude = this.int(context, what);
    return negative ? -1 - magnitude : magnitude;
  }

  /** Fills the first `n` of `low`, and of `high` where there is one; without it, a number beyond 32 bits throws. */
  list(context: ListContext, what: string, low: Uint32Array, high: Uint32Array | null, n: number): void {
    const tokens = n >= longFrom ? this.tokens(what, n) : null;
    let before = 0;
    for (let i = 0; i < n; i++) {
      const token = tokens === null ? this.adaptive.token(context + before) : (tokens[i] ?? 0);
      before = following[token] ?? 0;
      if (token < 16) {
        low[i] = token;
        if (high !== null) high[i] = 0;
        continue;
      }
      const count = extraBits[token] ?? 0;
      low[i] = (baseLow[token] ?? 0) + this.bits.get(count < 32 ? count : 32);
      if (high !== null) high[i] = (baseHigh[token] ?? 0) + (count > 32 ? this.bits.get(count - 32) : 0);
      else if (token > 127) throw this.fail(what, "has more than 32 bits");
    }
    if (this.bits.overrun || this.adaptive.overrun) throw this.fail(what, "is cut off");
  }

  private tokens(what: string, n: number): Uint8Array {
    const tokens = tokensOfCall(n);
    const depth = this.int(contexts.depth, `${what}: depth`, 8);
    if (depth === 0) tokens.fill(0, 0, n);
    else this.adaptive.tokens(tokens, n, depth, followingInLong);
    return tokens;
  }

  /** A view of bytes of at most `max`. */
  blob(what: string, max: number): Uint8Array {
    return this.blobs.blob(what, max);
  }

  /** Throws unless everything was read, and no more. Call it once, last. */
  end(): void {
    this.adaptive.end();
    this.blobs.end();
    if (this.bits.overrun || this.adaptive.overrun) throw this.fail("end", "lies behind what was sent");
  }
}
