import type { Block, Representation } from "../domain/reading.ts";
import { Reader, Writer } from "./bytes.ts";
import { contexts, IntReader, IntWriter } from "./ints.ts";
import { maxMinutes } from "./limits.ts";
import { readNumbers, writeNumbers } from "./numbers.ts";
import { goodNumber } from "./summary.ts";

/** Summaries of one tag by minute, as columns; minutes without any reading are left out. Values raw, of good readings. */
export interface Minutes {
  length: number;
  /** Minutes since 1970, ascending. */
  minute: Float64Array;
  /** Readings of any quality. */
  count: Float64Array;
  /** Good readings with a finite number. */
  good: Float64Array;
  /** 0 where `good` is. */
  min: Float64Array;
  max: Float64Array;
  sum: Float64Array;
}

export const minutesFormat = 1;

const minuteMs = 60_000;

export function minutesOfLength(length: number): Minutes {
  const column = () => new Float64Array(length);
  return { length, minute: column(), count: column(), good: column(), min: column(), max: column(), sum: column() };
}

/** Readings `start` to `end` (not included) by minute, in whatever order they are. A time that is no number counts nowhere. */
export function minutesOf(readings: Block, start: number, end: number, as: Representation): Minutes {
  const present = [...minutesPresent(readings, start, end)].sort((one, other) => one - other);
  const minutes = minutesOfLength(present.length);
  minutes.minute.set(present);
  const position = new Map(present.map((minute, m) => [minute, m]));
  let m = 0;
  for (let i = start; i < end; i++) {
    const minute = Math.floor((readings.at[i] ?? 0) / minuteMs);
    if (minutes.minute[m] !== minute) {
      const found = position.get(minute);
      if (found === undefined) continue;
      m = found;
    }
    addReading(minutes, m, goodNumber(readings, i, as));
  }
  return minutes;
}

function minutesPresent(readings: Block, start: number, end: number): Set<number> {
  const present = new Set<number>();
  let before = Number.NaN;
  for (let i = start; i < end; i++) {
    const minute = Math.floor((readings.at[i] ?? 0) / minuteMs);
    if (minute !== before && Number.isSafeInteger(minute)) present.add(minute);
    before = minute;
  }
  return present;
}

function addReading(minutes: Minutes, m: number, value: number): void {
  minutes.count[m] = (minutes.count[m] ?? 0) + 1;
  if (Number.isNaN(value)) return;
  const good = minutes.good[m] ?? 0;
  minutes.good[m] = good + 1;
  minutes.min[m] = good === 0 ? value : Math.min(minutes.min[m] ?? 0, value);
  minutes.max[m] = good === 0 ? value : Math.max(minutes.max[m] ?? 0, value);
  minutes.sum[m] = (minutes.sum[m] ?? 0) + value;
}

/** Minutes, counts and values packed: of integers max - min and sum - good × min, which are small. */
export function encodeMinutes(minutes: Minutes): Uint8Array {
  const n = minutes.length;
  if (n > maxMinutes) throw new RangeError(`${n} minutes, at most ${maxMinutes}`);
  const to = new Writer(256);
  to.u8(minutesFormat);
  to.varint(n);
  const ints = new IntWriter();
  const whole = areWhole(minutes);
  ints.int(contexts.structure, whole ? 1 : 0);
  writeNumbers(ints, contexts.time, minutes.minute, n);
  writeNumbers(ints, contexts.time, minutes.count, n);
  writeNumbers(ints, contexts.time, apart(minutes.count, minutes.good), n);
  writeNumbers(ints, contexts.value, minutes.min, n);
  writeNumbers(ints, contexts.value, whole ? apart(minutes.max, minutes.min) : minutes.max, n);
  const above = minutes.sum.map((sum, m) => sum - (minutes.good[m] ?? 0) * (minutes.min[m] ?? 0));
  writeNumbers(ints, contexts.value, whole ? above : minutes.sum, n);
  ints.finish(to);
  return to.finish();
}

/** Whether all values are integers whose differences are exact too. */
function areWhole({ length, good, min, max, sum }: Minutes): boolean {
  const small = (value: number) => Number.isSafeInteger(value) && Math.abs(value) < 2 ** 51 && !Object.is(value, -0);
  for (let m = 0; m < length; m++) {
    const least = min[m] ?? 0;
    if (!small(least) || !small(max[m] ?? 0) || !small(sum[m] ?? 0) || !small((good[m] ?? 0) * least + 0)) return false;
  }
  return true;
}

/** Throws WireError for anything that encodeMinutes does not write. */
export function decodeMinutes(bytes: Uint8Array): Minutes {
  const from = new Reader(bytes, "minutes");
  const format = from.u8("format");
  if (format !== minutesFormat) throw from.fail("format", `is ${format}, ${minutesFormat} is known`);
  const n = from.varint("minutes", maxMinutes);
  const ints = new IntReader(from.bytes(from.left, "body"), "minutes");
  const minutes = minutesOfLength(n);
  const whole = ints.int(contexts.structure, "form", 1) === 1;
  readNumbers(ints, contexts.time, "minute", minutes.minute, n);
  readNumbers(ints, contexts.time, "count", minutes.count, n);
  readNumbers(ints, contexts.time, "good", minutes.good, n);
  readNumbers(ints, contexts.value, "min", minutes.min, n);
  readNumbers(ints, contexts.value, "max", minutes.max, n);
  readNumbers(ints, contexts.value, "sum", minutes.sum, n);
  ints.end();
  for (let m = 0; m < n; m++) {
    minutes.good[m] = (minutes.count[m] ?? 0) - (minutes.good[m] ?? 0);
    if (!whole) continue;
    minutes.max[m] = (minutes.max[m] ?? 0) + (minutes.min[m] ?? 0);
    minutes.sum[m] = (minutes.sum[m] ?? 0) + (minutes.good[m] ?? 0) * (minutes.min[m] ?? 0);
  }
  return minutes;
}

function apart(from: Float64Array, what: Float64Array): Float64Array {
  return from.map((value, m) => value - (what[m] ?? 0));
}
