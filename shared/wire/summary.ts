import {
  type Block,
  GOOD,
  NO_VALUE,
  QUALITY_MASK,
  type Representation,
  rawNumber,
  realBits,
  realOf,
} from "../domain/reading.ts";
import type { Reader, Writer } from "./bytes.ts";

/** What can be said of readings without looking at each: values raw, before scale and offset, of the good ones only. */
export interface Summary {
  /** All readings, failed ones too. */
  count: number;
  /** Good readings with a finite number; only these count below. */
  good: number;
  /** NaN where there is no good one. */
  min: number;
  max: number;
  sum: number;
  /** The good values that come first and last by time. */
  first: number;
  last: number;
  /** Times of the earliest and the latest reading of any quality, ms UTC; NaN where there is none. */
  firstAt: number;
  lastAt: number;
}

/** Of readings `start` to `end` (not included). Text has no numbers: good is 0. */
export function summaryOf(readings: Block, start: number, end: number, as: Representation): Summary {
  const none = Number.NaN;
  const summary: Summary = {
    count: end - start,
    good: 0,
    min: none,
    max: none,
    sum: none,
    first: none,
    last: none,
    firstAt: none,
    lastAt: none,
  };
  let firstGoodAt = Number.POSITIVE_INFINITY;
  let lastGoodAt = Number.NEGATIVE_INFINITY;
  for (let i = start; i < end; i++) {
    const at = readings.at[i] ?? 0;
    if (!(at >= summary.firstAt)) summary.firstAt = at;
    if (!(at <= summary.lastAt)) summary.lastAt = at;
    const value = goodNumber(readings, i, as);
    if (Number.isNaN(value)) continue;
    if (summary.good++ === 0) {
      summary.min = value;
      summary.max = value;
      summary.sum = 0;
    }
    if (value < summary.min) summary.min = value;
    if (value > summary.max) summary.max = value;
    summary.sum += value;
    if (at < firstGoodAt) {
      firstGoodAt = at;
      summary.first = value;
    }
    if (at >= lastGoodAt) {
      lastGoodAt = at;
      summary.last = value;
    }
  }
  return summary;
}

/** A good reading's finite raw number; NaN for any other. */
function goodNumber(readings: Block, i: number, as: Representation): number {
  const status = readings.status[i] ?? 0;
  if ((status & QUALITY_MASK) !== GOOD || (status & NO_VALUE) !== 0) return Number.NaN;
  const value = rawNumber(readings, i, as);
  return Number.isFinite(value) ? value : Number.NaN;
}

/** Numbers as varints where they are whole, else their bits, of a float32 as such; the first byte of each tells. */
export function writeSummary(to: Writer, summary: Summary): void {
  to.varint(summary.good);
  const numbers = [summary.firstAt, summary.lastAt];
  if (summary.good > 0) numbers.push(summary.min, summary.max, summary.sum, summary.first, summary.last);
  for (const number of numbers) writeNumber(to, number);
}

/** Of `count` readings, which the reader must know. */
export function readSummary(from: Reader, count: number): Summary {
  const good = from.varint("good", count);
  const firstAt = readNumber(from, "earliest time");
  const lastAt = readNumber(from, "latest time");
  const value = (what: string) => (good > 0 ? readNumber(from, what) : Number.NaN);
  const [min, max, sum, first, last] = [value("min"), value("max"), value("sum"), value("first"), value("last")];
  return { count, good, min, max, sum, first, last, firstAt, lastAt };
}

function writeNumber(to: Writer, number: number): void {
  if (Number.isSafeInteger(number) && !Object.is(number, -0)) {
    to.u8(0);
    to.zigzag(number);
  } else if (Math.fround(number) === number) {
    to.u8(2);
    to.u32(realBits(number));
  } else {
    to.u8(1);
    to.f64(number);
  }
}

function readNumber(from: Reader, what: string): number {
  const form = from.u8(what);
  if (form > 2) throw from.fail(what, `has form ${form}`);
  return form === 0 ? from.zigzag(what) : form === 1 ? from.f64(what) : realOf(from.u32(what));
}
