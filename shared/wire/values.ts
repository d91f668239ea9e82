import { type Block, NO_VALUE, type Representation, realBits, realOf } from "../domain/reading.ts";
import { textOf, utf8 } from "./bytes.ts";
import { decimalsOf, fromDecimal, maxDigits } from "./decimals.ts";
import { readDoubles, writeDoubles } from "./doubles.ts";
import { contexts, type IntReader, type IntWriter } from "./ints.ts";
import { maxTextBytes } from "./limits.ts";
import {
  integersOf,
  readIntegers,
  readNumbers,
  readReals,
  writeIntegers,
  writeNumbers,
  writeReals,
} from "./numbers.ts";
import { scratchOf } from "./scratch.ts";
import { read64, wordsOf, write64 } from "./series64.ts";

/** The values of one column; readings without a value are left out. */

/** How a column's values are written. The number is the wire's; any form gives back any bits of the values that it is used for. */
const forms = { integers: 0, real: 1, long: 2, bits: 3, text: 4, decimal: 5, realDecimal: 6 } as const;

/** Writes the values of readings `start` to `end` (not included). */
export function writeValues(to: IntWriter, readings: Block, start: number, end: number, as: Representation): void {
  const positions = positionsOf(readings, start, end);
  if (positions.length === 0) return;
  if (as === "text") writeTexts(to, readings, positions);
  else if (as === "long") writeLongs(to, readings.words, positions);
  else if (!writeWhole(to, readings, positions, as)) writeBitsOf(to, readings.words, positions, as);
}

/** Fills in the values of readings `start` to `end`, whose status must stand. */
export function readValues(from: IntReader, readings: Block, start: number, end: number): void {
  const positions = positionsOf(readings, start, end);
  if (positions.length === 0) return;
  const form = from.int(contexts.form, "form of values", forms.realDecimal);
  switch (form) {
    case forms.text:
      readTexts(from, readings, positions);
      return;
    case forms.long:
      readLongs(from, readings.words, positions);
      return;
    case forms.real: {
      const bits = readReals(from, contexts.value, "reals", positions.length);
      for (let k = 0; k < positions.length; k++) readings.words[2 * (positions[k] ?? 0)] = bits[k] ?? 0;
      return;
    }
    case forms.bits: {
      const bits = new Uint32Array(2 * positions.length);
      readDoubles(from, contexts.value, "doubles", bits, positions.length);
      for (let k = 0; k < positions.length; k++) {
        readings.words[2 * (positions[k] ?? 0)] = bits[2 * k] ?? 0;
        readings.words[2 * (positions[k] ?? 0) + 1] = bits[2 * k + 1] ?? 0;
      }
      return;
    }
    default:
      readWhole(from, readings, positions, form);
  }
}

const positionsOfCall = scratchOf((length) => new Uint32Array(length));

/** Which of the readings have a value; valid until the next call. */
function positionsOf({ status }: Block, start: number, end: number): Uint32Array {
  const positions = positionsOfCall(end - start);
  let n = 0;
  for (let i = start; i < end; i++) if (((status[i] ?? 0) & NO_VALUE) === 0) positions[n++] = i;
  return positions.subarray(0, n);
}

/** Values that are integers, or decimals of few digits: true if they were and are written. */
function writeWhole(to: IntWriter, { value, words }: Block, positions: Uint32Array, as: Representation): boolean {
  const n = positions.length;
  const real = as === "real";
  const values = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    const i = positions[k] ?? 0;
    if (real && words[2 * i + 1] !== 0) return false;
    values[k] = real ? realOf(words[2 * i] ?? 0) : (value[i] ?? 0);
  }
  const decimal = real || as === "double";
  const { digits, integers } = decimal ? (decimalsOf(values, n, real) ?? none) : { digits: 0, integers: values };
  const steps = integers === null ? null : integersOf(integers, n);
  if (integers === null || steps === null) return false;
  to.int(contexts.form, real ? forms.realDecimal : decimal ? forms.decimal : forms.integers);
  if (decimal) to.int(contexts.count, digits);
  writeIntegers(to, contexts.value, integers[0] ?? 0, steps);
  return true;
}

const none = { digits: 0, integers: null };

const integersOfCall = scratchOf((length) => new Float64Array(length));

function readWhole(from: IntReader, { value, words }: Block, positions: Uint32Array, form: number): void {
  const n = positions.length;
  const digits = form === forms.integers ? 0 : from.int(contexts.count, "digits", maxDigits);
  const integers = integersOfCall(n);
  readIntegers(from, contexts.value, "values", integers, n);
  for (let k = 0; k < n; k++) {
    const i = positions[k] ?? 0;
    const integer = integers[k] ?? 0;
    if (form === forms.realDecimal) words[2 * i] = realBits(fromDecimal(integer, digits, true));
    else value[i] = form === forms.integers ? integer : fromDecimal(integer, digits, false);
  }
}

/** Values by their bits: of a float32 the lower word alone, where the upper one says nothing. */
function writeBitsOf(to: IntWriter, words: Uint32Array, positions: Uint32Array, as: Representation): void {
  const n = positions.length;
  if (as === "real" && positions.every((i) => words[2 * i + 1] === 0)) {
    to.int(contexts.form, forms.real);
    writeReals(
      to,
      contexts.value,
      Int32Array.from(positions, (i) => words[2 * i] ?? 0),
      n,
    );
    return;
  }
  const bits = new Uint32Array(2 * n);
  for (let k = 0; k < n; k++) {
    bits[2 * k] = words[2 * (positions[k] ?? 0)] ?? 0;
    bits[2 * k + 1] = words[2 * (positions[k] ?? 0) + 1] ?? 0;
  }
  to.int(contexts.form, forms.bits);
  writeDoubles(to, contexts.value, bits, n);
}

function writeLongs(to: IntWriter, words: Uint32Array, positions: Uint32Array): void {
  const values = wordsOf(positions.length);
  for (let k = 0; k < positions.length; k++) {
    values.low[k] = words[2 * (positions[k] ?? 0)] ?? 0;
    values.high[k] = words[2 * (positions[k] ?? 0) + 1] ?? 0;
  }
  to.int(contexts.form, forms.long);
  write64(to, contexts.value, values, positions.length);
}

function readLongs(from: IntReader, words: Uint32Array, positions: Uint32Array): void {
  const values = read64(from, contexts.value, "longs", positions.length);
  for (let k = 0; k < positions.length; k++) {
    words[2 * (positions[k] ?? 0)] = values.low[k] ?? 0;
    words[2 * (positions[k] ?? 0) + 1] = values.high[k] ?? 0;
  }
}

/** Each text once, in the order in which they come up; then for each reading which. */
function writeTexts(to: IntWriter, readings: Block, positions: Uint32Array): void {
  const known = new Map<string, number>();
  const which = Float64Array.from(positions, (i) => {
    const text = readings.texts[readings.value[i] ?? 0] ?? "";
    const index = known.get(text) ?? known.size;
    known.set(text, index);
    return index;
  });
  to.int(contexts.form, forms.text);
  to.int(contexts.structure, known.size);
  for (const text of known.keys()) {
    const bytes = utf8(text);
    if (bytes.length > maxTextBytes) throw new RangeError(`a text of ${bytes.length} bytes, at most ${maxTextBytes}`);
    to.blob(bytes);
  }
  writeNumbers(to, contexts.value, which, which.length);
}

function readTexts(from: IntReader, readings: Block, positions: Uint32Array): void {
  const count = from.int(contexts.structure, "texts", positions.length);
  const base = readings.texts.length;
  for (let k = 0; k < count; k++) readings.texts.push(textOf(from.blob("text", maxTextBytes), "text"));
  const which = new Float64Array(positions.length);
  readNumbers(from, contexts.value, "which text", which, positions.length);
  for (const [k, i] of positions.entries()) {
    const index = which[k] ?? 0;
    if (!(index >= 0 && index < count && Number.isInteger(index)))
      throw from.fail("which text", `is ${index}, there are ${count}`);
    readings.value[i] = base + index;
  }
}
