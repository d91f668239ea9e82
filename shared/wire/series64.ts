import { contexts, type IntReader, type IntWriter, type ListContext } from "./ints.ts";
import { costOf, fewest } from "./series.ts";
import { token64 } from "./token.ts";

/** The same as series.ts for integers of 64 bits, in two words each. Predictors 0 to 2 only. */

const predictors64 = 3;

/** 64-bit integers as two lists of words, each signed in its high word. */
export interface Words {
  low: Uint32Array;
  high: Uint32Array;
}

export function wordsOf(n: number): Words {
  return { low: new Uint32Array(n), high: new Uint32Array(n) };
}

/** What value i is predicted as, low and high word; reused so that a value costs no object. */
const guess = new Uint32Array(2);

/** The first is predicted as zero. */
function predict(predictor: number, { low, high }: Words, i: number): void {
  if (i === 0) {
    guess.fill(0);
    return;
  }
  const last = predictor === 0 ? 0 : i - 1;
  const lastLow = low[last] ?? 0;
  const lastHigh = high[last] ?? 0;
  guess[0] = lastLow;
  guess[1] = lastHigh;
  if (predictor !== 2 || i === 1) return;
  // last + (last - the one before it)
  const beforeLow = low[i - 2] ?? 0;
  const slopeLow = (lastLow - beforeLow) >>> 0;
  const slopeHigh = lastHigh - (high[i - 2] ?? 0) - (lastLow < beforeLow ? 1 : 0);
  guess[0] = lastLow + slopeLow;
  guess[1] = lastHigh + slopeHigh + (lastLow + slopeLow > 0xffffffff ? 1 : 0);
}

/** Zigzag of what differs between each of `n` values and its prediction. */
function differences64(predictor: number, values: Words, n: number, into: Words): void {
  const { low, high } = values;
  for (let i = 0; i < n; i++) {
    predict(predictor, values, i);
    const valueLow = low[i] ?? 0;
    const guessLow = guess[0] ?? 0;
    const differenceLow = (valueLow - guessLow) >>> 0;
    const differenceHigh = ((high[i] ?? 0) - (guess[1] ?? 0) - (valueLow < guessLow ? 1 : 0)) | 0;
    const sign = differenceHigh >> 31;
    into.low[i] = (differenceLow << 1) ^ sign;
    into.high[i] = ((differenceHigh << 1) | (differenceLow >>> 31)) ^ sign;
  }
}

/** Turns zigzag differences into the values, in place. */
function restore64(predictor: number, values: Words, n: number): void {
  const { low, high } = values;
  for (let i = 0; i < n; i++) {
    predict(predictor, values, i);
    const zigzagLow = low[i] ?? 0;
    const zigzagHigh = high[i] ?? 0;
    const sign = -(zigzagLow & 1);
    const differenceLow = (((zigzagLow >>> 1) | (zigzagHigh << 31)) ^ sign) >>> 0;
    const differenceHigh = (zigzagHigh >>> 1) ^ sign;
    const sum = (guess[0] ?? 0) + differenceLow;
    low[i] = sum;
    high[i] = (guess[1] ?? 0) + differenceHigh + (sum > 0xffffffff ? 1 : 0);
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
