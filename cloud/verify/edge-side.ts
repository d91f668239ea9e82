import { type ClockAnchor, datingBy, shiftOf } from "../../shared/domain/dating.ts";
import { DictionaryEvent, TagEvent } from "../../shared/domain/event.ts";
import type { EpochMs, Id } from "../../shared/domain/id.ts";
import type { Block } from "../../shared/domain/reading.ts";
import { openSqliteReader, type Sqlite } from "../../shared/node/sqlite.ts";
import { WireError } from "../../shared/wire/bytes.ts";
import { checksumOf, type TagList } from "../../shared/wire/checksum.ts";
import { resolveDictionary, tagListOf } from "../../shared/wire/dictionary.ts";
import { decodeEventsFrame, decodeFrame, decodeFrameHead, type FrameTime } from "../../shared/wire/frame.ts";
import { type SeqRange, type Stream, streams } from "../../shared/wire/names.ts";
import { minus, rangesOf, union } from "../../shared/wire/ranges.ts";
import { digestOf, type EdgeStream, frameContent, type SideFrame } from "./frames.ts";
import { packedFrames } from "./packed-frames.ts";
import { readableRows } from "./readable-rows.ts";

/** The two tables' numbers: a frame's key is (epoch's number × 2 + stream) × 2^32 + seq. */
const SEQS = 2 ** 32;

/**
 * Reads an edge's journal, by SQL and for reading only: the tables `epoch (no, id, record)`, `anchor (boot, mono, at, uncertainty, told_by)`, `frame (key, body)`, what was packed (packed-frames.ts),
 * `definition (hash, kind, body)` and the intervals of keys `gone (first, last)`; `freed` is what readFreed gave before.
 */
export function readEdge(path: string, freed: readonly SeqRange[]): EdgeStream[] {
  const db = openSqliteReader(path);
  try {
    db.exec("begin");
    const dictionaryOf = dictionaries(db);
    const epochs = db.prepare<[], { no: number; id: Id }>("select no, id from epoch order by no").all();
    return epochs.flatMap(({ no, id }) =>
      streams.map((stream, s) => readStream(db, id, stream, (no * 2 + s) * SEQS, freed, dictionaryOf)),
    );
  } finally {
    db.close();
  }
}

function readStream(
  db: Sqlite,
  epoch: Id,
  stream: Stream,
  base: number,
  allFreed: readonly SeqRange[],
  dictionaryOf: (hash: Id) => Dictionary,
): EdgeStream {
  const within = (intervals: readonly SeqRange[]) =>
    intervals
      .filter(({ first, last }) => first < base + SEQS && last > base)
      .map(({ first, last }) => ({ first: first - base, last: last - base }));
  const [freed, gone] = [within(allFreed), within(intervals(db, "gone"))];
  const keys = { first: base + 1, last: base + SEQS - 1, given: base + Math.max(lastOf(freed), lastOf(gone)) };
  const { rows, unread } = readableRows(
    db.prepare<[number, number], { key: number; body: Uint8Array }>(
      "select key, body from frame where key between ? and ? order by key",
    ),
    keys,
  );
  const closedAtOf = datingIn(db, epoch);
  const damaged: SeqRange[] = [];
  const frames = rows.flatMap(({ key, body }) => {
    const seq = key - base;
    const frame = frameOf(seq, stream, body, { dictionaryOf, closedAtOf });
    if (frame === null) damaged.push({ first: seq, last: seq });
    return frame ?? [];
  });
  const spoilt = ({ first, last }: SeqRange) => damaged.push({ first: first - base, last: last - base });
  for (const packed of packedFrames(db, keys, (hash) => dictionaryOf(hash).list, spoilt)) {
    const { key, receivedAt, mono, readings } = packed;
    const closedAt = closedAtOf(packed);
    const dictionary = dictionaryOf(packed.dictionary);
    const digest = digestOfReadings(readings, dictionary);
    const checksum = checksumOf(readings, dictionary.list);
    frames.push({ seq: key - base, receivedAt, closedAt, mono, digest, checksum, thinned: null });
  }
  frames.sort((one, other) => one.seq - other.seq);
  for (const range of unread) spoilt(range);
  // Behind a damaged page there may have been no row of this key: what is packed or gone is none.
  const there = rangesOf(frames.map(({ seq }) => ({ first: seq, last: seq })));
  const told = minus(minus(rangesOf(damaged), there), gone);
  const last = Math.max(...[there, freed, gone, told].map(lastOf));
  return { epoch, stream, last, frames, freed, gone, damaged: told };
}

function lastOf(ranges: readonly SeqRange[]): number {
  return ranges.at(-1)?.last ?? 0;
}

/** Intervals of keys that an edge owes no more, now. To be read before the cloud is, and the rest of the journal after: what is freed was stored before, what is stored was made before. */
export function readFreed(path: string): SeqRange[] {
  const db = openSqliteReader(path);
  try {
    return intervals(db, "freed");
  } finally {
    db.close();
  }
}

/** What several journals of one rig have together: a frame that two of them have is one, and what one of them freed or deleted is. */
export function oneSide(journals: readonly (readonly EdgeStream[])[]): EdgeStream[] {
  const together = new Map<string, EdgeStream>();
  for (const stream of journals.flat()) {
    const key = `${stream.epoch}/${stream.stream}`;
    const before = together.get(key);
    together.set(key, before === undefined ? stream : joined(before, stream));
  }
  return [...together.values()];
}

function joined(one: EdgeStream, other: EdgeStream): EdgeStream {
  const frames = new Map([...one.frames, ...other.frames].map((frame) => [frame.seq, frame]));
  return {
    ...one,
    last: Math.max(one.last, other.last),
    frames: [...frames.values()].sort((a, b) => a.seq - b.seq),
    freed: union(one.freed, other.freed),
    gone: union(one.gone, other.gone),
    damaged: minus(
      union(one.damaged, other.damaged),
      rangesOf([...frames.keys()].map((seq) => ({ first: seq, last: seq }))),
    ),
  };
}

function intervals(db: Sqlite, table: "freed" | "gone"): SeqRange[] {
  return db.prepare<[], SeqRange>(`select first, last from ${table} order by first`).all();
}

interface Dictionary {
  ids: readonly Id[];
  list: TagList;
}

/** When a frame of an epoch closed, by what its boot was told of the true time; null while nobody knows. */
function datingIn(db: Sqlite, epoch: Id): (time: FrameTime) => EpochMs | null {
  const anchorAt = datingBy(
    db
      .prepare<[Id], ClockAnchor>(
        `select at, mono, uncertainty, told_by as "by" from anchor
         where boot = (select record ->> '$.boot' from epoch where id = ?)`,
      )
      .all(epoch),
  );
  return (time) => {
    const shift = time.clock === "unknown" ? shiftOf(time, anchorAt(time.mono)) : 0;
    return Number.isNaN(shift) ? null : time.receivedAt + shift;
  };
}

interface Known {
  dictionaryOf(hash: Id): Dictionary;
  closedAtOf(time: FrameTime): EpochMs | null;
}

/** Null where the bytes are not those that were written. */
function frameOf(seq: number, stream: Stream, body: Uint8Array, { dictionaryOf, closedAtOf }: Known): SideFrame | null {
  const read = (digest: () => string): SideFrame => {
    const { receivedAt, mono, clock, checksum, thinned } = decodeFrameHead(body);
    const closedAt = closedAtOf({ receivedAt, mono, clock });
    return { seq, receivedAt, closedAt, mono, checksum, thinned, digest: digest() };
  };
  try {
    if (stream === "events") return read(() => digestOf(decodeEventsFrame(body).json));
    return read(() => {
      const { dictionary, readings } = decodeFrame(body);
      return digestOfReadings(readings, dictionaryOf(dictionary));
    });
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
}

function digestOfReadings(readings: Block, { ids, list }: Dictionary): string {
  const content = frameContent();
  const idOf = (i: number): Id => {
    const id = ids[readings.tag[i] ?? 0];
    if (id === undefined) throw new Error("journal: a frame has a tag that its dictionary lacks");
    return id;
  };
  const order = Array.from({ length: readings.length }, (_, i) => ({ i, id: idOf(i) }));
  order.sort((one, other) => (one.id < other.id ? -1 : one.id > other.id ? 1 : one.i - other.i));
  for (const { i, id } of order) {
    content.add(id, readings, i, list.representations[readings.tag[i] ?? 0] === "text");
  }
  return content.digest();
}

function dictionaries(db: Sqlite): (hash: Id) => Dictionary {
  const find = db.prepare<[Id], string>("select body from definition where hash = ?").pluck();
  const known = new Map<Id, Dictionary>();
  const bodyOf = (hash: Id): unknown => JSON.parse(find.get(hash) ?? "null");
  return (hash) => {
    let dictionary = known.get(hash);
    if (dictionary === undefined) {
      const hashes = resolveDictionary(hash, (one) => DictionaryEvent.safeParse(bodyOf(one)).data);
      if (hashes === null) throw new Error(`journal: dictionary ${hash} of a frame is not there`);
      const versions = hashes.map((one) => TagEvent.parse(bodyOf(one)).version);
      dictionary = { ids: versions.map(({ id }) => id), list: tagListOf(versions) };
      known.set(hash, dictionary);
    }
    return dictionary;
  };
}
