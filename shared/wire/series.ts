import { contexts, type IntReader, type IntWriter, type ListContext } from "./ints.ts";
import { scratchOf } from "./scratch.ts";
import { extraBits, token32 } from "./token.ts";

/**
 * Numbers that follow one another. Each is predicted from those before; what differs is written, zigzag, so that small
 * differences of either sign are small numbers. All arithmetic wraps (mod 2^32, mod 2^64): any bits come back.
 */

/** 0 the first value, 1 the one before, 2 the line through the two before, 3.. an exponential average of that weight. */
const weights = [0, 0, 0, 0.5, 0.25, 0.125, 0.0625] as const;
const predictors32 = weights.length;

/** Up to so many differences always count from the one before, so no predictor is written. */
export const fewest = 3;

const differencesOfCall = scratchOf((length) => new Uint32Array(length));

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
export function costOf(counts: Uint32Array, n: number): number {
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

/** For each predictor a table of how often each token would come. */
const tallies = new Uint32Array(predictors32 * 256);

/** Counts a prediction's miss in the table that begins at `table`. */
function tally(table: number, value: number, guess: number): void {
  const difference = (value - guess) | 0;
  const token = table + token32(((difference << 1) ^ (difference >> 31)) >>> 0);
  tallies[token] = (tallies[token] ?? 0) + 1;
}

/** Counts what every predictor would write for a part of a list: as `differences32` predicts, all of them in one go. */
function tallyPart(values: Int32Array, from: number, to: number): void {
  const first = values[from] ?? 0;
  let last = first;
  let line = first;
  let [half, quarter, eighth, sixteenth] = [first, first, first, first];
  for (let i = from + 1; i < to; i++) {
    const value = values[i] ?? 0;
    tally(0, value, first);
    tally(256, value, last);
    tally(512, value, line);
    tally(768, value, Math.floor(half + 0.5));
    tally(1024, value, Math.floor(quarter + 0.5));
    tally(1280, value, Math.floor(eighth + 0.5));
    tally(1536, value, Math.floor(sixteenth + 0.5));
    line = (2 * value - last) | 0;
    half += (value - half) * 0.5;
    quarter += (value - quarter) * 0.25;
    eighth += (value - eighth) * 0.125;
    sixteenth += (value - sixteenth) * 0.0625;
    last = value;
  }
}

/** The cheapest predictor of a list and what it costs, in bits of the part that was tried. */
export function bestPredictor32(values: Int32Array, n: number): { predictor: number; cost: number } {
  tallies.fill(0);
  let tried = 0;
  for (const [from, to] of samples(n)) {
    tallyPart(values, from, to);
    tried += to - from - 1;
  }
  let best = { predictor: 1, cost: Number.POSITIVE_INFINITY };
  for (const predictor of n - 1 <= fewest ? [1] : [1, 0, 2, 3, 4, 5, 6]) {
    const cost = costOf(tallies.subarray(256 * predictor, 256 * (predictor + 1)), tried);
    if (cost < best.cost) best = { predictor, cost };
    // All as predicted: nothing is cheaper.
    if (tallies[256 * predictor] === tried) break;
  }
  return best;
}

/** Writes values 1 to n - 1 of a list of 32 bits; the reader must know the first. */
export function writeRest32(to: IntWriter, context: ListContext, values: Int32Array, n: number, use?: number): void {
  if (n < 2) return;
  const predictor = use ?? bestPredictor32(values, n).predictor;
  if (n - 1 > fewest) to.int(contexts.predictor, predictor);
  const differences = differencesOfCall(n - 1);
  differences32(predictor, values, 0, n, differences);
  to.list(context, differences, null, n - 1);
}

/** Fills in values 1 to n - 1; the first must stand. */
export function readRest32(from: IntReader, context: ListContext, what: string, values: Int32Array, n: number): void {
  if (n < 2) return;
  const predictor = n - 1 > fewest ? from.int(contexts.predictor, `${what}: predictor`, predictors32 - 1) : 1;
  const differences = differencesOfCall(n - 1);
  from.list(context, what, differences, null, n - 1);
  restore32(predictor, values, n, differences);
}
