import type { Id } from "../../shared/domain/id.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { WireError } from "../../shared/wire/bytes.ts";
import { addChecksums, noChecksum, sameChecksum } from "../../shared/wire/checksum.ts";
import { decodeFrame } from "../../shared/wire/frame.ts";
import type { SeqRange } from "../../shared/wire/names.ts";
import { DamageError } from "./damage.ts";
import { checksumOfPacked, type Packed, pack } from "./packed.ts";
import { openParts } from "./parts.ts";
import { bodyBytes, epochNumbers, partsOf } from "./schema.ts";
import { isSealed, sealOf } from "./seal.ts";
import { openDictionaries } from "./tag-lists.ts";
import { unlessBroken } from "./unless-broken.ts";

/** A frame of telemetry as a row. */
export interface FrameRow {
  key: number;
  at: number;
  body: Uint8Array;
}

/** Frames that are packed into segments, as an interval of keys. They were delivered; they may be owed again. */
export interface SpanRow extends SeqRange {
  /** Earliest and latest close of its frames, ms UTC. */
  fromAt: number;
  toAt: number;
  /** Sum of its frames' checksums. */
  a: number;
  b: number;
  dictionary: Id;
  seal: number | null;
}

/** Frames as columns a tag: how history lies on the disk. Calls that write belong inside a transaction. */
export interface Spans {
  /** Packs consecutive rows that share a dictionary. False, and all stays as it is, if they are more than a segment may hold or what was packed does not read back to the same sum. */
  pack(rows: readonly FrameRow[], dictionary: Id): boolean;
  /** The span that holds this key. */
  at(key: number): SpanRow | undefined;
  /** Spans that touch an interval of keys, ascending. */
  touching(first: number, last: number): SpanRow[];
  /** Spans of which a frame may have closed in a time (ms UTC), oldest first. */
  between(from: number, to: number): SpanRow[];
  /** A span's table. Throws WireError where a bit of it or of its row has changed. */
  body(span: SpanRow): Uint8Array;
  /** A span's table and segments. Throws WireError where a bit of them has changed. */
  packed(span: SpanRow): Packed;
  /** Deletes a whole span. */
  remove(span: SpanRow): void;
}

export function openSpans(db: Sqlite): Spans {
  const numbers = epochNumbers(db);
  const dictionaryOf = openDictionaries(db);
  const parts = openParts(db);
  const insertSpan = db.prepare(
    "insert into span (first, last, from_at, to_at, a, b, dictionary, body, seal) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const bodyAt = db.prepare<[number], Uint8Array>(`select ${bodyBytes} from span where first = ?`).pluck();
  const removeSpan = db.prepare("delete from span where first = ?");
  const columns = "first, last, from_at as fromAt, to_at as toAt, a, b, dictionary, seal";
  const touching = db.prepare<[number, number], SpanRow>(
    `select ${columns} from span where first <= ? and last >= ? order by first`,
  );
  // Spans do not overlap: the one that begins last before a key is the only one that may hold it.
  const before = db.prepare<[number], SpanRow>(
    `select ${columns} from span where first <= ? order by first desc limit 1`,
  );
  const between = db.prepare<[number, number], SpanRow>(
    `select ${columns} from span where to_at >= ? and from_at <= ? order by from_at`,
  );
  const removeRows = db.prepare("delete from frame where key between ? and ?");

  function remove(first: number): void {
    parts.remove(first);
    removeSpan.run(first);
  }

  function body(row: SpanRow): Uint8Array {
    const span = bodyAt.get(row.first);
    if (span === undefined) throw new DamageError(`no span begins at ${row.first}`);
    if (!isSealed(row.seal, sealedColumns(row), span)) throw new WireError("span: its bytes do not match its seal");
    return span;
  }

  const packed = (row: SpanRow): Packed => ({ span: body(row), segments: parts.of(row.first) });

  return {
    pack(rows, dictionary) {
      const [head, tail] = [rows[0], rows.at(-1)];
      if (head === undefined || tail === undefined) return true;
      const { list } = dictionaryOf(dictionary);
      const { epochNo, seq } = partsOf(head.key);
      const frames = rows.map(({ body }) => decodeFrame(body));
      const run = { epoch: numbers.epochOf(epochNo), dictionary, firstSeq: seq, count: rows.length };
      const fits = unlessTooLarge(() => pack(frames, list, run));
      if (fits === null) return false;
      const { span, segments } = fits;
      const sum = frames.map(({ checksum }) => checksum).reduce(addChecksums, noChecksum);
      const times = rows.map(({ at }) => at);
      const [fromAt, toAt] = [Math.min(...times), Math.max(...times)];
      const row: SpanRow = { first: head.key, last: tail.key, fromAt, toAt, ...sum, dictionary, seal: 0 };
      row.seal = sealOf(sealedColumns(row), span);
      insertSpan.run(row.first, row.last, fromAt, toAt, sum.a, sum.b, dictionary, span, row.seal);
      parts.store(row.first, segments);
      // The rows go only after what replaces them was read back.
      const back = unlessBroken(() => checksumOfPacked(packed(row), list));
      if (back === null || !sameChecksum(back, sum)) {
        remove(row.first);
        return false;
      }
      removeRows.run(row.first, row.last);
      return true;
    },
    at(key) {
      const row = before.get(key);
      return row !== undefined && row.last >= key ? row : undefined;
    },
    touching: (first, last) => touching.all(last, first),
    between: (from, to) => between.all(from, to),
    body,
    packed,
    remove: ({ first }) => remove(first),
  };
}

function unlessTooLarge(packing: () => Packed): Packed | null {
  try {
    return packing();
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function sealedColumns({ first, last, fromAt, toAt, a, b, dictionary }: SpanRow): (number | string)[] {
  return [first, last, fromAt, toAt, a, b, dictionary];
}
