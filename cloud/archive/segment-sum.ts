import type { Sqlite } from "../../shared/node/sqlite.ts";
import { addChecksums, noChecksum } from "../../shared/wire/checksum.ts";
import type { Checksum, SeqRange } from "../../shared/wire/names.ts";
import { countOf, holds, intersection } from "../../shared/wire/ranges.ts";
import type { Finds } from "./damage.ts";
import type { Definitions } from "./definitions.ts";
import type { FrameRunRow } from "./frame-runs.ts";
import { frameSums } from "./frame-sums.ts";
import type { Names } from "./names.ts";
import { soundSql } from "./schema.ts";
import { spanRows } from "./spans.ts";

/** Sum over compacted frames of an epoch: whole runs have theirs, of others it is worked out from their segments; null where a frame is not there. */
export function segmentSum(
  db: Sqlite,
  names: Names,
  definitions: Definitions,
  finds: Finds,
): (epoch: number, ranges: readonly SeqRange[]) => Checksum | null {
  const runsOf = db.prepare<[number, number, number], FrameRunRow>(
    `select * from frame_run where epoch = ? and first <= ? and last >= ? and ${soundSql("frame_run")}`,
  );
  const spans = spanRows(db, names.epochNo, definitions.version, finds);

  function ofPart(run: FrameRunRow, parts: readonly SeqRange[]): Checksum | null {
    const id = names.epochOf(run.epoch);
    const versions = spans.versionsIn(run.span);
    const span = spans.load(run.span, versions);
    if (span === null || span.pieces.size < versions.length) return null;
    const sums = frameSums(span.frames, span.pieces, definitions.version);
    let sum = noChecksum;
    for (const [f, frame] of span.frames.entries()) {
      if (frame?.epoch !== id || !holds(parts, frame.seq)) continue;
      sum = addChecksums(sum, { a: sums[2 * f] ?? 0, b: sums[2 * f + 1] ?? 0 });
    }
    return sum;
  }

  return (epoch, ranges) => {
    let sum = noChecksum;
    let found = 0;
    for (const range of ranges) {
      for (const run of runsOf.all(epoch, range.last, range.first)) {
        const parts = intersection([run], [range]);
        const whole = countOf(parts) === countOf([run]);
        const part = whole ? run : ofPart(run, parts);
        if (part === null) return null;
        sum = addChecksums(sum, part);
        found += countOf(parts);
      }
    }
    return found === countOf(ranges) ? sum : null;
  };
}
