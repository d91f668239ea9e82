import { contexts, type IntReader, type IntWriter, type ListContext } from "./ints.ts";
import { scratchOf } from "./scratch.ts";
import { fewest, gains } from "./series.ts";
import { wordsOf } from "./series64.ts";

/**
 * Doubles by their bits, any of them: in the order of the numbers that they mean, so that what a number is predicted as and what it is lie near.
 * Prediction is IEEE arithmetic without a function of the platform, so every machine guesses the same.
 */

/** Writes `n` doubles (`words`: low, high, low, high …). */
export function writeDoubles(to: IntWriter, context: ListContext, words: Uint32Array, n: number): void {
  if (n === 0) return;
  const values = numbersIn(words, n);
  const zeros = zerosOf(words, n);
  to.int(contexts.structure, zeros);
  const predictor = n - 1 > fewest ? bestPredictor(values, n) : 1;
  if (n - 1 > fewest) to.int(contexts.predictor, predictor);
  const [level, slope] = gains[predictor] ?? gains[1];
  const differences = wordsOf(n);
  for (let i = 0; i < n; i++) {
    order(words[2 * i] ?? 0, words[2 * i + 1] ?? 0, zeros, value64);
    predict(level, slope, i, values[i - 1] ?? 0);
    order(guessWords[0] ?? 0, guessWords[1] ?? 0, zeros, guess64);
    const low = (value64.low - guess64.low) | 0;
    const high = (value64.high - guess64.high - (value64.low >>> 0 < guess64.low >>> 0 ? 1 : 0)) | 0;
    const sign = high >> 31;
    differences.low[i] = (low << 1) ^ sign;
    differences.high[i] = ((high << 1) | (low >>> 31)) ^ sign;
  }
  to.list(context, differences.low, differences.high, n);
}

export function readDoubles(from: IntReader, context: ListContext, what: string, into: Uint32Array, n: number): void {
  if (n === 0) return;
  const zeros = from.int(contexts.structure, `${what}: zero bits`, 52);
  const predictor = n - 1 > fewest ? from.int(contexts.predictor, `${what}: predictor`, gains.length - 1) : 1;
  const [level, slope] = gains[predictor] ?? gains[1];
  const differences = wordsOf(n);
  from.list(context, what, differences.low, differences.high, n);
  for (let i = 0; i < n; i++) {
    predict(level, slope, i, number[0] ?? 0);
    order(guessWords[0] ?? 0, guessWords[1] ?? 0, zeros, guess64);
    const zigzagLow = differences.low[i] ?? 0;
    const zigzagHigh = differences.high[i] ?? 0;
    const sign = -(zigzagLow & 1);
    const low = ((zigzagLow >>> 1) | (zigzagHigh << 31)) ^ sign;
    const sum = (low >>> 0) + (guess64.low >>> 0);
    const high = (((zigzagHigh >>> 1) ^ sign) + guess64.high + (sum > 0xffffffff ? 1 : 0)) | 0;
    unorder(sum | 0, high, zeros, value64);
    word[0] = value64.low;
    word[1] = value64.high;
    into[2 * i] = value64.low;
    into[2 * i + 1] = value64.high;
  }
}

const number = new Float64Array(1);
const word = new Uint32Array(number.buffer);

/** 64 bits as two int32; reused, so that a value costs no object. */
interface Long {
  low: number;
  high: number;
}
const value64: Long = { low: 0, high: 0 };
const guess64: Long = { low: 0, high: 0 };

const numbersOfCall = scratchOf((length) => new Float64Array(length));

function numbersIn(words: Uint32Array, n: number): Float64Array {
  const values = numbersOfCall(n);
  new Uint32Array(values.buffer, 0, 2 * n).set(words.subarray(0, 2 * n));
  return values;
}

/** What comes next, by how much more than this, and the number before. */
const state = new Float64Array(3);
const guessWords = new Uint32Array(state.buffer, 0, 2);

/**
 * Guesses number `i` (the first as 0) from the one before it and what was guessed before. What came twice is expected again, exactly: an average would
 * only draw near. What is no finite number teaches nothing.
 */
function predict(level: number, slope: number, i: number, before: number): void {
  const teaches = before - before === 0;
  if (i < 2 || before === state[2]) {
    state[0] = i > 0 && teaches ? before : 0;
    state[1] = 0;
  } else if (teaches) {
    const guess = state[0] ?? 0;
    const miss = before - guess;
    const step = (state[1] ?? 0) + miss * slope;
    const next = guess + miss * level + step;
    const isNear = next - next === 0;
    state[0] = isNear ? next : before;
    state[1] = isNear ? step : 0;
  }
  state[2] = i === 0 ? Number.NaN : before;
}

/** Of a long list its begin, middle and end stand for it when predictors are compared: so many numbers each, the first ones to begin with. */
const part = 100;
const begin = 16;

/** The predictor whose misses have the fewest digits. */
function bestPredictor(values: Float64Array, n: number): number {
  const parts = n <= 3 * part ? [0] : [0, (n - part) >>> 1, n - part];
  const length = n <= 3 * part ? n : part;
  let best = 1;
  let least = Number.POSITIVE_INFINITY;
  for (const [predictor, [level, slope]] of gains.entries()) {
    let digits = 0;
    for (const from of parts) {
      for (let i = 1; i < length; i++) {
        predict(level, slope, i, values[from + i - 1] ?? 0);
        const value = values[from + i] ?? 0;
        const guess = state[0] ?? 0;
        if (value === guess || (i < begin && n > part)) continue;
        digits += 53 + Math.log2(Math.abs(value - guess) / Math.max(Math.abs(value), Math.abs(guess)));
      }
    }
    if (digits < least) {
      least = digits;
      best = predictor;
    }
  }
  return best;
}

/** How many of the lowest bits are zero in all of them. */
function zerosOf(words: Uint32Array, n: number): number {
  let low = 0;
  let high = 0;
  for (let i = 0; i < n; i++) {
    low |= words[2 * i] ?? 0;
    high |= words[2 * i + 1] ?? 0;
  }
  return low !== 0 ? trailing(low) : 32 + Math.min(trailing(high), 20);
}

function trailing(bits: number): number {
  return bits === 0 ? 32 : 31 - Math.clz32(bits & -bits);
}

/** The bits without their lowest `zeros`, of a negative number turned but for the sign: integers in the order of the numbers. */
function order(low: number, high: number, zeros: number, into: Long): void {
  into.low =
    zeros >= 32 ? (high | 0) >> (zeros - 32) : zeros === 0 ? low | 0 : (low >>> zeros) | (high << (32 - zeros));
  into.high = zeros >= 32 ? (high | 0) >> 31 : (high | 0) >> zeros;
  turn(into, zeros);
}

function unorder(low: number, high: number, zeros: number, into: Long): void {
  into.low = low;
  into.high = high;
  turn(into, zeros);
  const turned = into.low;
  into.low = zeros >= 32 ? 0 : turned << zeros;
  into.high =
    zeros >= 32 ? turned << (zeros - 32) : zeros === 0 ? into.high : (into.high << zeros) | (turned >>> (32 - zeros));
}

function turn(long: Long, zeros: number): void {
  if (long.high >= 0) return;
  long.low ^= zeros >= 32 ? 0x7fffffff >>> (zeros - 32) : -1;
  long.high ^= zeros >= 32 ? 0 : 0x7fffffff >>> zeros;
}
