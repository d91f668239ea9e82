import type { Sqlite } from "../../shared/node/sqlite.ts";
import { addReadings, noChecksum } from "../../shared/wire/checksum.ts";
import { tagListOf } from "../../shared/wire/dictionary.ts";
import type { Checksum, SeqRange } from "../../shared/wire/names.ts";
import { countOf, holds } from "../../shared/wire/ranges.ts";
import { viewOf } from "./block-view.ts";
import type { Definitions } from "./definitions.ts";
import type { Names } from "./names.ts";
import { spanRows } from "./spans.ts";

/** Sum over compacted frames of an epoch, worked out from their segments; null where one of them is not there. */
export function segmentSum(
  db: Sqlite,
  names: Names,
  definitions: Definitions,
): (epoch: number, ranges: readonly SeqRange[]) => Checksum | null {
  const spansOf = db
    .prepare<[number, number, number], number>(
      "select distinct span from frame_run where epoch = ? and first <= ? and last >= ?",
    )
    .pluck();
  const spans = spanRows(db, names.epochNo, definitions.representation);
  return (epoch, ranges) => {
    const id = names.epochOf(epoch);
    const keys = new Set(ranges.flatMap((range) => spansOf.all(epoch, range.last, range.first)));
    const sums = new Uint32Array(2);
    let found = 0;
    for (const key of keys) {
      const span = spans.load(key, spans.versionsIn(key));
      if (span === null) return null;
      const wanted = span.frames.map((frame) => frame?.epoch === id && holds(ranges, frame.seq));
      found += wanted.filter(Boolean).length;
      for (const [version, piece] of span.pieces) {
        const tags = tagListOf([definitions.version(version)]);
        for (let i = piece.start; i < piece.end; ) {
          // Stretches of wanted readings at a time: their `tag` column is 0, the only entry of the list.
          let end = i;
          while (end < piece.end && wanted[piece.frame[end] ?? 0] === true) end++;
          if (end > i) addReadings(sums, viewOf(piece.readings, i, end), tags, 0, end - i, null);
          i = end + 1;
        }
      }
    }
    if (found !== countOf(ranges)) return null;
    return found === 0 ? noChecksum : { a: sums[0] ?? 0, b: sums[1] ?? 0 };
  };
}
