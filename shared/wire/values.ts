import { type Block, NO_VALUE, type Representation } from "../domain/reading.ts";
import { textOf, utf8 } from "./bytes.ts";
import { contexts, type IntReader, type IntWriter } from "./ints.ts";
import { maxTextBytes } from "./limits.ts";
import { readBits, readNumbers, readReals, writeBits, writeNumbers, writeReals } from "./numbers.ts";
import { read64, wordsOf, write64 } from "./series.ts";

/** The values of one column; readings without a value are left out. */

/** How a column's values are written. The number is the wire's. */
const forms = { numbers: 0, real: 1, long: 2, bits: 3, text: 4 } as const;

const formOf: Record<Representation, number> = {
  scaled: forms.numbers,
  flag: forms.numbers,
  real: forms.real,
  long: forms.long,
  double: forms.bits,
  text: forms.text,
};

/** Writes the values of readings `start` to `end` (not included). */
export function writeValues(to: IntWriter, readings: Block, start: number, end: number, as: Representation): void {
  const { status, words } = readings;
  const positions = new Uint32Array(end - start);
  let n = 0;
  for (let i = start; i < end; i++) if (((status[i] ?? 0) & NO_VALUE) === 0) positions[n++] = i;
  if (n === 0) return;
  let form = formOf[as];
  if (form === forms.real) for (let k = 0; k < n; k++) if (words[2 * (positions[k] ?? 0) + 1] !== 0) form = forms.bits;
  to.int(contexts.form, form);
  switch (form) {
    case forms.numbers: {
      const values = new Float64Array(n);
      for (let k = 0; k < n; k++) values[k] = readings.value[positions[k] ?? 0] ?? 0;
      writeNumbers(to, contexts.value, values, n);
      return;
    }
    case forms.real: {
      const bits = new Int32Array(n);
      for (let k = 0; k < n; k++) bits[k] = words[2 * (positions[k] ?? 0)] ?? 0;
      writeReals(to, contexts.value, bits, n);
      return;
    }
    case forms.long: {
      const values = wordsOf(n);
      for (let k = 0; k < n; k++) {
        values.low[k] = words[2 * (positions[k] ?? 0)] ?? 0;
        values.high[k] = words[2 * (positions[k] ?? 0) + 1] ?? 0;
      }
      write64(to, contexts.value, values, n);
      return;
    }
    case forms.bits: {
      const bits = new Uint32Array(2 * n);
      for (let k = 0; k < n; k++) {
        bits[2 * k] = words[2 * (positions[k] ?? 0)] ?? 0;
        bits[2 * k + 1] = words[2 * (positions[k] ?? 0) + 1] ?? 0;
      }
      writeBits(to, contexts.value, bits, n);
      return;
    }
    default:
      writeTexts(to, readings, positions.subarray(0, n));
      return;
  }
}

/** Fills in the values of readings `start` to `end`, whose status must stand. */
export function readValues(from: IntReader, readings: Block, start: number, end: number): void {
  const { status, words } = readings;
  const positions = new Uint32Array(end - start);
  let n = 0;
  for (let i = start; i < end; i++) if (((status[i] ?? 0) & NO_VALUE) === 0) positions[n++] = i;
  if (n === 0) return;
  switch (from.int(contexts.form, "form of values", forms.text)) {
    case forms.numbers: {
      const values = new Float64Array(n);
      readNumbers(from, contexts.value, "values", values, n);
      // By bits: a NaN's payload must not pass through a number.
      place(new Uint32Array(values.buffer), positions, n, words);
      return;
    }
    case forms.real: {
      const bits = readReals(from, contexts.value, "reals", n);
      for (let k = 0; k < n; k++) words[2 * (positions[k] ?? 0)] = bits[k] ?? 0;
      return;
    }
    case forms.long: {
      const values = read64(from, contexts.value, "longs", n);
      for (let k = 0; k < n; k++) {
        words[2 * (positions[k] ?? 0)] = values.low[k] ?? 0;
        words[2 * (positions[k] ?? 0) + 1] = values.high[k] ?? 0;
      }
      return;
    }
    case forms.bits: {
      const bits = new Uint32Array(2 * n);
      readBits(from, contexts.value, "doubles", bits, n);
      place(bits, positions, n, words);
      return;
    }
    default:
      readTexts(from, readings, positions.subarray(0, n));
      return;
  }
}

function place(bits: Uint32Array, positions: Uint32Array, n: number, words: Uint32Array): void {
  for (let k = 0; k < n; k++) {
    words[2 * (positions[k] ?? 0)] = bits[2 * k] ?? 0;
    words[2 * (positions[k] ?? 0) + 1] = bits[2 * k + 1] ?? 0;
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
