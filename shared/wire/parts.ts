import type { Reader, Writer } from "./bytes.ts";
import { noChecksum } from "./checksum.ts";
import { rankOf, type Statement } from "./held.ts";
import { maxEntries, maxSeq } from "./limits.ts";
import { type Checksum, heldStates, type SeqRange, type Stream, streams } from "./names.ts";

/** What hello, answer and receipt have in common, as bytes. */

/** Writes the length of a list, then each entry. */
export function writeList<T>(to: Writer, list: readonly T[], write: (entry: T) => void): void {
  to.varint(list.length);
  for (const entry of list) write(entry);
}

export function readList<T>(from: Reader, what: string, read: () => T, most = maxEntries): T[] {
  const count = from.varint(`number of ${what}`, most);
  const list: T[] = [];
  for (let i = 0; i < count; i++) list.push(read());
  return list;
}

export function writeStream(to: Writer, stream: Stream): void {
  to.u8(streams.indexOf(stream));
}

export function readStream(from: Reader): Stream {
  const code = from.u8("stream");
  const stream = streams[code];
  if (stream === undefined) throw from.fail("stream", `is ${code}`);
  return stream;
}

export function writeChecksum(to: Writer, { a, b }: Checksum): void {
  to.u32(a);
  to.u32(b);
}

export function readChecksum(from: Reader): Checksum {
  return { a: from.u32("checksum"), b: from.u32("checksum") };
}

/** Sorted ranges that don't overlap (they may touch), each as its distance from the last one's end and its length. */
export function writeRanges(to: Writer, ranges: readonly SeqRange[]): void {
  let before = 0;
  writeList(to, ranges, ({ first, last }) => {
    to.varint(first - before - 1);
    to.varint(last - first);
    before = last;
  });
}

export function readRanges(from: Reader): SeqRange[] {
  let before = 0;
  return readList(from, "ranges", () => {
    const range = readRange(from, before);
    before = range.last;
    return range;
  });
}

/** A list of ranges that must be one. */
export function readOneRange(from: Reader): SeqRange {
  const [range, ...more] = readRanges(from);
  if (range === undefined || more.length > 0)
    throw from.fail("ranges", `are ${range === undefined ? 0 : 1 + more.length}, not one`);
  return range;
}

function readRange(from: Reader, before: number): SeqRange {
  const first = before + 1 + from.varint("first seq", maxSeq);
  const last = first + from.varint("length", maxSeq);
  if (last > maxSeq) throw from.fail("seq", `is ${last}, at most ${maxSeq} is allowed`);
  return { first, last };
}

/** An epoch that is the one before it in the list costs one bit. */
export function writeStatements(to: Writer, statements: readonly Statement[]): void {
  let epoch = "";
  writeList(to, statements, (statement) => {
    const same = statement.epoch === epoch;
    to.u8(streams.indexOf(statement.stream) | (same ? 2 : 0));
    if (!same) to.id(statement.epoch);
    epoch = statement.epoch;
    to.varint(statement.known);
    to.varint(statement.watermark);
    let before = 0;
    writeList(to, statement.ranges, ({ first, last, state, checksum }) => {
      to.varint((first - before - 1) * 8 + rankOf(state));
      to.varint(last - first);
      if (hasSum(rankOf(state))) writeChecksum(to, checksum);
      before = last;
    });
  });
}

export function readStatements(from: Reader): Statement[] {
  let epoch = "";
  return readList(from, "statements", () => {
    const flags = from.u8("flags of a statement");
    const stream = streams[flags & 1];
    if (flags > 3 || stream === undefined || (flags === 2 && epoch === "")) throw from.fail("flags", `are ${flags}`);
    if ((flags & 2) === 0) epoch = from.id("epoch");
    else if (epoch === "") throw from.fail("epoch", "is to be the one before, and there is none");
    const known = from.varint("known seq", maxSeq);
    const watermark = from.varint("watermark", maxSeq);
    return { epoch, stream, known, watermark, ranges: readHeld(from) };
  });
}

function readHeld(from: Reader): Statement["ranges"] {
  let before = 0;
  return readList(from, "ranges", () => {
    const head = from.varint("first seq and state", maxSeq * 8);
    const state = heldStates[head % 8];
    if (state === undefined) throw from.fail("state", `is ${head % 8}`);
    const first = before + 1 + Math.floor(head / 8);
    const last = first + from.varint("length", maxSeq);
    if (last > maxSeq) throw from.fail("seq", `is ${last}, at most ${maxSeq} is allowed`);
    before = last;
    return { first, last, state, checksum: hasSum(rankOf(state)) ? readChecksum(from) : noChecksum };
  });
}

function hasSum(rank: number): boolean {
  return rank >= rankOf("thinned");
}
