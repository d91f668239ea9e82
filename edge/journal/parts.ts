import type { Sqlite } from "../../shared/node/sqlite.ts";
import { Reader, WireError, Writer } from "../../shared/wire/bytes.ts";
import { maxSegmentBytes } from "../../shared/wire/limits.ts";
import type { Segment } from "./packed.ts";
import { bodyBytes } from "./schema.ts";
import { isSealed, sealOf } from "./seal.ts";

/** A part is closed once it has so many bytes: its pages are full but for one, and who wants one tag reads no more than this besides. */
const PART_BYTES = 32_768;
/** Beyond any position in a dictionary. */
export const MOST_TAGS = 2 ** 32;
const where = "part of a span";

/** A span's segments on the disk: some tags' in a row, behind a table of which they are and how long. Calls that write belong inside a transaction. */
export interface Parts {
  /** Segments by ascending tag. */
  store(span: number, segments: readonly Segment[]): void;
  /** Throws WireError where a bit has changed. */
  of(span: number): Segment[];
  /** One tag's segment, the others stay undecoded; null where the span has none. Throws WireError where a bit of its part has changed. */
  find(span: number, tag: number): Uint8Array | null;
  remove(span: number): void;
}

interface Row {
  span: number;
  /** The first that is in it. */
  tag: number;
  body: Uint8Array;
  seal: number | null;
}

export function openParts(db: Sqlite): Parts {
  const insert = db.prepare("insert into part (span, tag, body, seal) values (?, ?, ?, ?)");
  const all = db.prepare<[number], Row>(`select span, tag, ${bodyBytes}, seal from part where span = ? order by tag`);
  const around = db.prepare<[number, number], Row>(
    `select span, tag, ${bodyBytes}, seal from part where span = ? and tag <= ? order by tag desc limit 1`,
  );
  const remove = db.prepare("delete from part where span = ?");

  return {
    store(span, segments) {
      for (const part of partsOf(segments)) {
        const [tag, body] = [part[0]?.tag ?? 0, encodePart(part)];
        insert.run(span, tag, body, sealOf([span, tag], body));
      }
    },
    of: (span) => all.all(span).flatMap((row) => decodePart(unchanged(row))),
    find(span, tag) {
      const row = around.get(span, tag);
      return row === undefined ? null : segmentIn(unchanged(row), tag);
    },
    remove: (span) => void remove.run(span),
  };
}

function unchanged({ span, tag, body, seal }: Row): Uint8Array {
  if (!isSealed(seal, [span, tag], body)) throw new WireError(`${where}: its bytes do not match its seal`);
  return body;
}

function partsOf(segments: readonly Segment[]): Segment[][] {
  const parts: Segment[][] = [];
  let bytes = PART_BYTES;
  for (const segment of segments) {
    if (bytes >= PART_BYTES) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(segment);
    bytes += segment.body.length;
  }
  return parts;
}

function encodePart(segments: readonly Segment[]): Uint8Array {
  const to = new Writer(2 * PART_BYTES);
  to.varint(segments.length);
  for (const { tag, body } of segments) {
    to.varint(tag);
    to.varint(body.length);
  }
  for (const { body } of segments) to.bytes(body);
  return to.finish();
}

/** The bodies are views, not copies. Throws WireError for what encodePart did not write. */
function decodePart(bytes: Uint8Array): Segment[] {
  const from = new Reader(bytes, where);
  const table = Array.from({ length: from.varint("segments", from.left) }, () => ({
    tag: from.varint("tag", MOST_TAGS),
    length: from.varint("length", maxSegmentBytes),
  }));
  const segments = table.map(({ tag, length }) => ({ tag, body: from.bytes(length, "segment") }));
  from.end();
  return segments;
}

/** One tag's segment in a part; null where it has none. */
function segmentIn(bytes: Uint8Array, wanted: number): Uint8Array | null {
  const from = new Reader(bytes, where);
  let before = 0;
  let found: number | null = null;
  for (let left = from.varint("segments", from.left); left > 0; left--) {
    const tag = from.varint("tag", MOST_TAGS);
    const length = from.varint("length", maxSegmentBytes);
    if (tag === wanted) found = length;
    else if (found === null) before += length;
  }
  if (found === null) return null;
  from.bytes(before, "segments before");
  return from.bytes(found, "segment");
}
