import { decompress } from "../../shared/node/compress.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { decodeBatch, frameChecksums, type TelemetryBatch } from "../../shared/wire/batch-decode.ts";
import { noChecksum, plus } from "../../shared/wire/held.ts";
import type { Checksum, SeqRange } from "../../shared/wire/names.ts";
import { holds, intersection } from "../../shared/wire/ranges.ts";
import type { TagVersion } from "../../shared/domain/tag.ts";
import { tagListOf } from "./tag-list.ts";

/** A batch that waits for compaction, as it came. */
export interface TailRow {
  no: number;
  epoch: number;
  first: number;
  last: number;
  /** JSON of the seqs that count; null for all. */
  counts: string | null;
  dictionary: string;
  lane: number;
  landed_at: number;
  readings: number;
  batch: Uint8Array;
}

/** A waiting batch, decoded. */
export interface TailBatch {
  row: TailRow;
  batch: TelemetryBatch;
  dictionary: readonly TagVersion[];
  /** The seqs that count. */
  ranges: readonly SeqRange[];
}

export type DictionaryOf = (rig: number, hash: string) => readonly TagVersion[] | null;

export const tailColumns = "no, epoch, first, last, counts, dictionary, lane, landed_at, readings, batch";

/** Decodes a waiting batch; it was decoded once before it landed, so failing is a fault of the archive. */
export function openTailBatch(rig: number, row: TailRow, dictionaryOf: DictionaryOf): TailBatch {
  const dictionary = dictionaryOf(rig, row.dictionary);
  if (dictionary === null) throw new Error(`archive: dictionary ${row.dictionary} of a stored batch is gone`);
  const batch = decodeBatch(row.batch, dictionary.length, decompress);
  if (batch.stream !== "telemetry") throw new Error(`archive: tail ${row.no} is no telemetry`);
  const ranges: SeqRange[] =
    row.counts === null ? [{ first: row.first, last: row.last }] : JSON.parse(row.counts);
  return { row, batch, dictionary, ranges };
}

/** Sum over those frames of `range` that wait in the tail; `found` says which these are. */
export function tailSum(
  db: Sqlite,
  dictionaryOf: DictionaryOf,
): (rig: number, epoch: number, range: SeqRange) => { sum: Checksum; found: SeqRange[] } {
  const touching = db.prepare<[number, number, number, number], TailRow>(
    `select ${tailColumns} from tail where rig = ? and epoch = ? and first <= ? and last >= ? order by no`,
  );
  return (rig, epoch, range) => {
    let sum = noChecksum;
    const found: SeqRange[] = [];
    for (const row of touching.all(rig, epoch, range.last, range.first)) {
      const { batch, dictionary, ranges } = openTailBatch(rig, row, dictionaryOf);
      const sums = frameChecksums(batch, tagListOf(dictionary));
      const inside = intersection(ranges, [range]);
      for (let f = 0; f < batch.header.count; f++) {
        if (!holds(inside, row.first + f)) continue;
        sum = plus(sum, { a: sums[2 * f] ?? 0, b: sums[2 * f + 1] ?? 0 });
      }
      found.push(...inside);
    }
    return { sum, found };
  };
}
