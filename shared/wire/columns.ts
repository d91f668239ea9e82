import { Block, NO_VALUE, type Representation } from "../domain/reading.ts";
import { textOf, utf8 } from "./bytes.ts";
import { contexts, type IntReader, type IntWriter } from "./ints.ts";
import { maxTextBytes } from "./limits.ts";
import { readBits, readNumbers, readReals, writeBits, writeNumbers, writeReals } from "./numbers.ts";
import { read64, wordsOf, write64 } from "./series.ts";
import { readTimes, type Slots, writeTimes } from "./times.ts";

/** Readings of several frames, one column a tag, all columns one behind the other in the same arrays. */
export interface Columns {
  /** Each column's tag: its position in the dictionary, ascending. */
  tags: Uint32Array;
  /** Where each column starts in `readings`; one more than there are tags. */
  starts: Uint32Array;
  /** For each reading, which frame it came in, counted from the first; ascending within a column. */
  frame: Uint32Array;
  /** In the order of the columns; within one in the order in which they came. */
  readings: Block;
}

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

/** Sorts the readings of frames (blocks that share a dictionary) into columns. */
export function transpose(blocks: readonly Block[], representations: readonly Representation[]): Columns {
  const counts = new Uint32Array(representations.length);
  let total = 0;
  for (const block of blocks) {
    for (let i = 0; i < block.length; i++) {
      const tag = block.tag[i] ?? 0;
      if (tag >= counts.length) throw new RangeError(`tag ${tag} is not in a dictionary of ${counts.length}`);
      counts[tag] = (counts[tag] ?? 0) + 1;
    }
    total += block.length;
  }
  const tags: number[] = [];
  const starts: number[] = [0];
  const next = new Uint32Array(counts.length);
  for (let tag = 0, at = 0; tag < counts.length; tag++) {
    next[tag] = at;
    at += counts[tag] ?? 0;
    if (counts[tag] === 0) continue;
    tags.push(tag);
    starts.push(at);
  }
  const readings = new Block(total);
  readings.length = total;
  const frame = new Uint32Array(total);
  for (const [f, block] of blocks.entries()) scatter(block, f, next, readings, frame, representations);
  return { tags: Uint32Array.from(tags), starts: Uint32Array.from(starts), frame, readings };
}

function scatter(
  block: Block,
  frameIndex: number,
  next: Uint32Array,
  into: Block,
  frame: Uint32Array,
  representations: readonly Representation[],
): void {
  for (let i = 0; i < block.length; i++) {
    const tag = block.tag[i] ?? 0;
    const to = next[tag] ?? 0;
    next[tag] = to + 1;
    const status = block.status[i] ?? 0;
    frame[to] = frameIndex;
    into.tag[to] = tag;
    into.at[to] = block.at[i] ?? 0;
    into.status[to] = status;
    into.reason[to] = block.reason[i] ?? 0;
    if ((status & NO_VALUE) !== 0) continue;
    if (representations[tag] === "text") {
      into.value[to] = into.texts.length;
      into.texts.push(block.texts[block.value[i] ?? 0] ?? "");
    } else {
      into.words[2 * to] = block.words[2 * i] ?? 0;
      into.words[2 * to + 1] = block.words[2 * i + 1] ?? 0;
    }
  }
}

/** Writes columns; `slots` says when each frame was received, which the reader must know too. */
export function writeColumns(
  to: IntWriter,
  columns: Columns,
  slots: Slots,
  representations: readonly Representation[],
): void {
  const { tags, starts, readings } = columns;
  to.int(contexts.structure, readings.length);
  to.int(contexts.structure, tags.length);
  if (tags.length === 0) return;
  writeTags(to, tags);
  writeTimes(to, columns, slots);
  writeQuality(to, columns);
  for (let c = 0; c < tags.length; c++)
    writeValues(to, readings, starts[c] ?? 0, starts[c + 1] ?? 0, representations[tags[c] ?? 0] ?? "double");
}

/** Reads columns of at most `max` readings of the tags of a dictionary of `dictionary` entries. */
export function readColumns(from: IntReader, slots: Slots, max: number, dictionary: number): Columns {
  const total = from.int(contexts.structure, "readings", max);
  const count = from.int(contexts.structure, "columns", Math.min(total, dictionary));
  if (count === 0 && total > 0) throw from.fail("columns", `are none for ${total} readings`);
  const readings = new Block(total);
  readings.length = total;
  const columns: Columns = {
    tags: new Uint32Array(count),
    starts: new Uint32Array(count + 1),
    frame: new Uint32Array(total),
    readings,
  };
  if (count === 0) return columns;
  readTags(from, columns.tags, dictionary);
  readTimes(from, columns, slots);
  readQuality(from, columns);
  for (let c = 0; c < count; c++) readValues(from, readings, columns.starts[c] ?? 0, columns.starts[c + 1] ?? 0);
  return columns;
}

function writeTags(to: IntWriter, tags: Uint32Array): void {
  const gaps = new Uint32Array(tags.length);
  for (let c = 0; c < tags.length; c++) gaps[c] = (tags[c] ?? 0) - (c === 0 ? 0 : (tags[c - 1] ?? 0) + 1);
  to.list(contexts.time, gaps, null, tags.length);
}

function readTags(from: IntReader, tags: Uint32Array, dictionary: number): void {
  from.list(contexts.time, "tags", tags, null, tags.length);
  let next = 0;
  for (let c = 0; c < tags.length; c++) {
    next += tags[c] ?? 0;
    if (next >= dictionary) throw from.fail("tags", `name ${next}, the dictionary has ${dictionary}`);
    tags[c] = next++;
  }
}

/** 0: all readings have the status that follows and no reason; 1: runs of both for each column. */
function writeQuality(to: IntWriter, { readings, starts, tags }: Columns): void {
  const { status, reason, length } = readings;
  const first = status[0] ?? 0;
  let i = 0;
  while (i < length && status[i] === first && reason[i] === 0) i++;
  to.int(contexts.structure, i < length ? 1 : 0);
  if (i === length) return to.int(contexts.quality, first);
  for (let c = 0; c < tags.length; c++) {
    writeRuns(to, status, starts[c] ?? 0, starts[c + 1] ?? 0);
    writeRuns(to, reason, starts[c] ?? 0, starts[c + 1] ?? 0);
  }
}

function readQuality(from: IntReader, { readings, starts, tags }: Columns): void {
  if (from.int(contexts.structure, "quality", 1) === 0) {
    readings.status.fill(from.int(contexts.quality, "status", 255));
    return;
  }
  for (let c = 0; c < tags.length; c++) {
    readRuns(from, "status", readings.status, starts[c] ?? 0, starts[c + 1] ?? 0, 255);
    readRuns(from, "reason", readings.reason, starts[c] ?? 0, starts[c + 1] ?? 0, 0xffffffff);
  }
}

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
): void {
  for (let i = start; i < end; ) {
    const value = from.int(contexts.quality, what, max);
    const run = from.int(contexts.run, `run of ${what}`, end - i) || end - i;
    values.fill(value, i, i + run);
    i += run;
  }
}

function writeValues(to: IntWriter, readings: Block, start: number, end: number, as: Representation): void {
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
      return writeNumbers(to, contexts.value, values, n);
    }
    case forms.real: {
      const bits = new Int32Array(n);
      for (let k = 0; k < n; k++) bits[k] = words[2 * (positions[k] ?? 0)] ?? 0;
      return writeReals(to, contexts.value, bits, n);
    }
    case forms.long: {
      const values = wordsOf(n);
      for (let k = 0; k < n; k++) {
        values.low[k] = words[2 * (positions[k] ?? 0)] ?? 0;
        values.high[k] = words[2 * (positions[k] ?? 0) + 1] ?? 0;
      }
      return write64(to, contexts.value, values, n);
    }
    case forms.bits: {
      const bits = new Uint32Array(2 * n);
      for (let k = 0; k < n; k++) {
        bits[2 * k] = words[2 * (positions[k] ?? 0)] ?? 0;
        bits[2 * k + 1] = words[2 * (positions[k] ?? 0) + 1] ?? 0;
      }
      return writeBits(to, contexts.value, bits, n);
    }
    default:
      return writeTexts(to, readings, positions.subarray(0, n));
  }
}

function readValues(from: IntReader, readings: Block, start: number, end: number): void {
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
      return place(new Uint32Array(values.buffer), positions, n, words);
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
      return place(bits, positions, n, words);
    }
    default:
      return readTexts(from, readings, positions.subarray(0, n));
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
