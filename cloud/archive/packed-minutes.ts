import { realBits, realOf } from "../../shared/domain/reading.ts";
import { Reader, Writer } from "../../shared/wire/bytes.ts";
import { contexts, IntReader, IntWriter } from "../../shared/wire/ints.ts";
import { costOfNumbers, readNumbers, writeNumbers } from "../../shared/wire/numbers.ts";
import { type Minutes, minutesOfLength } from "./minutes.ts";

/** Minutes of one packed summary: 45 days. */
export const maxMinutes = 65_536;

/**
 * Minutes as bytes: what is told of their readings and their average first, the other values by what they lie off it. Of whole numbers and of
 * float32 the integers that are written are these themselves and their bits in the order of the numbers; of other doubles all stands by itself.
 */
const forms = { doubles: 0, whole: 1, reals: 2 } as const;

const tellings = ["minute", "count", "uncertain", "bad"] as const;
const extremes = ["min", "max", "last"] as const;

/** All comes back as it was, but for the sum of float32: its average is kept as a float32. */
export function encodeMinutes(minutes: Minutes): Uint8Array {
  const n = minutes.length;
  if (n > maxMinutes) throw new RangeError(`${n} minutes, at most ${maxMinutes}`);
  const form = formOf(minutes);
  const ints = new IntWriter();
  ints.int(contexts.structure, n);
  ints.int(contexts.structure, form);
  for (const name of tellings) writeNumbers(ints, contexts.time, minutes[name], n);
  if (form === forms.doubles) {
    for (const name of [...extremes, "sum"] as const) writeNumbers(ints, contexts.value, minutes[name], n);
  } else writeOffAverage(ints, minutes, form);
  const to = new Writer(256);
  ints.finish(to);
  return to.finish();
}

/** Undoes `encodeMinutes`; throws WireError for anything else. */
export function decodeMinutes(bytes: Uint8Array): Minutes {
  const reader = new Reader(bytes, "minutes");
  const from = new IntReader(reader.bytes(reader.left, "body"), "minutes");
  const n = from.int(contexts.structure, "minutes", maxMinutes);
  const form = from.int(contexts.structure, "form", forms.reals);
  const minutes = minutesOfLength(n);
  for (const name of tellings) readNumbers(from, contexts.time, name, minutes[name], n);
  if (form === forms.doubles) {
    for (const name of [...extremes, "sum"] as const) readNumbers(from, contexts.value, name, minutes[name], n);
  } else readOffAverage(from, minutes, form);
  from.end();
  return minutes;
}

function formOf(minutes: Minutes): number {
  const values = [...extremes, "sum"] as const;
  if (values.every((name) => minutes[name].every(isExact))) return forms.whole;
  return extremes.every((name) => minutes[name].every((value) => Object.is(Math.fround(value), value)))
    ? forms.reals
    : forms.doubles;
}

function isExact(value: number): boolean {
  return Number.isSafeInteger(value) && Math.abs(value) < 2 ** 51 && !Object.is(value, -0);
}

function writeOffAverage(to: IntWriter, minutes: Minutes, form: number): void {
  const { length, sum } = minutes;
  const whole = form === forms.whole;
  const values = valuesIn(minutes);
  const average = sum.map((total, m) => {
    const mean = values[m] === 0 ? 0 : total / (values[m] ?? 1);
    return whole ? Math.round(mean) + 0 : ordered(mean);
  });
  writeNumbers(to, contexts.value, average, length);
  if (whole) {
    const rest = sum.map((total, m) => total - (average[m] ?? 0) * (values[m] ?? 0));
    writeNumbers(to, contexts.value, rest, length);
  }
  for (const name of extremes) {
    const column = whole ? minutes[name] : minutes[name].map(ordered);
    const off = column.map((value, m) => value - (average[m] ?? 0));
    const near = costOfNumbers(off, length) < costOfNumbers(column, length);
    to.int(contexts.structure, near ? 1 : 0);
    writeNumbers(to, contexts.value, near ? off : column, length);
  }
}

function readOffAverage(from: IntReader, minutes: Minutes, form: number): void {
  const { length, sum } = minutes;
  const whole = form === forms.whole;
  const values = valuesIn(minutes);
  const average = new Float64Array(length);
  readNumbers(from, contexts.value, "average", average, length);
  if (whole) readNumbers(from, contexts.value, "sum", sum, length);
  for (let m = 0; m < length; m++)
    sum[m] = (sum[m] ?? 0) + (whole ? (average[m] ?? 0) : fromOrdered(average[m] ?? 0)) * (values[m] ?? 0);
  for (const name of extremes) {
    const column = minutes[name];
    const near = from.int(contexts.structure, `${name}: base`, 1) === 1;
    readNumbers(from, contexts.value, name, column, length);
    for (let m = 0; m < length; m++) {
      const value = (column[m] ?? 0) + (near ? (average[m] ?? 0) : 0);
      column[m] = whole ? value : fromOrdered(value);
    }
  }
}

/** How many readings of each minute have a value. */
function valuesIn({ count, bad }: Minutes): Float64Array {
  return count.map((all, m) => all - (bad[m] ?? 0));
}

/** A float32's bits, so that integers are in the order of the numbers. */
function ordered(value: number): number {
  const bits = realBits(value) | 0;
  return bits < 0 ? bits ^ 0x7fffffff : bits;
}

function fromOrdered(integer: number): number {
  const bits = integer | 0;
  return realOf(bits < 0 ? bits ^ 0x7fffffff : bits);
}
