import { readDoubles, writeDoubles } from "./doubles.ts";
import { contexts, type IntReader, type IntWriter, type ListContext } from "./ints.ts";
import { scratchOf } from "./scratch.ts";
import { bestPredictor32, readRest32, writeRest32 } from "./series.ts";

/**
 * Lists of doubles, any bits: as integers where all are and no step is too wide, else by their bits. And bits in the
 * order of the numbers that they mean, so that neighbours are near.
 */

const widest = 2 ** 52 - 1;

/** Integers counted from the first, mod 2^32; null where not all are integers of 52 bits, or a step exceeds 31 bits. */
export function integersOf(values: Float64Array, n: number): Int32Array | null {
  const steps = new Int32Array(n);
  const first = values[0] ?? 0;
  let before = first;
  for (let i = 0; i < n; i++) {
    const value = values[i] ?? 0;
    if (!(value >= -widest && value <= widest) || Math.floor(value) !== value) return null;
    if (value === 0 && Object.is(value, -0)) return null;
    const step = value - before;
    if (step > 0x7fffffff || step < -0x80000000) return null;
    steps[i] = value - first;
    before = value;
  }
  return steps;
}

/** What writing these would take, roughly, in bits of the part that is tried; infinite where they are no integers. */
export function costOfNumbers(values: Float64Array, n: number): number {
  const steps = integersOf(values, n);
  return steps === null ? Number.POSITIVE_INFINITY : bestPredictor32(steps, n).cost;
}

/** Writes `n` integers as `integersOf` gives them; the reader must know that they are such. */
export function writeIntegers(to: IntWriter, context: ListContext, first: number, steps: Int32Array): void {
  to.signed(contexts.first, first);
  writeRest32(to, context, steps, steps.length);
}

const stepsOfCall = scratchOf((length) => new Int32Array(length));

export function readIntegers(from: IntReader, context: ListContext, what: string, into: Float64Array, n: number): void {
  let value = from.signed(contexts.first, `${what}: first`);
  const steps = stepsOfCall(n);
  steps[0] = 0;
  readRest32(from, context, what, steps, n);
  into[0] = value;
  for (let i = 1; i < n; i++) {
    value += ((steps[i] ?? 0) - (steps[i - 1] ?? 0)) | 0;
    into[i] = value;
  }
}

/** Writes `n` doubles; every bit of them comes back. 0: as integers, 1: by their bits. */
export function writeNumbers(to: IntWriter, context: ListContext, values: Float64Array, n: number): void {
  if (n === 0) return;
  const steps = integersOf(values, n);
  to.int(contexts.structure, steps === null ? 1 : 0);
  if (steps === null) writeDoubles(to, context, new Uint32Array(values.buffer, values.byteOffset, 2 * n), n);
  else writeIntegers(to, context, values[0] ?? 0, steps);
}

export function readNumbers(from: IntReader, context: ListContext, what: string, into: Float64Array, n: number): void {
  if (n === 0) return;
  if (from.int(contexts.structure, `${what}: form`, 1) === 0) readIntegers(from, context, what, into, n);
  else readDoubles(from, context, what, new Uint32Array(into.buffer, into.byteOffset, 2 * n), n);
}

/** How many of the lowest bits are zero. */
function trailing(word: number): number {
  return word === 0 ? 32 : 31 - Math.clz32(word & -word);
}

/** Writes `n` float32 by their bits. */
export function writeReals(to: IntWriter, context: ListContext, bits: Int32Array, n: number): void {
  if (n === 0) return;
  let any = 0;
  for (let i = 0; i < n; i++) any |= bits[i] ?? 0;
  const zeros = Math.min(trailing(any), 23);
  to.int(contexts.structure, zeros);
  const values = new Int32Array(n);
  for (let i = 0; i < n; i++) values[i] = orderReal(bits[i] ?? 0, zeros);
  to.int(contexts.first, (values[0] ?? 0) >>> 0);
  writeRest32(to, context, values, n);
}

export function readReals(from: IntReader, context: ListContext, what: string, n: number): Int32Array {
  const values = new Int32Array(n);
  if (n === 0) return values;
  const zeros = from.int(contexts.structure, `${what}: zero bits`, 23);
  values[0] = from.int(contexts.first, `${what}: first`, 0xffffffff);
  readRest32(from, context, what, values, n);
  for (let i = 0; i < n; i++) {
    const value = values[i] ?? 0;
    values[i] = (value < 0 ? value ^ (0x7fffffff >>> zeros) : value) << zeros;
  }
  return values;
}

function orderReal(bits: number, zeros: number): number {
  const value = bits >> zeros;
  return value < 0 ? value ^ (0x7fffffff >>> zeros) : value;
}
