import type { Sqlite } from "../../shared/node/sqlite.ts";
import { addChecksums, hashBytes, noChecksum } from "../../shared/wire/checksum.ts";
import type { Checksum, SeqRange } from "../../shared/wire/names.ts";
import { countOf, minus } from "../../shared/wire/ranges.ts";
import { ArchiveDamaged, type Finds } from "./damage.ts";
import type { Definitions } from "./definitions.ts";
import type { Names } from "./names.ts";
import { soundSql } from "./schema.ts";
import { segmentSum } from "./segment-sum.ts";
import type { SumOf } from "./sqlite-store.ts";
import { tailSum } from "./tail.ts";

/** Checksums of stored frames, worked out from what is stored: for the rare batch that overlaps a held range in part. */
export function sumsOf(db: Sqlite, names: Names, definitions: Definitions, finds: Finds): SumOf {
  const eventBytes = db
    .prepare<[number, number, number], Uint8Array>(
      `select body from event_frame where epoch = ? and seq between ? and ? and ${soundSql("event_frame")}`,
    )
    .pluck();
  const inTail = tailSum(db, definitions.dictionary, finds);
  const inSegments = segmentSum(db, names, definitions, finds);

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
  const problem = `archive: frames ${JSON.stringify(ranges)} of epoch ${epoch} are held and not to be found`;
  return new ArchiveDamaged({ type: "lacking" }, problem);
}
