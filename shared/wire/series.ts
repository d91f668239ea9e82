import { contexts, type IntReader, type IntWriter, type ListContext } from "./ints.ts";
import { scratchOf } from "./scratch.ts";
import { extraBits, token32 } from "./token.ts";

/**
 * Numbers that follow one another. Each is predicted from those before; what differs is written, zigzag, so that small
 * differences of either sign are small numbers. All arithmetic wraps (mod 2^32, mod 2^64): any bits come back.
 */

/**
 * What a predictor learns from its miss: which part goes to the level, which to the slope that is added at each step. 0 the first value, 1 the one
 * before, 2 the line through the two before, 3 to 6 averages that forget ever slower, 7 and 8 such averages of what rises or falls.
 */
export const gains = [
  [0, 0],
  [1, 0],
  [1, 1],
  [0.5, 0],
  [0.25, 0],
  [0.125, 0],
  [0.0625, 0],
  [0.5, 0.125],
  [0.125, 0.015625],
] as const;
const predictors32 = gains.length;

/** Up to so many differences always count from the one before, so no predictor is written. */
export const fewest = 3;

const differencesOfCall = scratchOf((length) => new Uint32Array(length));

/** Writes n - 1 differences of a list of n numbers of 32 bits. */
function differences32(predictor: number, values: Int32Array, n: number, into: Uint32Array): void {
  const [level, slope] = gains[predictor] ?? gains[1];
  let guess = values[0] ?? 0;
  let step = 0;
  for (let i = 1; i < n; i++) {
    const value = values[i] ?? 0;
    const difference = (value - Math.floor(guess + 0.5)) | 0;
    into[i - 1] = (difference << 1) ^ (difference >> 31);
    const miss = value - guess;
    step += miss * slope;
    guess += miss * level + step;
  }
}

function restore32(predictor: number, values: Int32Array, n: number, differences: Uint32Array): void {
  const [level, slope] = gains[predictor] ?? gains[1];
  let guess = values[0] ?? 0;
  let step = 0;
  for (let i = 1; i < n; i++) {
    const zigzag = differences[i - 1] ?? 0;
    const value = (Math.floor(guess + 0.5) + ((zigzag >>> 1) ^ -(zigzag & 1))) | 0;
    values[i] = value;
    const miss = value - guess;
    step += miss * slope;
    guess += miss * level + step;
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

/** Of a longer list about so many numbers, spread evenly, stand for it when predictors are compared. */
const enough = 600;

/** For each predictor a table of how often each token would come. */
const tallies = new Uint32Array(predictors32 * 256);

/** Counts a prediction's miss in the table that begins at `table`. */
function tally(table: number, value: number, guess: number): void {
  const difference = (value - guess) | 0;
  const token = table + token32(((difference << 1) ^ (difference >> 31)) >>> 0);
  tallies[token] = (tallies[token] ?? 0) + 1;
}

/** Counts what every predictor would write, as `gains` says, for each `every`th number of a list; all of them in one go. */
function tallyAll(values: Int32Array, n: number, every: number): void {
  const first = values[0] ?? 0;
  let last = first;
  let line = first;
  let [half, quarter, eighth, sixteenth] = [first, first, first, first];
  let [rising, slope, slowlyRising, slowSlope] = [first, 0, first, 0];
  for (let i = 1, wait = 1; i < n; i++) {
    const value = values[i] ?? 0;
    if (--wait === 0) {
      wait = every;
      tally(0, value, first);
      tally(256, value, last);
      tally(512, value, line);
      tally(768, value, Math.floor(half + 0.5));
      tally(1024, value, Math.floor(quarter + 0.5));
      tally(1280, value, Math.floor(eighth + 0.5));
      tally(1536, value, Math.floor(sixteenth + 0.5));
      tally(1792, value, Math.floor(rising + 0.5));
      tally(2048, value, Math.floor(slowlyRising + 0.5));
    }
    line = (2 * value - last) | 0;
    half += (value - half) * 0.5;
    quarter += (value - quarter) * 0.25;
    eighth += (value - eighth) * 0.125;
    sixteenth += (value - sixteenth) * 0.0625;
    slope += (value - rising) * 0.125;
    rising += (value - rising) * 0.5 + slope;
    slowSlope += (value - slowlyRising) * 0.015625;
    slowlyRising += (value - slowlyRising) * 0.125 + slowSlope;
    last = value;
  }
}

/** Predictors in the order in which they are tried; a short list is over before it has told a slope that lasts. */
const few = [1, 0, 2, 3, 4, 5, 6];
const all = [...few, 7, 8];

/** The cheapest predictor of a list and what it costs, in bits of the part that was tried. */
export function bestPredictor32(values: Int32Array, n: number): { predictor: number; cost: number } {
  tallies.fill(0);
  // Odd, so that what alternates is not seen from one side only.
  const every = n <= enough ? 1 : Math.ceil(n / enough) | 1;
  tallyAll(values, n, every);
  const tried = Math.ceil((n - 1) / every);
  let best = { predictor: 1, cost: Number.POSITIVE_INFINITY };
  for (const predictor of n - 1 <= fewest ? [1] : n < 32 ? few : all) {
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
  differences32(predictor, values, n, differences);
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
