import { contexts, type IntReader, type IntWriter } from "./ints.ts";

/** Runs: value, then how many more come of it, until all are told. */
export function writeRuns(to: IntWriter, values: Uint8Array | Uint32Array, start: number, end: number): void {
  for (let i = start; i < end; ) {
    const value = values[i] ?? 0;
    let next = i + 1;
    while (next < end && values[next] === value) next++;
    to.int(contexts.quality, value);
    // What is left tells the reader when to stop; 0 says "all that is left".
    to.int(contexts.run, next === end ? 0 : next - i);
    i = next;
  }
}

export function readRuns(
  from: IntReader,
  what: string,
  values: Uint8Array | Uint32Array,
  start: number,
  end: number,
  max: number,
  isOne: (value: number) => boolean = () => true,
): void {
  for (let i = start; i < end; ) {
    const value = from.int(contexts.quality, what, max);
    if (!isOne(value)) throw from.fail(what, `is ${value}`);
    const run = from.int(contexts.run, `run of ${what}`, end - i) || end - i;
    values.fill(value, i, i + run);
    i += run;
  }
}
