import type { LatestReading } from "./api-latest.ts";
import type { RigTag } from "./api-rigs.ts";
import type { BucketSeries, ReadingSeries } from "./api-series.ts";
import type { EpochMs, RigId } from "./id.ts";
import {
  AT_SOURCE,
  type Block,
  NO_VALUE,
  qualityOf,
  type Representation,
  rawNumber,
  realOf,
  reasonText,
  type Timing,
  timingOf,
} from "./reading.ts";
import { engineering, representationOf, type TagVersion } from "./tag.ts";

/** From columns of readings to the API's JSON. */

/** Equal spans of time. Values are as read, before scale and offset, of readings that are not bad; NaN where a bucket has none. */
export interface Buckets {
  start: EpochMs;
  /** Milliseconds. */
  step: number;
  /** Readings, whatever their quality; of them uncertain and bad (what has no finite number counts as bad). */
  count: Uint32Array;
  uncertain: Uint32Array;
  bad: Uint32Array;
  min: Float64Array;
  max: Float64Array;
  sum: Float64Array;
  last: Float64Array;
}

/** A tag as the head of a column. */
function headOf(tag: TagVersion) {
  const plain = tag.kind.type === "flag" || tag.kind.type === "text";
  const { id, name, label, unit, kind } = tag;
  return {
    tag: id,
    name,
    label,
    unit,
    kind: representationOf(kind),
    scale: plain || !("scale" in kind) ? 1 : kind.scale,
    offset: plain || !("offset" in kind) ? 0 : kind.offset,
  };
}

export function rigTagOf(tag: TagVersion): RigTag {
  return { ...headOf(tag), limits: tag.limits, source: tag.source };
}

/** The value as read, for JSON: text as text, 64-bit integers as digits, null where there is no number. */
function jsonValue(block: Block, i: number, as: Representation): number | string | null {
  if (((block.status[i] ?? NO_VALUE) & NO_VALUE) !== 0) return null;
  if (as === "text") return block.texts[block.value[i] ?? 0] ?? null;
  if (as === "long") return longOf(block, i).toString();
  if (as === "real") return finite(shortest(realOf(block.words[2 * i] ?? 0)));
  return finite(rawNumber(block, i, as));
}

/** The value in engineering units; null where there is no number. */
export function engineeringValue(block: Block, i: number, tag: TagVersion): number | string | null {
  const as = representationOf(tag.kind);
  const value = jsonValue(block, i, as);
  if (value === null || as === "text") return value;
  return finite(rounded(engineering(tag.kind, Number(value)), tag));
}

/** One tag's readings, from a block that holds no other. */
export function readingSeries(tag: TagVersion, block: Block, from = 0, to = block.length): ReadingSeries {
  const as = representationOf(tag.kind);
  const count = to - from;
  const dt = new Array<number>(count);
  const value = new Array<number | string | null>(count);
  for (let i = 0; i < count; i++) {
    dt[i] = i === 0 ? 0 : (block.at[from + i] ?? 0) - (block.at[from + i - 1] ?? 0);
    value[i] = jsonValue(block, from + i, as);
  }
  return {
    form: "readings",
    ...headOf(tag),
    count,
    at0: count === 0 ? 0 : (block.at[from] ?? 0),
    dt,
    value,
    quality: runs(from, to, (i) => qualityOf(block.status[i] ?? 2)),
    reason: runs(from, to, (i) => reasonText(block.reason[i] ?? 0)),
    ...timing(runs(from, to, (i) => timingOf(block.status[i] ?? 0))),
  };
}

/** Equal spans of one tag. */
export function bucketSeries(tag: TagVersion, buckets: Buckets): BucketSeries {
  const real = representationOf(tag.kind) === "real";
  const column = (values: Float64Array) => {
    const list = new Array<number | null>(values.length);
    for (let i = 0; i < values.length; i++) {
      const value = values[i] ?? Number.NaN;
      list[i] = finite(real ? shortest(value) : value);
    }
    return list;
  };
  return {
    form: "buckets",
    ...headOf(tag),
    start: buckets.start,
    stepMs: buckets.step,
    avg: averages(buckets),
    min: column(buckets.min),
    max: column(buckets.max),
    last: column(buckets.last),
    count: counts(buckets.count),
    uncertain: counts(buckets.uncertain),
    bad: counts(buckets.bad),
  };
}

/** Reading `i` as one object: for the present, never for history. */
export function latestReading(rig: RigId, tag: TagVersion, block: Block, i: number, now: number): LatestReading {
  const at = block.at[i] ?? 0;
  return {
    rig,
    tag: tag.id,
    name: tag.name,
    label: tag.label,
    unit: tag.unit,
    at,
    value: engineeringValue(block, i, tag),
    quality: qualityOf(block.status[i] ?? 2),
    reason: reasonText(block.reason[i] ?? 0),
    ageMs: now - at,
    sourceTime: ((block.status[i] ?? 0) & AT_SOURCE) !== 0,
    timing: timingOf(block.status[i] ?? 0),
  };
}

function timing(list: [number, Timing][]): Pick<ReadingSeries, "timing"> {
  return list.every(([, what]) => what === "own") ? {} : { timing: list };
}

function runs<T>(from: number, to: number, of: (i: number) => T): [number, T][] {
  const list: [number, T][] = [];
  for (let i = from; i < to; i++) {
    const what = of(i);
    const open = list.at(-1);
    if (open !== undefined && open[1] === what) open[0]++;
    else list.push([1, what]);
  }
  return list;
}

/** A plain list; `Array.from` takes ten times as long. */
function counts(of: Uint32Array): number[] {
  const list = new Array<number>(of.length);
  for (let i = 0; i < of.length; i++) list[i] = of[i] ?? 0;
  return list;
}

function averages({ sum, count, bad }: Buckets): (number | null)[] {
  const list = new Array<number | null>(sum.length);
  for (let i = 0; i < sum.length; i++) list[i] = average(sum[i] ?? 0, (count[i] ?? 0) - (bad[i] ?? 0));
  return list;
}

function average(sum: number, values: number): number | null {
  if (values === 0) return null;
  const mean = sum / values;
  const size = Math.abs(mean);
  // Six decimals of what is 1 or more; small means keep all their digits.
  return finite(size >= 1 && size < 1e9 ? Math.round(mean * 1e6) / 1e6 : mean);
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** A decimal of few digits that names the same float32. */
function shortest(value: number): number {
  // Most sensors have few decimals, and rounding is many times faster than printing.
  const rounded = Math.round(value * 1e4) / 1e4;
  if (Math.fround(rounded) === value) return rounded;
  for (const digits of [7, 8]) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

/** Without the dust that a multiplication by a decimal scale leaves: 12 digits are more than any sensor has. */
function rounded(value: number, tag: TagVersion): number {
  return tag.kind.type === "double" ? value : Number(value.toPrecision(12));
}

function longOf(block: Block, i: number): bigint {
  const [low, high] = [BigInt(block.words[2 * i] ?? 0), BigInt((block.words[2 * i + 1] ?? 0) | 0)];
  return (high << 32n) | low;
}
