import { DictionaryEvent, TagEvent } from "../../shared/domain/event.ts";
import type { Id } from "../../shared/domain/id.ts";
import { representationOf } from "../../shared/domain/tag.ts";
import { openSqliteReader, type Sqlite } from "../../shared/node/sqlite.ts";
import { resolveDictionary } from "../../shared/wire/dictionary.ts";
import { decodeEventsFrame, decodeFrame, decodeFrameHead } from "../../shared/wire/frame.ts";
import { type SeqRange, type Stream, streams } from "../../shared/wire/names.ts";
import { digestOf, type EdgeStream, frameContent, type SideFrame } from "./frames.ts";

/** The two tables' numbers: a frame's key is (epoch's number × 2 + stream) × 2^32 + seq. */
const SEQS = 2 ** 32;

/**
 * Reads an edge's journal, by SQL and for reading only: the tables `epoch (no, id)`, `frame (key, body)`, `definition (hash, kind, body)` and the
 * intervals of keys `freed` and `gone (first, last)`.
 */
export function readEdge(path: string): EdgeStream[] {
  const db = openSqliteReader(path);
  try {
    db.exec("begin");
    const epochs = db.prepare<[], { no: number; id: Id }>("select no, id from epoch order by no").all();
    return epochs.flatMap(({ no, id }) => streams.map((stream, s) => readStream(db, id, stream, (no * 2 + s) * SEQS)));
  } finally {
    db.close();
  }
}

function readStream(db: Sqlite, epoch: Id, stream: Stream, base: number): EdgeStream {
  const within = (table: "freed" | "gone") =>
    db
      .prepare<[number, number], SeqRange>(
        `select first, last from ${table} where first < ? and last > ? order by first`,
      )
      .all(base + SEQS, base)
      .map(({ first, last }) => ({ first: first - base, last: last - base }));
  const dictionaries = tagsOfDictionaries(db);
  const rows = db
    .prepare<[number, number], { key: number; body: Uint8Array }>(
      "select key, body from frame where key > ? and key < ? order by key",
    )
    .all(base, base + SEQS);
  const frames = rows.map(({ key, body }) => frameOf(key - base, stream, body, dictionaries));
  const [freed, gone] = [within("freed"), within("gone")];
  const last = Math.max(0, frames.at(-1)?.seq ?? 0, freed.at(-1)?.last ?? 0, gone.at(-1)?.last ?? 0);
  return { epoch, stream, last, frames, freed, gone };
}

interface Tag {
  id: Id;
  isText: boolean;
}

function frameOf(seq: number, stream: Stream, body: Uint8Array, tagsOf: (hash: Id) => readonly Tag[]): SideFrame {
  const { receivedAt, mono, checksum } = decodeFrameHead(body);
  const head = { seq, receivedAt, mono, checksum };
  if (stream === "events") return { ...head, digest: digestOf(decodeEventsFrame(body).json) };
  const { dictionary, readings } = decodeFrame(body);
  const tags = tagsOf(dictionary);
  const content = frameContent();
  const order = Array.from({ length: readings.length }, (_, i) => i);
  const idOf = (i: number) => tags[readings.tag[i] ?? 0]?.id ?? "";
  order.sort((x, y) => (idOf(x) < idOf(y) ? -1 : idOf(x) > idOf(y) ? 1 : x - y));
  for (const i of order) {
    const tag = tags[readings.tag[i] ?? 0];
    if (tag === undefined) throw new Error(`journal: frame ${seq} has a tag that its dictionary lacks`);
    content.add(tag.id, readings, i, tag.isText);
  }
  return { ...head, digest: content.digest() };
}

function tagsOfDictionaries(db: Sqlite): (hash: Id) => readonly Tag[] {
  const find = db.prepare<[Id], string>("select body from definition where hash = ?").pluck();
  const known = new Map<Id, readonly Tag[]>();
  const bodyOf = (hash: Id): unknown => JSON.parse(find.get(hash) ?? "null");
  return (hash) => {
    let tags = known.get(hash);
    if (tags === undefined) {
      const hashes = resolveDictionary(hash, (one) => DictionaryEvent.safeParse(bodyOf(one)).data);
      if (hashes === null) throw new Error(`journal: dictionary ${hash} of a frame is not there`);
      tags = hashes.map((one) => {
        const { version } = TagEvent.parse(bodyOf(one));
        return { id: version.id, isText: representationOf(version.kind) === "text" };
      });
      known.set(hash, tags);
    }
    return tags;
  };
}
