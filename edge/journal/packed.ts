import { Block } from "../../shared/domain/reading.ts";
import { compress, decompress } from "../../shared/node/compress.ts";
import { checksumOf, type TagList } from "../../shared/wire/checksum.ts";
import { type Columns, transpose } from "../../shared/wire/columns.ts";
import type { TelemetryFrame } from "../../shared/wire/frame.ts";
import { frameTimesOf } from "../../shared/wire/frame-table.ts";
import type { Checksum } from "../../shared/wire/names.ts";
import { decodeSegment, encodeSegment } from "../../shared/wire/segment.ts";
import { decodeSpan, encodeSpan, type FrameRun, type Span } from "../../shared/wire/span.ts";

/** Consecutive frames as history lies on the disk: what they share, and a segment a tag. */
export interface Packed {
  span: Uint8Array;
  segments: Segment[];
}

export interface Segment {
  /** Position in the dictionary. */
  tag: number;
  body: Uint8Array;
}

export function pack(frames: readonly TelemetryFrame[], list: TagList, run: FrameRun): Packed {
  const columns = transpose(
    frames.map(({ readings }) => readings),
    list.representations,
  );
  const times = frameTimesOf(frames);
  const { bytes, groups } = encodeSpan({ runs: [run], times }, columns);
  const { frame, readings, starts, tags } = columns;
  const segments = Array.from(tags, (tag, c): Segment => {
    const representation = list.representations[tag];
    if (representation === undefined) throw new Error(`tag ${tag} is not in the dictionary`);
    const column = { frame, readings, start: starts[c] ?? 0, end: starts[c + 1] ?? 0, representation };
    return { tag, body: encodeSegment(column, { group: groups[c] ?? -1, slots: times.receivedAt, compress }) };
  });
  return { span: bytes, segments };
}

/** The span and all readings, as columns a tag. Throws WireError where bytes are not what `pack` wrote. */
export function unpack(packed: Packed, list: TagList): { span: Span; columns: Columns } {
  const span = decodeSpan(packed.span);
  const parts = packed.segments.map(({ tag, body }) => ({ tag, ...decodeSegment(body, span, decompress) }));
  const total = parts.reduce((sum, { readings }) => sum + readings.length, 0);
  const columns: Columns = {
    tags: Uint32Array.from(parts, ({ tag }) => tag),
    starts: new Uint32Array(parts.length + 1),
    frame: new Uint32Array(total),
    readings: new Block(total),
  };
  for (const [c, { tag, frame, readings }] of parts.entries()) {
    const start = columns.readings.length;
    columns.starts[c] = start;
    columns.frame.set(frame, start);
    const isText = list.representations[tag] === "text";
    for (let i = 0; i < readings.length; i++) {
      columns.readings.tag[columns.readings.pushFrom(readings, i, isText)] = tag;
    }
  }
  columns.starts[parts.length] = columns.readings.length;
  return { span, columns };
}

/** The sum over all readings of what `pack` wrote, read back: it must be that of the frames. */
export function checksumOfPacked(packed: Packed, list: TagList): Checksum {
  return checksumOf(unpack(packed, list).columns.readings, list);
}
