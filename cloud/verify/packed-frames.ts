import { Block } from "../../shared/domain/reading.ts";
import { decompress } from "../../shared/node/compress.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { Reader } from "../../shared/wire/bytes.ts";
import type { TagList } from "../../shared/wire/checksum.ts";
import { type Columns, framesFrom } from "../../shared/wire/columns.ts";
import { frameTimeAt } from "../../shared/wire/frame-table.ts";
import { maxSegmentBytes } from "../../shared/wire/limits.ts";
import type { ClockState, SeqRange } from "../../shared/wire/names.ts";
import { decodeSegment } from "../../shared/wire/segment.ts";
import { decodeSpan } from "../../shared/wire/span.ts";
import { readableRows } from "./readable-rows.ts";

interface SpanRow {
  first: number;
  last: number;
  dictionary: string;
  body: Uint8Array;
}

/** A frame that was delivered and packed; `readings` are valid until the next one is asked for. */
export interface PackedFrame {
  key: number;
  receivedAt: number;
  mono: number;
  clock: ClockState;
  dictionary: string;
  readings: Block;
}

/**
 * Frames rebuilt from the tables `span (first, last, dictionary, body)` and `part (span, tag, body)`, those with these keys;
 * a span that cannot be read goes to `damaged`, as keys.
 */
export function* packedFrames(
  db: Sqlite,
  keys: SeqRange & { given: number },
  listOf: (dictionary: string) => TagList,
  damaged: (keys: SeqRange) => void,
): Generator<PackedFrame> {
  const spans = db.prepare<[number, number], SpanRow>(
    "select first, last, dictionary, body from span where first between ? and ? order by first",
  );
  const parts = db.prepare<[number], Uint8Array>("select body from part where span = ? order by tag").pluck();
  for (const span of readableRows(spans, keys).rows) {
    const list = listOf(span.dictionary);
    try {
      yield* framesOf(span, parts.all(span.first), list);
    } catch {
      // Whatever is wrong with its bytes: on this disk the frames are no more.
      damaged({ first: span.first, last: span.last });
    }
  }
}

function* framesOf(row: SpanRow, parts: readonly Uint8Array[], list: TagList): Generator<PackedFrame> {
  const span = decodeSpan(row.body);
  const frames = span.table.times.receivedAt.length;
  if (frames !== row.last - row.first + 1)
    throw new Error(`it holds ${frames} frames and is called ${row.first} to ${row.last}`);
  const segments = parts
    .flatMap(segmentsOf)
    .map(({ tag, body }) => ({ tag, ...decodeSegment(body, span, decompress) }));
  const total = segments.reduce((sum, { readings }) => sum + readings.length, 0);
  const columns: Columns = {
    tags: Uint32Array.from(segments, ({ tag }) => tag),
    starts: new Uint32Array(segments.length + 1),
    frame: new Uint32Array(total),
    readings: new Block(total),
  };
  for (const [c, { tag, frame, readings }] of segments.entries()) {
    columns.frame.set(frame, columns.readings.length);
    const isText = list.representations[tag] === "text";
    for (let i = 0; i < readings.length; i++) {
      columns.readings.tag[columns.readings.pushFrom(readings, i, isText)] = tag;
    }
    columns.starts[c + 1] = columns.readings.length;
  }
  for (const { index, readings } of framesFrom(columns, frames, list)) {
    const time = frameTimeAt(span.table.times, index);
    yield { key: row.first + index, ...time, dictionary: row.dictionary, readings };
  }
}

/** A part is a table of tags and lengths, and the segments behind it. */
function segmentsOf(part: Uint8Array): { tag: number; body: Uint8Array }[] {
  const from = new Reader(part, "part of a span");
  const table = Array.from({ length: from.varint("segments", from.left) }, () => ({
    tag: from.varint("tag", 2 ** 32),
    length: from.varint("length", maxSegmentBytes),
  }));
  const segments = table.map(({ tag, length }) => ({ tag, body: from.bytes(length, "segment") }));
  from.end();
  return segments;
}
