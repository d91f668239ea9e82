import {
  BAD,
  type Block,
  QUALITY_MASK,
  type Representation,
  rawNumber,
  UNCERTAIN,
} from "../../shared/domain/reading.ts";
import { MINUTE } from "./hour.ts";

/**
 * What one tag's readings of each minute come to, as columns; minutes without a reading are left out. Values are as read (before scale and
 * offset), of readings that are not bad and whose value is a finite number; 0 in a minute that has none.
 */
export interface Minutes {
  length: number;
  /** Minutes since 1970, ascending. */
  minute: Float64Array;
  /** Readings of any quality; of them uncertain and bad (what has no finite number counts as bad). */
  count: Float64Array;
  uncertain: Float64Array;
  bad: Float64Array;
  min: Float64Array;
  max: Float64Array;
  sum: Float64Array;
  /** By time. */
  last: Float64Array;
}

const columns = ["minute", "count", "uncertain", "bad", "min", "max", "sum", "last"] as const;

/** So many minutes, all of whose columns are 0. */
export function minutesOfLength(length: number): Minutes {
  const column = () => new Float64Array(length);
  return {
    length,
    minute: column(),
    count: column(),
    uncertain: column(),
    bad: column(),
    min: column(),
    max: column(),
    sum: column(),
    last: column(),
  };
}

/** Readings `start` to `end` (not included), whose times may go back; one whose time is no number counts nowhere. */
export function minutesOf(readings: Block, start: number, end: number, as: Representation): Minutes {
  const present = new Set<number>();
  let before = Number.NaN;
  for (let i = start; i < end; i++) {
    const minute = Math.floor((readings.at[i] ?? 0) / MINUTE);
    if (minute !== before) present.add(minute);
    before = minute;
  }
  const all = [...present].filter(Number.isSafeInteger).sort((x, y) => x - y);
  const minutes = minutesOfLength(all.length);
  minutes.minute.set(all);
  const position = new Map(all.map((minute, m) => [minute, m]));
  const lastAt = new Float64Array(all.length).fill(Number.NEGATIVE_INFINITY);
  let m = 0;
  for (let i = start; i < end; i++) {
    const at = readings.at[i] ?? 0;
    const minute = Math.floor(at / MINUTE);
    if (minutes.minute[m] !== minute) {
      const found = position.get(minute);
      if (found === undefined) continue;
      m = found;
    }
    const value = countReading(minutes, m, readings, i, as);
    if (Number.isNaN(value)) continue;
    if (at >= (lastAt[m] ?? 0)) {
      lastAt[m] = at;
      minutes.last[m] = value;
    }
  }
  return minutes;
}

/** The value that counts, NaN for none. */
function countReading(minutes: Minutes, m: number, readings: Block, i: number, as: Representation): number {
  const { count, uncertain, bad, min, max, sum } = minutes;
  const values = (count[m] ?? 0) - (bad[m] ?? 0);
  count[m] = (count[m] ?? 0) + 1;
  const value = usableNumber(readings, i, as);
  if (Number.isNaN(value)) {
    bad[m] = (bad[m] ?? 0) + 1;
    return value;
  }
  if (((readings.status[i] ?? 0) & QUALITY_MASK) === UNCERTAIN) uncertain[m] = (uncertain[m] ?? 0) + 1;
  if (values === 0 || value < (min[m] ?? 0)) min[m] = value;
  if (values === 0 || value > (max[m] ?? 0)) max[m] = value;
  sum[m] = (sum[m] ?? 0) + value;
  return value;
}

/** The raw number of a reading that is not bad; NaN for any other, and where it is no finite number. */
export function usableNumber(readings: Block, i: number, as: Representation): number {
  if (((readings.status[i] ?? BAD) & QUALITY_MASK) === BAD) return Number.NaN;
  const value = rawNumber(readings, i, as);
  return Number.isFinite(value) ? value : Number.NaN;
}

/** Both together. Where both have a minute, what `later` calls last comes after what `one` does. */
export function addedMinutes(one: Minutes, later: Minutes): Minutes {
  if ((one.minute.at(-1) ?? 0) < (later.minute[0] ?? 0)) return joined(one, later);
  const all = new Float64Array(new Set([...one.minute, ...later.minute])).sort();
  const sum = minutesOfLength(all.length);
  sum.minute.set(all);
  for (const minutes of [one, later]) {
    let to = 0;
    for (let m = 0; m < minutes.length; m++) {
      while ((sum.minute[to] ?? 0) < (minutes.minute[m] ?? 0)) to++;
      addMinute(sum, to, minutes, m);
    }
  }
  return sum;
}

/** One behind the other. */
function joined(one: Minutes, later: Minutes): Minutes {
  const both = minutesOfLength(one.length + later.length);
  for (const column of columns) {
    both[column].set(one[column]);
    both[column].set(later[column], one.length);
  }
  return both;
}

function addMinute(to: Minutes, t: number, from: Minutes, m: number): void {
  const empty = (to.count[t] ?? 0) === (to.bad[t] ?? 0);
  for (const column of ["count", "uncertain", "bad"] as const)
    to[column][t] = (to[column][t] ?? 0) + (from[column][m] ?? 0);
  if ((from.count[m] ?? 0) === (from.bad[m] ?? 0)) return;
  to.min[t] = empty ? (from.min[m] ?? 0) : Math.min(to.min[t] ?? 0, from.min[m] ?? 0);
  to.max[t] = empty ? (from.max[m] ?? 0) : Math.max(to.max[t] ?? 0, from.max[m] ?? 0);
  to.sum[t] = (to.sum[t] ?? 0) + (from.sum[m] ?? 0);
  to.last[t] = from.last[m] ?? 0;
}

/** The minutes that begin in a span of time (ms UTC, `to` not included). */
export function withinSpan(minutes: Minutes, { from, to }: { from: number; to: number }): Minutes {
  const inside = (m: number) => {
    const at = (minutes.minute[m] ?? 0) * MINUTE;
    return at >= from && at < to;
  };
  let start = 0;
  let end = minutes.length;
  while (start < end && !inside(start)) start++;
  while (end > start && !inside(end - 1)) end--;
  return start === 0 && end === minutes.length ? minutes : sliceMinutes(minutes, start, end);
}

/** Minutes `from` to `to` (not included). */
export function sliceMinutes(minutes: Minutes, from: number, to: number): Minutes {
  const slice = minutesOfLength(to - from);
  for (const column of columns) slice[column].set(minutes[column].subarray(from, to));
  return slice;
}
