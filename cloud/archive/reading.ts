import type { Id } from "../../shared/domain/id.ts";
import type { Block } from "../../shared/domain/reading.ts";
import { decompress } from "../../shared/node/compress.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import type { SeqRange } from "../../shared/wire/names.ts";
import { holds, overlap } from "../../shared/wire/ranges.ts";
import { decodeSegment } from "../../shared/wire/segment.ts";
import { decodeSpan, type Span } from "../../shared/wire/span.ts";
import type { Finds } from "./damage.ts";
import { type Dating, datingOf } from "./dating.ts";
import type { Definitions } from "./definitions.ts";
import { PART } from "./hour.ts";
import type { Piece } from "./merge.ts";
import { placedPiece, spanShifts } from "./placed.ts";
import { recentOf } from "./recent.ts";
import { soundSql } from "./schema.ts";
import { segmentRows } from "./segment-rows.ts";
import { openTailBatch, seqsOnce, sourceOf, type TailBatch, type TailRow, tailColumns } from "./tail.ts";

/** Readings of one tag version, in the order in which its frames were made (their own times may go back). */
export interface Readings {
  /** Number of the version. */
  version: number;
  readings: Block;
  start: number;
  end: number;
  /** Seq of the frame of reading `i`, and its epoch. */
  frameOf(i: number): { epoch: Id; seq: number };
}

/**
 * Raw readings on disk, compacted or still waiting: who asks does not see the difference. Those of frames whose clock was not known come with the time
 * that they were given afterwards, marked, and not at all while they have none. Calls belong inside one read transaction.
 */
export interface ReadingRows {
  /** Everything of these versions in frames that have a reading or were received from `from` to `to` (not included), each frame once; a little more may come along. */
  between(rig: number, versions: readonly number[], from: number, to: number): Readings[];
  /** Of waiting batches only. */
  waiting(rig: number, versions: readonly number[], from: number, to: number): Readings[];
  /** Of compacted frames only, in the same order. */
  compacted(rig: number, versions: readonly number[], from: number, to: number): Readings[];
}

interface Newer {
  byBatch: ReadonlyMap<number, SeqRange[]>;
  byEpoch: ReadonlyMap<Id, SeqRange[]>;
}

/** Readings of decoded batches, and frames of decoded spans, that are kept for the next question. */
const RECENT_READINGS = 1_000_000;
const RECENT_FRAMES = 500_000;

/** What is not as it was written is left out, and told. */
export function readingRows(
  db: Sqlite,
  definitions: Definitions,
  epochOf: (no: number) => Id,
  finds: Finds,
): ReadingRows {
  const spansOf = db
    .prepare<[number, number, number], number>(
      `select key from span where rig = ? and to_at >= ? and from_at < ? order by key % ${PART}, key`,
    )
    .pluck();
  const spanBody = db.prepare<[number], { body: Uint8Array; stamp: number }>(
    "select body, stamp from span where key = ?",
  );
  const segments = segmentRows(db, finds);
  const isThere = db.prepare<[number], number>("select 1 from span where key = ?").pluck();
  const heads = db.prepare<[number, number, number], Pick<TailRow, "no" | "epoch" | "first" | "last" | "counts">>(
    `select no, epoch, first, last, counts from tail
     where rig = ? and to_at >= ? and from_at < ? and ${soundSql("tail")} order by no`,
  );
  const tailOf = db.prepare<[number, number, number], TailRow>(
    `select ${tailColumns} from tail where rig = ? and to_at >= ? and from_at < ? order by no`,
  );
  const dating = datingOf(db, finds);
  const spans = recentOf<string, Span>(RECENT_FRAMES, (span) => span.table.times.receivedAt.length + 1);
  const batches = recentOf<number, TailBatch>(RECENT_READINGS, (batch) => batch.row.readings + 1);

  function spanOf(key: number): Span | undefined {
    const row = spanBody.get(key);
    return row === undefined ? undefined : spans.get(`${key}/${row.stamp}`, () => decodeSpan(row.body));
  }

  /** Frames that wait: by batch (its number) those that count, and all by epoch: where a span has one of them too, what waits is its successor. */
  function newer(rig: number, from: number, to: number): Newer {
    const rows = heads.all(rig, from, to);
    const counting = seqsOnce(rows);
    const byBatch = new Map<number, SeqRange[]>();
    const byEpoch = new Map<Id, SeqRange[]>();
    for (const [i, { no, epoch }] of rows.entries()) {
      const id = epochOf(epoch);
      const ranges = counting[i] ?? [];
      byBatch.set(no, ranges);
      byEpoch.set(id, [...(byEpoch.get(id) ?? []), ...ranges]);
    }
    return { byBatch, byEpoch };
  }

  function ofSpan(
    key: number,
    versions: readonly number[],
    hidden: ReadonlyMap<Id, SeqRange[]>,
    dated: Dating,
  ): Readings[] {
    const found = segments.of(key, versions);
    if (found.length === 0) {
      // The index names it, and the table has it no more.
      if (isThere.get(key) === undefined) finds({ type: "span", span: key });
      return [];
    }
    const span = spanOf(key);
    if (span === undefined) return [];
    const frameAt = framesOf(span);
    const shifts = spanShifts(span.table, dated);
    const someHidden = span.table.runs.some(({ epoch, firstSeq, count }) =>
      (hidden.get(epoch) ?? []).some((range) => overlap(range, { first: firstSeq, last: firstSeq + count - 1 })),
    );
    const counts = (f: number) => !holds(hidden.get(frameAt(f).epoch) ?? [], frameAt(f).seq);
    return found.flatMap(({ version, body }) => {
      const { frame, readings } = decodeSegment(body, span, decompress);
      const piece = { frame, readings, start: 0, end: readings.length };
      const parts = someHidden ? counted(piece, counts) : [piece];
      return parts.map((part) => readingsOf(version, placedPiece(part, shifts), frameAt));
    });
  }

  function waiting(
    rig: number,
    versions: readonly number[],
    from: number,
    to: number,
    { byBatch }: Newer,
    dated: Dating,
  ): Readings[] {
    const found: Readings[] = [];
    for (const row of tailOf.iterate(rig, from, to)) {
      const batch = batches.get(row.no, () => openTailBatch(rig, row, definitions.dictionary, finds) ?? undefined);
      if (batch === undefined) continue;
      // What counts may have become less since the batch was decoded.
      const epoch = epochOf(row.epoch);
      const { frames, pieces } = sourceOf({ ...batch, ranges: byBatch.get(row.no) ?? [] }, epoch, dated);
      const shifts = dated.shifts(epoch, batch.batch.times, (f) => row.first + f);
      for (const version of versions) {
        const piece = pieces.get(version);
        if (piece === undefined) continue;
        for (const part of counted(piece, (f) => frames[f] !== null)) {
          found.push(readingsOf(version, placedPiece(part, shifts), (f) => frames[f] ?? { epoch: "", seq: 0 }));
        }
      }
    }
    return found;
  }

  return {
    between(rig, versions, from, to) {
      const wait = newer(rig, from, to);
      const dated = dating(rig);
      const compacted = spansOf.all(rig, from, to).flatMap((key) => ofSpan(key, versions, wait.byEpoch, dated));
      return [...compacted, ...waiting(rig, versions, from, to, wait, dated)];
    },
    waiting: (rig, versions, from, to) => waiting(rig, versions, from, to, newer(rig, from, to), dating(rig)),
    compacted(rig, versions, from, to) {
      const dated = dating(rig);
      return spansOf.all(rig, from, to).flatMap((key) => ofSpan(key, versions, new Map(), dated));
    },
  };
}

function readingsOf(
  version: number,
  { frame, readings, start, end }: Piece,
  frameAt: (f: number) => { epoch: Id; seq: number },
): Readings {
  return { version, readings, start, end, frameOf: (i) => frameAt(frame[i] ?? 0) };
}

function framesOf({ table }: Span): (f: number) => { epoch: Id; seq: number } {
  return (f) => {
    let before = 0;
    for (const { epoch, firstSeq, count } of table.runs) {
      if (f < before + count) return { epoch, seq: firstSeq + f - before };
      before += count;
    }
    throw new Error(`archive: a span has no frame ${f}`);
  };
}

/** The stretches of a piece whose frames count. */
function counted(piece: Piece, counts: (frame: number) => boolean): Piece[] {
  const parts: Piece[] = [];
  for (let i = piece.start; i < piece.end; ) {
    let end = i;
    while (end < piece.end && counts(piece.frame[end] ?? 0)) end++;
    if (end > i) parts.push({ ...piece, start: i, end });
    i = end + 1;
  }
  return parts;
}
