import { contexts, type IntReader, type IntWriter, type ListContext } from "./ints.ts";
import { extraBits, token32, token64 } from "./token.ts";

/**
 * Numbers that follow one another. Each is predicted from those before; what differs is written, zigzag, so that small
 * differences of either sign are small numbers. All arithmetic wraps (mod 2^32, mod 2^64): any bits come back.
 */

/** 0 the first value, 1 the one before, 2 the line through the two before, 3.. an exponential average of that weight. */
const weights = [0, 0, 0, 0.5, 0.25, 0.125, 0.0625] as const;
const predictors32 = weights.length;
const predictors64 = 3;

/** Up to so many differences always count from the one before, so no predictor is written. */
const fewest = 3;

/** Calls for n - 1 differences of a list of 32 bits: what `values[i]` is predicted as. */
function differences32(predictor: number, values: Int32Array, from: number, to: number, into: Uint32Array): void {
  const weight = weights[predictor] ?? 0;
  let guess = values[from] ?? 0;
  let before = guess;
  let average = guess;
  for (let i = from + 1; i < to; i++) {
    const value = values[i] ?? 0;
    const difference = (value - guess) | 0;
    into[i - from - 1] = (difference << 1) ^ (difference >> 31);
    if (predictor === 1) guess = value;
    else if (predictor === 2) guess = (2 * value - before) | 0;
    else if (weight > 0) {
      average += (value - average) * weight;
      guess = Math.floor(average + 0.5);
    }
    before = value;
  }
}

function restore32(predictor: number, values: Int32Array, n: number, differences: Uint32Array): void {
  const weight = weights[predictor] ?? 0;
  let guess = values[0] ?? 0;
  let before = guess;
  let average = guess;
  for (let i = 1; i < n; i++) {
    const zigzag = differences[i - 1] ?? 0;
    const value = (guess + ((zigzag >>> 1) ^ -(zigzag & 1))) | 0;
    values[i] = value;
    if (predictor === 1) guess = value;
    else if (predictor === 2) guess = (2 * value - before) | 0;
    else if (weight > 0) {
      average += (value - average) * weight;
      guess = Math.floor(average + 0.5);
    }
    before = value;
  }
}

/** The bits that a list of tokens takes, roughly: with a table of its own, or one by one where it is short. */
function costOf(counts: Uint32Array, n: number): number {
  let bits = 0;
  for (let token = 0; token < 256; token++) {
    const count = counts[token] ?? 0;
    if (count === 0) continue;
    const each = n < 64 ? Math.min(2 + token / 8, 6) : Math.log2(n / count);
    bits += count * (each + (extraBits[token] ?? 0));
    if (n >= 64) bits += 10;
  }
  return bits;
}

/** Parts of a long list that stand for it when predictors are compared. */
function samples(n: number): [from: number, to: number][] {
  const size = 1500;
  if (n <= 3 * size) return [[0, n]];
  const middle = (n - size) >>> 1;
  return [
    [0, size],
    [middle, middle + size],
    [n - size, n],
  ];
}

/** The cheapest predictor of a list and what it costs, in bits of the part that was tried. */
export function bestPredictor32(values: Int32Array, n: number): { predictor: number; cost: number } {
  let best = { predictor: 1, cost: Number.POSITIVE_INFINITY };
  const parts = samples(n);
  const differences = new Uint32Array(Math.min(n, 4500));
  const counts = new Uint32Array(256);
  for (const predictor of n - 1 <= fewest ? [1] : [1, 0, 2, 3, 4, 5, 6]) {
    counts.fill(0);
    let tried = 0;
    for (const [from, to] of parts) {
      differences32(predictor, values, from, to, differences);
      for (let i = 0; i < to - from - 1; i++) {
        const token = token32(differences[i] ?? 0);
        counts[token] = (counts[token] ?? 0) + 1;
      }
      tried += to - from - 1;
    }
    const cost = costOf(counts, tried);
    if (cost < best.cost) best = { predictor, cost };
  }
  return best;
}

/** Writes values 1 to n - 1 of a list of 32 bits; the reader must know the first. */
export function writeRest32(to: IntWriter, context: ListContext, values: Int32Array, n: number, use?: number): void {
  if (n < 2) return;
  const predictor = use ?? bestPredictor32(values, n).predictor;
  if (n - 1 > fewest) to.int(contexts.predictor, predictor);
  const differences = new Uint32Array(n - 1);
  differences32(predictor, values, 0, n, differences);
  to.list(context, differences, null, n - 1);
}

/** Fills in values 1 to n - 1; the first must stand. */
export function readRest32(from: IntReader, context: ListContext, what: string, values: Int32Array, n: number): void {
  if (n < 2) return;
  const predictor = n - 1 > fewest ? from.int(contexts.predictor, `${what}: predictor`, predictors32 - 1) : 1;
  const differences = new Uint32Array(n - 1);
  from.list(context, what, differences, null, n - 1);
  restore32(predictor, values, n, differences);
}

/** 64-bit integers as two lists of words, each signed in its high word. */
export interface Words {
  low: Uint32Array;
  high: Uint32Array;
}

export function wordsOf(n: number): Words {
  return { low: new Uint32Array(n), high: new Uint32Array(n) };
}

/** Zigzag of what differs between value i and its prediction, for all but the first, which is predicted as zero. */
function differences64(predictor: number, values: Words, n: number, into: Words): void {
  const { low, high } = values;
  for (let i = 0; i < n; i++) {
    let guessLow = 0;
    let guessHigh = 0;
    if (i > 0) {
      const last = predictor === 0 ? 0 : i - 1;
      guessLow = low[last] ?? 0;
      guessHigh = high[last] ?? 0;
    }
    if (i > 1 && predictor === 2) {
      // guess + (guess - before)
      const slopeLow = (guessLow - (low[i - 2] ?? 0)) >>> 0;
      const slopeHigh = guessHigh - (high[i - 2] ?? 0) - (guessLow < (low[i - 2] ?? 0) ? 1 : 0);
      const sum = guessLow + slopeLow;
      guessHigh = (guessHigh + slopeHigh + (sum > 0xffffffff ? 1 : 0)) | 0;
      guessLow = sum >>> 0;
    }
    const valueLow = low[i] ?? 0;
    const differenceLow = (valueLow - guessLow) >>> 0;
    const differenceHigh = ((high[i] ?? 0) - guessHigh - (valueLow < guessLow ? 1 : 0)) | 0;
    const sign = differenceHigh >> 31;
    into.low[i] = (differenceLow << 1) ^ sign;
    into.high[i] = ((differenceHigh << 1) | (differenceLow >>> 31)) ^ sign;
  }
}

function restore64(predictor: number, values: Words, n: number): void {
  const { low, high } = values;
  for (let i = 0; i < n; i++) {
    let guessLow = 0;
    let guessHigh = 0;
    if (i > 0) {
      const last = predictor === 0 ? 0 : i - 1;
      guessLow = low[last] ?? 0;
      guessHigh = high[last] ?? 0;
    }
    if (i > 1 && predictor === 2) {
      const slopeLow = (guessLow - (low[i - 2] ?? 0)) >>> 0;
      const slopeHigh = guessHigh - (high[i - 2] ?? 0) - (guessLow < (low[i - 2] ?? 0) ? 1 : 0);
      const sum = guessLow + slopeLow;
      guessHigh = (guessHigh + slopeHigh + (sum > 0xffffffff ? 1 : 0)) | 0;
      guessLow = sum >>> 0;
    }
    const zigzagLow = low[i] ?? 0;
    const zigzagHigh = high[i] ?? 0;
    const sign = -(zigzagLow & 1);
    const differenceLow = (((zigzagLow >>> 1) | (zigzagHigh << 31)) ^ sign) >>> 0;
    const differenceHigh = (zigzagHigh >>> 1) ^ sign;
    const sum = guessLow + differenceLow;
    low[i] = sum;
    high[i] = guessHigh + differenceHigh + (sum > 0xffffffff ? 1 : 0);
  }
}

function bestPredictor64(values: Words, n: number): number {
  const tried = Math.min(n, 3000);
  const differences = wordsOf(tried);
  const counts = new Uint32Array(256);
  let best = { predictor: 1, cost: Number.POSITIVE_INFINITY };
  for (const predictor of [1, 0, 2]) {
    counts.fill(0);
    differences64(predictor, values, tried, differences);
    for (let i = 1; i < tried; i++) {
      const token = token64(differences.low[i] ?? 0, differences.high[i] ?? 0);
      counts[token] = (counts[token] ?? 0) + 1;
    }
    const cost = costOf(counts, tried - 1);
    if (cost < best.cost) best = { predictor, cost };
  }
  return best.predictor;
}

/** Writes `n` integers of 64 bits. */
export function write64(to: IntWriter, context: ListContext, values: Words, n: number): void {
  if (n === 0) return;
  const predictor = n - 1 > fewest ? bestPredictor64(values, n) : 1;
  if (n - 1 > fewest) to.int(contexts.predictor, predictor);
  const differences = wordsOf(n);
  differences64(predictor, values, n, differences);
  to.list(context, differences.low, differences.high, n);
}

export function read64(from: IntReader, context: ListContext, what: string, n: number): Words {
  const values = wordsOf(n);
  if (n === 0) return values;
  const predictor = n - 1 > fewest ? from.int(contexts.predictor, `${what}: predictor`, predictors64 - 1) : 1;
  from.list(context, what, values.low, values.high, n);
  restore64(predictor, values, n);
  return values;
}
