import type { Representation } from "../../shared/domain/reading.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { maxSegmentReadings } from "../../shared/wire/limits.ts";
import type { BodyRow, SpanRow } from "./compaction.ts";
import { piecesOf } from "./frame-sums.ts";
import { partKeys } from "./hour.ts";
import { type Merged, merge, type Source } from "./merge.ts";
import type { SpanRows } from "./spans.ts";

/** What one span holds at most: frames, and readings of one tag version. */
export interface SpanLimits {
  frames: number;
  readings: number;
}

/** What the wire format of spans and segments allows. */
export const widest: SpanLimits = { frames: maxSegmentReadings, readings: maxSegmentReadings };

/** The spans of an hour: one, or several where it has more than one span may hold. */
export interface HourParts {
  /** Keys of the spans that are to be written anew where these frames come in: those that have one of them already, and the last. */
  touched(first: number, added: Merged): number[];
  /** All of it as rows, under `keys` (all of which are used) and as many further ones as it needs. Throws where an hour has no room left. */
  encode(first: number, keys: readonly number[], merged: Merged): { spans: SpanRow[]; segments: BodyRow[] };
}

/** `first`: the key of an hour's first span. */
export function hourParts(
  db: Sqlite,
  spans: Pick<SpanRows, "load" | "encode">,
  representation: (version: number) => Representation,
  limits: SpanLimits,
): HourParts {
  const isThere = db.prepare<[number], number>("select 1 from span where key = ?").pluck();
  const present = (first: number) => partKeys(first).filter((key) => isThere.get(key) !== undefined);

  function encoded(key: number, merged: Merged): { span: SpanRow; segments: BodyRow[] } | null {
    if (isTooWide(merged, limits)) return null;
    try {
      return spans.encode(key, merged);
    } catch (error) {
      // How many bytes a segment has is known once it is encoded.
      if (error instanceof RangeError && merged.frames.length > 1) return null;
      throw error;
    }
  }

  return {
    touched(first, added) {
      const keys = present(first);
      return keys.filter((key, i) => {
        if (i + 1 === keys.length) return true;
        const before = spans.load(key, []);
        return before !== null && takesPlace(before, added);
      });
    },
    encode(first, keys, merged) {
      const taken = new Set(present(first));
      const free = [...keys, ...partKeys(first).filter((key) => !taken.has(key))];
      const rows: { spans: SpanRow[]; segments: BodyRow[] } = { spans: [], segments: [] };
      const left = cut(merged, Math.max(1, keys.length), representation);
      for (let part = left.shift(); part !== undefined; part = left.shift()) {
        const key = free[rows.spans.length];
        if (key === undefined) throw new Error(`an hour has more than ${partKeys(first).length} spans can hold`);
        const row = encoded(key, part);
        if (row === null) left.unshift(...cut(part, 2, representation));
        else {
          rows.spans.push(row.span);
          rows.segments.push(...row.segments);
        }
      }
      return rows;
    },
  };
}

function isTooWide({ frames, versions, columns }: Merged, limits: SpanLimits): boolean {
  // A single frame is within all limits of the wire.
  if (frames.length <= 1) return false;
  const { starts } = columns;
  return (
    frames.length > limits.frames || versions.some((_, i) => (starts[i + 1] ?? 0) - (starts[i] ?? 0) > limits.readings)
  );
}

/** So many parts with about as many frames each. */
function cut(merged: Merged, parts: number, representation: (version: number) => Representation): Merged[] {
  if (parts === 1) return [merged];
  const { frames } = merged;
  const pieces = new Map(piecesOf(merged));
  return Array.from({ length: parts }, (_, p) => {
    const from = Math.floor((p * frames.length) / parts);
    const to = Math.floor(((p + 1) * frames.length) / parts);
    const inside = frames.map((frame, f) => (f >= from && f < to ? frame : null));
    return merge([{ frames: inside, pieces }], representation);
  });
}

/** Whether one of these frames is there already. */
export function takesPlace(before: Source, { frames }: Merged): boolean {
  const names = new Set(before.frames.map((frame) => frame && `${frame.epoch}${frame.seq}`));
  return frames.some(({ epoch, seq }) => names.has(`${epoch}${seq}`));
}
