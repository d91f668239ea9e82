import { AdaptiveDecoder, AdaptiveEncoder, chancesOf } from "./adaptive.ts";
import { Reader, type WireError, Writer } from "./bytes.ts";
import { normalise, ransDecode, ransEncode } from "./rans.ts";
import { BitReader, BitWriter, baseHigh, baseLow, extraBits, token64 } from "./token.ts";

/**
 * Unsigned integers into bytes. Each becomes a token and raw bits (token.ts). Tokens of short lists go through the
 * adaptive coder, which all short lists of a kind share; a long list gets a table of its own.
 * Three parts: adaptive stream, raw bits, blobs (tables' streams and texts).
 */

/** What kind of number it is: kinds of different distribution learn apart. Value and time have eight each, by the size of the one before. */
export const contexts = {
  structure: 0,
  run: 1,
  quality: 2,
  table: 3,
  predictor: 4,
  first: 5,
  form: 6,
  group: 7,
  count: 8,
  sign: 9,
  size: 10,
  time: 11,
  value: 19,
} as const;

/**
 * What is likely before anything is known, which decides how short short batches are: nearly always 0 or 1 where
 * the structure is told, of any size where a first value is, and in between for what differs from a prediction.
 * Part of the format.
 */
const chances = chancesOf(27, (context, token) => {
  if (context === contexts.first || context === contexts.size)
    return token < 16 ? 1 : token < 92 ? 2 : token < 160 ? 0.1 : 0.01;
  if (context < contexts.time) return 4 ** -Math.min(token, 6);
  return token < 16 ? 0.75 ** (token / 2) : token < 64 ? 0.12 : token < 200 ? 0.02 : 0.002;
});

/** Lists of this many numbers get a table. */
const tableFrom = 192;

/** Which of the eight contexts follows a token. */
const following = Uint8Array.from({ length: 256 }, (_, token) => {
  const bounds = [0, 2, 4, 8, 15, 31, 55];
  const i = bounds.findIndex((bound) => token <= bound);
  return i < 0 ? 7 : i;
});

/** The two kinds of list whose context depends on the number before. */
export type ListContext = typeof contexts.time | typeof contexts.value;

export class IntWriter {
  private readonly adaptive = new AdaptiveEncoder(chances);
  private readonly bits = new BitWriter();
  private readonly blobs = new Writer(1024);

  /** One number from 0 to 2^53 - 1. */
  int(context: number, value: number): void {
    this.one(context, value >>> 0, Math.floor(value / 4_294_967_296));
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
    if (n >= tableFrom) {
      this.long(low, high, n);
      return;
    }
    let before = 0;
    for (let i = 0; i < n; i++)
      before = following[this.one(context + before, low[i] ?? 0, high === null ? 0 : (high[i] ?? 0))] ?? 0;
  }

  private long(low: Uint32Array, high: Uint32Array | null, n: number): void {
    const tokens = new Uint8Array(n);
    const counts = new Uint32Array(256);
    for (let i = 0; i < n; i++) {
      const l = low[i] ?? 0;
      const h = high === null ? 0 : (high[i] ?? 0);
      const token = token64(l, h);
      tokens[i] = token;
      counts[token] = (counts[token] ?? 0) + 1;
    }
    const scaled = normalise(counts, n);
    const distinct = counts.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0);
    this.int(contexts.size, distinct);
    let next = 0;
    for (let token = 0; token < 256; token++) {
      const share = scaled[token] ?? 0;
      if (share === 0) continue;
      this.int(contexts.table, token - next);
      next = token + 1;
      if (distinct > 1) this.int(contexts.size, share);
    }
    if (distinct > 1) this.blobs.blob(ransEncode(tokens, n, scaled));
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
    this.adaptive = new AdaptiveDecoder(reader.blob("adaptive stream", bytes.length), chances);
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
    const value = high * 4_294_967_296 + low;
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
    const tokens = n >= tableFrom ? this.tokens(what, n) : null;
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
    const scaled = new Uint16Array(256);
    const distinct = this.int(contexts.size, `${what}: distinct tokens`, 256);
    let next = 0;
    let sum = 0;
    for (let i = 0; i < distinct; i++) {
      const token = next + this.int(contexts.table, `${what}: token`, 255 - next);
      const share = distinct > 1 ? this.int(contexts.size, `${what}: share`, 4095) : 4096;
      if (share === 0) throw this.fail(what, "has a table with a token that never comes");
      scaled[token] = share;
      sum += share;
      next = token + 1;
    }
    if (sum !== 4096 || distinct === 0) throw this.fail(what, `has a table whose sum is ${sum}, not 4096`);
    const tokens = new Uint8Array(n);
    if (distinct === 1) return tokens.fill(next - 1);
    const bytes = this.blobs.blob(what, this.blobs.left);
    if (!ransDecode(bytes, n, scaled, tokens)) throw this.fail(what, "does not decode with its table");
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
