import { Block } from "../../shared/domain/reading.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { WireError } from "../../shared/wire/bytes.ts";
import { addReadings, sameChecksum, type TagList } from "../../shared/wire/checksum.ts";
import type { Columns } from "../../shared/wire/columns.ts";
import type { TelemetryFrame } from "../../shared/wire/frame.ts";
import { type FrameTimes, frameTimeAt } from "../../shared/wire/frame-table.ts";
import type { Checksum } from "../../shared/wire/names.ts";
import { unpack } from "./packed.ts";
import { openSpans, type SpanRow } from "./spans.ts";
import { openDictionaries } from "./tag-lists.ts";

/** Frames of packed spans as they were before they were packed. The last span that was asked for stays in memory. */
export interface SpanFrames {
  /** A span's frames with keys `first` to `last`. Throws WireError where the span is not what was packed, to the bit. */
  frames(span: SpanRow, first: number, last: number): TelemetryFrame[];
  /** The sum of the checksums of these frames. Throws as `frames` does. */
  sum(span: SpanRow, first: number, last: number): Checksum;
  /** Two numbers a frame, of all frames. Throws as `frames` does. */
  sums(span: SpanRow): Uint32Array;
  /** When the frame with this key closed, ms UTC. Throws as `frames` does. */
  closedAt(span: SpanRow, key: number): number;
  /** How many readings these frames have. Throws as `frames` does. */
  count(span: SpanRow, first: number, last: number): number;
  /** Lets go of the span in memory. */
  forget(): void;
}

interface Open {
  span: SpanRow;
  times: FrameTimes;
  columns: Columns;
  list: TagList;
  sums: Uint32Array;
}

export function openSpanFrames(db: Sqlite): SpanFrames {
  const spans = openSpans(db);
  const dictionaryOf = openDictionaries(db);
  let last: Open | null = null;

  function open(span: SpanRow): Open {
    if (last?.span.first === span.first) return last;
    last = null;
    const packed = spans.packed(span);
    const { list } = dictionaryOf(span.dictionary);
    const { span: head, columns } = unpack(packed, list);
    const { times } = head.table;
    const frames = times.receivedAt.length;
    const sums = new Uint32Array(2 * frames);
    addReadings(sums, columns.readings, list, 0, columns.readings.length, columns.frame);
    const named = frames === span.last - span.first + 1;
    if (!named || !sameChecksum(sumOf(sums, 0, frames), span))
      throw new WireError(`span: what it holds is not what was packed`);
    last = { span, times, columns, list, sums };
    return last;
  }

  return {
    frames(span, from, to) {
      const opened = open(span);
      return Array.from({ length: to - from + 1 }, (_, i) => frameOf(opened, from - span.first + i));
    },
    sum: (span, from, to) => sumOf(open(span).sums, from - span.first, to - span.first + 1),
    sums: (span) => open(span).sums,
    closedAt: (span, key) => open(span).times.receivedAt[key - span.first] ?? span.toAt,
    count(span, from, to) {
      const { frame } = open(span).columns;
      return frame.reduce((n, f) => n + (f >= from - span.first && f <= to - span.first ? 1 : 0), 0);
    },
    forget() {
      last = null;
    },
  };
}

/** Sum of the frames from `from` up to `to`, not included. */
function sumOf(sums: Uint32Array, from: number, to: number): Checksum {
  let [a, b] = [0, 0];
  for (let i = 2 * from; i < 2 * to; i += 2) {
    a = (a + (sums[i] ?? 0)) >>> 0;
    b = (b + (sums[i + 1] ?? 0)) >>> 0;
  }
  return { a, b };
}

function frameOf({ span, times, columns, list, sums }: Open, index: number): TelemetryFrame {
  const { tags, starts, frame, readings: from } = columns;
  const readings = new Block(tags.length);
  for (let c = 0; c < tags.length; c++) {
    const isText = list.representations[tags[c] ?? 0] === "text";
    const end = starts[c + 1] ?? 0;
    for (let i = firstOf(frame, index, starts[c] ?? 0, end); i < end && frame[i] === index; i++)
      readings.pushFrom(from, i, isText);
  }
  const checksum = sumOf(sums, index, index + 1);
  return { ...frameTimeAt(times, index), dictionary: span.dictionary, checksum, thinned: null, readings };
}

/** Where a frame's readings begin in a column, in which frames ascend. */
function firstOf(frame: Uint32Array, index: number, start: number, end: number): number {
  let [low, high] = [start, end];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((frame[middle] ?? 0) < index) low = middle + 1;
    else high = middle;
  }
  return low;
}
