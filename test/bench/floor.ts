import type { Series } from "./series.ts";

/** Parts of an octave that misses are told apart by. */
const PARTS = 8;
/** What is guessed next: how much of a miss goes to the level and to the slope, finer steps than the wire's. */
const LEVELS = [1, 0.75, 0.5, 0.375, 0.25, 0.1875, 0.125, 0.0625, 0.03125];
const SLOPES = [0, 0.0625, 0.25, 1];

/**
 * Bytes that a reading of a tag with full mantissas takes at least, by an ideal order-0 coder over the misses of the best of many predictors, which is
 * told for nothing, as is the coder's table: nothing that learns from the numbers before can do much better where misses are noise.
 */
export function floorOf(series: Series, tag: number): number {
  const values: number[] = [];
  for (let row = 0; row < series.rows; row++) {
    const value = series.raw(tag, row);
    if (Number.isFinite(value)) values.push(value);
  }
  let least = Number.POSITIVE_INFINITY;
  for (const level of LEVELS) for (const slope of SLOPES) least = Math.min(least, bitsOf(values, level, level * slope));
  return least / 8;
}

function bitsOf(values: readonly number[], level: number, slope: number): number {
  const counts = new Map<number, number>();
  let guess = values[0] ?? 0;
  let step = 0;
  let before = Number.NaN;
  let width = 0;
  for (const value of values) {
    const miss = value - guess;
    // In units of the last place; what came twice in a row is a case of its own.
    const places = Math.abs(miss) / (2 ** Math.floor(Math.log2(Math.max(Math.abs(value), 1e-9))) * 2 ** -52) + 1;
    const bucket = value === before ? -1 : 2 * Math.floor(Math.log2(places) * PARTS) + (miss < 0 ? 1 : 0);
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
    if (bucket >= 0) width += Math.log2(Math.max(places * (2 ** (1 / PARTS) - 1), 1));
    step += miss * slope;
    guess += miss * level + step;
    before = value;
  }
  let bits = width;
  for (const count of counts.values()) bits += count * Math.log2(values.length / count);
  return bits / values.length;
}
