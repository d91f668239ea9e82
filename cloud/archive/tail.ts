import type { Id } from "../../shared/domain/id.ts";
import { decompress } from "../../shared/node/compress.ts";
import { sealOf } from "../../shared/node/seal.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { decodeBatch, frameChecksums, type TelemetryBatch } from "../../shared/wire/batch-decode.ts";
import { addChecksums, noChecksum } from "../../shared/wire/checksum.ts";
import { type Checksum, lanes, type SeqRange } from "../../shared/wire/names.ts";
import { holds, intersection, minus, union } from "../../shared/wire/ranges.ts";
import { ArchiveDamaged, type Finds } from "./damage.ts";
import type { Dating } from "./dating.ts";
import type { Dictionary } from "./definitions.ts";
import type { FrameEntry, Piece, Source } from "./merge.ts";
import { soundSql } from "./schema.ts";

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
  batch_seal: number;
  /** 1 where all but the batch itself is as it was written. */
  sound: number;
}

/** A waiting batch, decoded. */
export interface TailBatch {
  row: TailRow;
  batch: TelemetryBatch;
  dictionary: Dictionary;
  /** The seqs that count. */
  ranges: readonly SeqRange[];
}

export type DictionaryOf = (rig: number, hash: string) => Dictionary | null;

export const tailColumns = `no, epoch, first, last, counts, dictionary, lane, landed_at, readings, batch, batch_seal, ${soundSql("tail")} as sound`;

/** The seqs of a waiting batch that count, by its row. */
export function seqsOf({ first, last, counts }: Pick<TailRow, "first" | "last" | "counts">): SeqRange[] {
  // Written by the landing, by compaction and by mending alone, from the same type.
  return counts === null ? [{ first, last }] : JSON.parse(counts);
}

/**
 * The seqs of each of these batches, given in the order in which they landed: a frame that waits twice counts where it landed last, as in `merge`.
 */
export function seqsOnce(rows: readonly Pick<TailRow, "epoch" | "first" | "last" | "counts">[]): SeqRange[][] {
  const all = rows.map(seqsOf);
  const parts = all.flatMap((ranges, row) => ranges.map((range) => ({ epoch: rows[row]?.epoch ?? 0, range })));
  parts.sort((x, y) => x.epoch - y.epoch || x.range.first - y.range.first);
  const twice = new Set<number>();
  for (const [i, { epoch, range }] of parts.entries()) {
    const next = parts[i + 1];
    if (next?.epoch === epoch && next.range.first <= range.last) twice.add(epoch);
  }
  const later = new Map<number, SeqRange[]>();
  for (const [i, { epoch }] of [...rows.entries()].reverse()) {
    if (!twice.has(epoch)) continue;
    const [own, since] = [all[i] ?? [], later.get(epoch) ?? []];
    all[i] = minus(own, since);
    later.set(epoch, union(own, since));
  }
  return all;
}

/** The seal of a waiting batch's bytes, under its name. */
export function batchSeal(epoch: number, first: number, last: number, batch: Uint8Array): number {
  return sealOf("batch", epoch, first, last, batch);
}

/** Whether a waiting batch and all that stands beside it is as it was written. */
export function isSound({ sound, epoch, first, last, batch, batch_seal }: TailRow): boolean {
  return sound === 1 && batchSeal(epoch, first, last, batch) === batch_seal;
}

/** A waiting batch, decoded; null, and told, where it is not as it was written. It was decoded once before it landed, so failing is a fault of ours. */
export function openTailBatch(rig: number, row: TailRow, dictionaryOf: DictionaryOf, finds: Finds): TailBatch | null {
  if (!isSound(row)) {
    finds({ type: "tail", no: row.no });
    return null;
  }
  const dictionary = dictionaryOf(rig, row.dictionary);
  if (dictionary === null) {
    const problem = `archive: dictionary ${row.dictionary} of a stored batch is gone`;
    throw new ArchiveDamaged({ type: "file", problem }, problem);
  }
  const batch = decodeBatch(row.batch, dictionary.versions.length, decompress);
  if (batch.stream !== "telemetry") throw new Error(`archive: tail ${row.no} is no telemetry`);
  return { row, batch, dictionary, ranges: seqsOf(row) };
}

/** A waiting batch as frames and readings for a span. `belongs` says of a frame whether it is part of it. */
export function sourceOf(
  { row, batch, dictionary, ranges }: TailBatch,
  epoch: Id,
  dating: Dating,
  belongs: (frame: FrameEntry) => boolean = () => true,
): Source {
  const { receivedAt, mono, clock } = batch.times;
  const late = lanes[row.lane] === "backfill";
  const shifts = dating.shifts(epoch, batch.times, (f) => row.first + f);
  const frames = Array.from(receivedAt, (at, f): FrameEntry | null => {
    const seq = row.first + f;
    if (!holds(ranges, seq)) return null;
    const times = { receivedAt: at, mono: mono[f] ?? 0, clock: clock[f] ?? 2, shift: shifts?.[f] ?? 0 };
    const entry = { epoch, seq, dictionary: row.dictionary, ...times, late, thinned: originalOf(batch, f) };
    return belongs(entry) ? entry : null;
  });
  const pieces = new Map<number, Piece>();
  const { tags, starts, frame, readings } = batch.columns;
  for (const [c, tag] of tags.entries()) {
    const version = dictionary.numbers[tag];
    if (version === undefined) throw new Error(`archive: tag ${tag} of a stored batch is in no dictionary`);
    pieces.set(version, { frame, readings, start: starts[c] ?? 0, end: starts[c + 1] ?? 0 });
  }
  return { frames, pieces };
}

/** What a thinned frame of a batch brings along of its original; null where it is whole. */
function originalOf({ header, originals }: TelemetryBatch, f: number): FrameEntry["thinned"] {
  if (originals === null || header.thinned === null) return null;
  return { bound: header.thinned, checksum: { a: originals[2 * f] ?? 0, b: originals[2 * f + 1] ?? 0 } };
}

/** Sum over those frames of `range` that wait in the tail; `found` says which these are. */
export function tailSum(
  db: Sqlite,
  dictionaryOf: DictionaryOf,
  finds: Finds,
): (rig: number, epoch: number, range: SeqRange) => { sum: Checksum; found: SeqRange[] } {
  const touching = db.prepare<[number, number, number, number], TailRow>(
    `select ${tailColumns} from tail where rig = ? and epoch = ? and first <= ? and last >= ? order by no desc`,
  );
  return (rig, epoch, range) => {
    let sum = noChecksum;
    const found: SeqRange[] = [];
    // Of a frame that waits twice the later one counts.
    for (const row of touching.all(rig, epoch, range.last, range.first)) {
      const opened = openTailBatch(rig, row, dictionaryOf, finds);
      if (opened === null) continue;
      const { batch, dictionary, ranges } = opened;
      const sums = frameChecksums(batch, dictionary.tags);
      const inside = minus(intersection(ranges, [range]), found);
      for (let f = 0; f < batch.header.count; f++) {
        if (!holds(inside, row.first + f)) continue;
        sum = addChecksums(sum, { a: sums[2 * f] ?? 0, b: sums[2 * f + 1] ?? 0 });
      }
      found.push(...inside);
    }
    return { sum, found };
  };
}
