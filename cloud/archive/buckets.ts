import type { Buckets as BucketColumns } from "../../shared/domain/columns.ts";
import { type Block, QUALITY_MASK, type Representation, UNCERTAIN } from "../../shared/domain/reading.ts";
import { MINUTE } from "./hour.ts";
import { type Minutes, usableNumber } from "./minutes.ts";

/** Equal spans of time from `start`, each with what its readings come to. Bucket i covers [start + i × step, + step); `last` goes by time. */
export interface Buckets extends BucketColumns {
  /** Time of `last`; -Infinity where there is none. */
  lastAt: Float64Array;
}

/** Empty buckets. */
export function bucketsOf(start: number, step: number, length: number): Buckets {
  const nothing = () => new Float64Array(length).fill(Number.NaN);
  return {
    start,
    step,
    count: new Uint32Array(length),
    uncertain: new Uint32Array(length),
    bad: new Uint32Array(length),
    min: nothing(),
    max: nothing(),
    sum: new Float64Array(length),
    last: nothing(),
    lastAt: new Float64Array(length).fill(Number.NEGATIVE_INFINITY),
  };
}

/**
 * Adds readings `from` to `to` (exclusive) of a block whose values are to be read `as`; those outside the buckets are left out, and those whose time
 * `counts` refuses.
 */
export function addReadings(
  buckets: Buckets,
  block: Block,
  as: Representation,
  from = 0,
  to = block.length,
  counts?: (at: number) => boolean,
): void {
  const { start, step, count, uncertain, bad } = buckets;
  const length = count.length;
  for (let i = from; i < to; i++) {
    const at = block.at[i] ?? 0;
    const bucket = Math.floor((at - start) / step);
    if (bucket < 0 || bucket >= length || counts?.(at) === false) continue;
    count[bucket] = (count[bucket] ?? 0) + 1;
    const value = usableNumber(block, i, as);
    if (Number.isNaN(value)) {
      bad[bucket] = (bad[bucket] ?? 0) + 1;
      continue;
    }
    if (((block.status[i] ?? 0) & QUALITY_MASK) === UNCERTAIN) uncertain[bucket] = (uncertain[bucket] ?? 0) + 1;
    addValue(buckets, bucket, value, at);
  }
}

function addValue(buckets: Buckets, i: number, value: number, at: number): void {
  const { min, max, sum, last, lastAt } = buckets;
  // Negated, so that NaN (nothing yet) gives way.
  if (!((min[i] ?? 0) <= value)) min[i] = value;
  if (!((max[i] ?? 0) >= value)) max[i] = value;
  sum[i] = (sum[i] ?? 0) + value;
  if (at >= (lastAt[i] ?? 0)) {
    last[i] = value;
    lastAt[i] = at;
  }
}

/** Adds whole minutes; right only where buckets are whole minutes too and begin with one. */
export function addMinutes(buckets: Buckets, minutes: Minutes): void {
  const { start, step, count, uncertain, bad, min, max, sum, last, lastAt } = buckets;
  const length = count.length;
  for (let m = 0; m < minutes.length; m++) {
    const at = (minutes.minute[m] ?? 0) * MINUTE;
    const i = Math.floor((at - start) / step);
    if (i < 0 || i >= length) continue;
    const readings = minutes.count[m] ?? 0;
    const without = minutes.bad[m] ?? 0;
    count[i] = (count[i] ?? 0) + readings;
    uncertain[i] = (uncertain[i] ?? 0) + (minutes.uncertain[m] ?? 0);
    bad[i] = (bad[i] ?? 0) + without;
    if (readings === without) continue;
    const low = minutes.min[m] ?? Number.NaN;
    const high = minutes.max[m] ?? Number.NaN;
    if (!((min[i] ?? 0) <= low)) min[i] = low;
    if (!((max[i] ?? 0) >= high)) max[i] = high;
    sum[i] = (sum[i] ?? 0) + (minutes.sum[m] ?? 0);
    if (at >= (lastAt[i] ?? 0)) {
      last[i] = minutes.last[m] ?? Number.NaN;
      lastAt[i] = at;
    }
  }
}
