import type { Sqlite } from "../../shared/node/sqlite.ts";
import { addChecksums, hashBytes, noChecksum } from "../../shared/wire/checksum.ts";
import type { Checksum, SeqRange } from "../../shared/wire/names.ts";
import { countOf, minus } from "../../shared/wire/ranges.ts";
import type { Definitions } from "./definitions.ts";
import type { Names } from "./names.ts";
import { segmentSum } from "./segment-sum.ts";
import type { SumOf } from "./sqlite-store.ts";
import { tailSum } from "./tail.ts";

/** Checksums of stored frames, worked out from what is stored: for the rare batch that overlaps a held range in part. */
export function sumsOf(db: Sqlite, names: Names, definitions: Definitions): SumOf {
  const eventBytes = db
    .prepare<[number, number, number], Uint8Array>(
      "select body from event_frame where epoch = ? and seq between ? and ?",
    )
    .pluck();
  const inTail = tailSum(db, definitions.dictionary);
  const inSegments = segmentSum(db, names, definitions);

  function ofEvents(epoch: number, range: SeqRange): Checksum {
    const frames = eventBytes.all(epoch, range.first, range.last);
    if (frames.length !== countOf([range])) throw lacking(epoch, [range]);
    return frames.reduce((sum, bytes) => addChecksums(sum, hashBytes(bytes)), noChecksum);
  }

  return (rig, epoch, stream, range) => {
    if (stream === "events") return ofEvents(epoch, range);
    const { sum, found } = inTail(rig, epoch, range);
    const rest = minus([range], found);
    if (rest.length === 0) return sum;
    const compacted = inSegments(epoch, rest);
    if (compacted === null) throw lacking(epoch, rest);
    return addChecksums(sum, compacted);
  };
}

/** Held says that they are stored. Going on would make it say so of what nobody can check. */
function lacking(epoch: number, ranges: readonly SeqRange[]): Error {
  return new Error(`archive: frames ${JSON.stringify(ranges)} of epoch ${epoch} are held and not to be found`);
}
