import type { Id } from "../../shared/domain/id.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { addChecksums, noChecksum, sameChecksum } from "../../shared/wire/checksum.ts";
import { framesFrom } from "../../shared/wire/columns.ts";
import { decodeFrame, decodeFrameHead, encodeFrame } from "../../shared/wire/frame.ts";
import { frameTimeAt } from "../../shared/wire/frame-table.ts";
import type { SeqRange } from "../../shared/wire/names.ts";
import { unlessBroken } from "./broken.ts";
import { checksumOfPacked, type Packed, pack, unpack } from "./packed.ts";
import { openParts } from "./parts.ts";
import { epochNumbers, partsOf } from "./schema.ts";
import { openDictionaries } from "./tag-lists.ts";

/** A frame of telemetry as a row. */
export interface FrameRow {
  key: number;
  at: number;
  body: Uint8Array;
}

/** Delivered frames that are packed into segments, as an interval of keys. */
export interface SpanRow extends SeqRange {
  /** Earliest and latest close of its frames, ms UTC. */
  fromAt: number;
  toAt: number;
  /** Sum of its frames' checksums. */
  a: number;
  b: number;
}

/** Delivered frames as columns a tag: how history lies on the disk. Calls that write belong inside a transaction. */
export interface Spans {
  /** Packs consecutive rows that share a dictionary. False, and all stays as it is, if what was packed does not read back to the same sum. */
  pack(rows: readonly FrameRow[], dictionary: Id): boolean;
  /** Makes rows again of every span that touches the interval, under their names and with their checksums. */
  unpack(first: number, last: number): void;
  /** The span that holds this key. */
  at(key: number): SpanRow | undefined;
  /** Deletes a whole span. */
  remove(span: SpanRow): void;
}

export const spanColumns = "first, last, from_at as fromAt, to_at as toAt, a, b";

export function openSpans(db: Sqlite): Spans {
  const numbers = epochNumbers(db);
  const dictionaryOf = openDictionaries(db);
  const parts = openParts(db);
  const insertSpan = db.prepare(
    "insert into span (first, last, from_at, to_at, a, b, dictionary, body) values (?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const body = db.prepare<[number], Uint8Array>("select body from span where first = ?").pluck();
  const removeSpan = db.prepare("delete from span where first = ?");
  const touching = db.prepare<[number, number], SpanRow & { dictionary: Id }>(
    `select ${spanColumns}, dictionary from span where first <= ? and last >= ? order by first`,
  );
  const removeRows = db.prepare("delete from frame where key between ? and ?");
  const insertRow = db.prepare("insert into frame (key, at, count, a, b, body) values (?, ?, ?, ?, ?, ?)");

  function packedAt(first: number): Packed {
    const span = body.get(first);
    if (span === undefined) throw new Error(`no span begins at ${first}`);
    return { span, segments: parts.of(first) };
  }

  function remove(first: number): void {
    parts.remove(first);
    removeSpan.run(first);
  }

  return {
    pack(rows, dictionary) {
      const [first, last] = [rows[0], rows.at(-1)];
      if (first === undefined || last === undefined) return true;
      const { list } = dictionaryOf(dictionary);
      const { epochNo, seq } = partsOf(first.key);
      const frames = rows.map(({ body }) => decodeFrame(body));
      const run = { epoch: numbers.epochOf(epochNo), dictionary, firstSeq: seq, count: rows.length };
      const packed = pack(frames, list, run);
      const sum = frames.map(({ checksum }) => checksum).reduce(addChecksums, noChecksum);
      const times = rows.map(({ at }) => at);
      const [from, to] = [Math.min(...times), Math.max(...times)];
      insertSpan.run(first.key, last.key, from, to, sum.a, sum.b, dictionary, packed.span);
      parts.store(first.key, packed.segments);
      // The rows go only after what replaces them was read back.
      const back = unlessBroken(() => checksumOfPacked(packedAt(first.key), list));
      if (back === null || !sameChecksum(back, sum)) {
        remove(first.key);
        return false;
      }
      removeRows.run(first.key, last.key);
      return true;
    },
    unpack(from, to) {
      for (const row of touching.all(to, from)) {
        const { list } = dictionaryOf(row.dictionary);
        const { span, columns } = unpack(packedAt(row.first), list);
        for (const { index, readings } of framesFrom(columns, span.table.times.receivedAt.length, list)) {
          const time = frameTimeAt(span.table.times, index);
          const body = encodeFrame(readings, list, { ...time, dictionary: row.dictionary });
          const { a, b } = decodeFrameHead(body).checksum;
          insertRow.run(row.first + index, Math.round(time.receivedAt), readings.length, a, b, body);
        }
        remove(row.first);
      }
    },
    at: (key) => touching.get(key, key),
    remove: ({ first }) => remove(first),
  };
}
