import { Block, NO_VALUE, type Representation } from "../domain/reading.ts";
import type { TagList } from "./checksum.ts";
import { contexts, type IntReader, type IntWriter } from "./ints.ts";
import { readQuality, writeQuality } from "./quality.ts";
import { readTimes, type Slots, writeTimes } from "./times.ts";
import { readValues, writeValues } from "./values.ts";

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

/**
 * Back from columns to `frames` frames, readings by tag (within a tag as they came). The block is reused: a frame's
 * readings are valid until the next one is asked for.
 */
export function* framesFrom(
  columns: Columns,
  frames: number,
  { representations }: TagList,
): Generator<{ index: number; readings: Block }> {
  const next = columns.starts.slice(0, columns.tags.length);
  const readings = new Block(columns.tags.length);
  for (let f = 0; f < frames; f++) {
    readings.clear();
    for (let c = 0; c < next.length; c++) {
      const end = columns.starts[c + 1] ?? 0;
      const isText = representations[columns.tags[c] ?? 0] === "text";
      let i = next[c] ?? 0;
      for (; i < end && columns.frame[i] === f; i++) readings.pushFrom(columns.readings, i, isText);
      next[c] = i;
    }
    yield { index: f, readings };
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
  to.int(contexts.size, readings.length);
  // Most frames have each tag once: then this is 0 or small.
  to.int(contexts.structure, readings.length - tags.length);
  if (tags.length === 0) return;
  writeTags(to, tags);
  writeTimes(to, columns, slots);
  writeQuality(to, readings, starts);
  for (let c = 0; c < tags.length; c++)
    writeValues(to, readings, starts[c] ?? 0, starts[c + 1] ?? 0, representations[tags[c] ?? 0] ?? "double");
}

/** Reads columns of at most `max` readings of the tags of a dictionary of `dictionary` entries. */
export function readColumns(from: IntReader, slots: Slots, max: number, dictionary: number): Columns {
  const total = from.int(contexts.size, "readings", max);
  const count = total - from.int(contexts.structure, "readings but one a column", Math.max(total - 1, 0));
  if (count > dictionary) throw from.fail("columns", `are ${count}, the dictionary has ${dictionary}`);
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
  readQuality(from, readings, columns.starts);
  for (let c = 0; c < count; c++) readValues(from, readings, columns.starts[c] ?? 0, columns.starts[c + 1] ?? 0);
  return columns;
}

/** Runs of tags that stand next to each other in the dictionary: how many are left out before, how many they are (0: all that are left). */
function writeTags(to: IntWriter, tags: Uint32Array): void {
  for (let c = 0, expected = 0; c < tags.length; ) {
    const first = tags[c] ?? 0;
    let next = c + 1;
    while (next < tags.length && tags[next] === first + next - c) next++;
    to.int(contexts.count, first - expected);
    to.int(contexts.run, next === tags.length ? 0 : next - c);
    expected = first + next - c;
    c = next;
  }
}

function readTags(from: IntReader, tags: Uint32Array, dictionary: number): void {
  for (let c = 0, expected = 0; c < tags.length; ) {
    const first = expected + from.int(contexts.count, "tags left out", dictionary);
    const run = from.int(contexts.run, "run of tags", tags.length - c) || tags.length - c;
    expected = first + run;
    if (expected > dictionary) throw from.fail("tags", `go up to ${expected}, the dictionary has ${dictionary}`);
    for (let k = 0; k < run; k++) tags[c++] = first + k;
  }
}
