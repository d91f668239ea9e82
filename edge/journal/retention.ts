import type { GapEvent } from "../../shared/domain/event.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { addChecksums, noChecksum } from "../../shared/wire/checksum.ts";
import type { Checksum } from "../../shared/wire/names.ts";
import type { DiskFacts, GoneRange } from "./frames.ts";
import { intervalsOf } from "./intervals.ts";
import { baseOf, epochNumbers, MOST_SEQ, partsOf } from "./schema.ts";
import { openSpans, type SpanRow } from "./spans.ts";

/** Share of the budget at which room is made, and share past which SQLite itself refuses to grow. The write-ahead log has the rest. */
export const MAKE_ROOM = 0.8;
const REFUSE = 0.9;
/** The write-ahead log grows as large as the largest transaction, which may be the whole history, owed again. Of its file so much stays; a usual log is written back at half of it. */
const LOG_BYTES = 8_388_608;
/** Deleted at once: this share of the budget. */
const SLICE = 0.005;
const SLICES_AT_ONCE = 4;
/** Bytes become so many on the disk at most, since pages are not filled to the last. */
const PAGE_SLACK = 1.7;

interface Row {
  key: number;
  at: number;
  count: number;
  a: number;
  b: number;
  bytes: number;
}

/** What was deleted, and the gap events that tell of it, to be stored in the same transaction. */
interface Room {
  gaps: GapEvent[];
  gone: GoneRange[];
}

export interface Retention {
  disk(): DiskFacts;
  /** Deletes what the policy says while the file is too full for so many bytes more. Call it inside the storing transaction. */
  makeRoom(bytes: number): Room;
}

/**
 * Keeps the file below its budget. Delivered telemetry goes first, oldest first, then delivered events, then undelivered telemetry, each with a gap
 * event; undelivered events and what defines tags never go. What went stays noted by range with its checksum.
 */
export function openRetention(db: Sqlite, budgetBytes: number): Retention {
  const pageBytes = Number(db.pragma("page_size", { simple: true }));
  db.pragma(`journal_size_limit = ${LOG_BYTES}`);
  db.pragma(`max_page_count = ${Math.floor((budgetBytes * REFUSE) / pageBytes)}`);
  const rows = db.prepare<[number, number], Row>(
    "select key, at, count, a, b, length(body) as bytes from frame where key between ? and ? order by key limit 4096",
  );
  const remove = db.prepare("delete from frame where key between ? and ?");
  const noteGone = openGone(db);
  const numbers = epochNumbers(db);
  const nextOf = openCandidates(db);
  const spans = openSpans(db);

  function disk(): DiskFacts {
    const pages = Number(db.pragma("page_count", { simple: true }));
    const free = Number(db.pragma("freelist_count", { simple: true }));
    return { budgetBytes, usedBytes: (pages - free) * pageBytes, fileBytes: pages * pageBytes };
  }

  /** Deletes one slice of the frames whose turn it is; null when nothing more may go. */
  function evictSlice(): { gone: GoneRange; gap: GapEvent | null } | null {
    const next = nextOf();
    if (next === null) return null;
    const packed = spans.at(next.first);
    if (packed !== undefined) return evictSpan(packed);
    const slice = upTo(rows.all(next.first, next.last), budgetBytes * SLICE);
    const [first, last] = [slice[0], slice.at(-1)];
    if (first === undefined || last === undefined) throw new Error(`no frames between ${next.first} and ${next.last}`);
    remove.run(first.key, last.key);
    const sum = slice.reduce(addChecksums, noChecksum);
    noteGone(first.key, last.key, sum, next.owed);
    const { epochNo, stream, seq, base } = partsOf(first.key);
    const sums = next.owed ? Uint32Array.from(slice.flatMap(({ a, b }) => [a, b])) : null;
    const range = { epoch: numbers.epochOf(epochNo), stream, range: { first: seq, last: last.key - base }, sums };
    return { gone: range, gap: next.owed ? gapOf(range, slice, "evicted") : null };
  }

  function evictSpan(span: SpanRow): { gone: GoneRange; gap: null } {
    spans.remove(span);
    noteGone(span.first, span.last, span, false);
    const { epochNo, stream, seq, base } = partsOf(span.first);
    const range = { first: seq, last: span.last - base };
    return { gone: { epoch: numbers.epochOf(epochNo), stream, range, sums: null }, gap: null };
  }

  return {
    disk,
    makeRoom(bytes) {
      const room: Room = { gaps: [], gone: [] };
      const full = (share: number): boolean => disk().usedBytes + bytes * PAGE_SLACK > budgetBytes * share;
      // A few slices a commit, so that none is slow; as many as it takes where the commit would be refused.
      for (let n = 0; full(n < SLICES_AT_ONCE ? MAKE_ROOM : REFUSE); n++) {
        const more = evictSlice();
        if (more === null) break;
        room.gone.push(more.gone);
        if (more.gap !== null) room.gaps.push(more.gap);
      }
      return room;
    },
  };
}

/** The leading rows that together have about this many bytes; at least one, consecutive. */
function upTo(rows: readonly Row[], bytes: number): Row[] {
  const slice: Row[] = [];
  let sum = 0;
  for (const row of rows) {
    const before = slice.at(-1);
    if (before !== undefined && (sum >= bytes || row.key !== before.key + 1)) break;
    slice.push(row);
    sum += row.bytes;
  }
  return slice;
}

/** Whose turn it is to go, as an interval of keys within one stream. */
function openCandidates(db: Sqlite): () => { first: number; last: number; owed: boolean } | null {
  type Interval = { first: number; last: number };
  const freed = db.prepare<[number], Interval>(
    "select first, last from freed where (first / 4294967296) % 2 = ? order by first",
  );
  const defining = db
    .prepare<[number, number], number>("select frame from definition where frame between ? and ? order by frame")
    .pluck();
  const oldestTelemetry = db
    .prepare<[], number>("select key from frame where (key / 4294967296) % 2 = 0 order by key limit 1")
    .pluck();
  return () => {
    const telemetry = freed.get(0);
    if (telemetry !== undefined) return { ...telemetry, owed: false };
    for (const events of freed.iterate(1)) {
      const free = firstWithout(events, defining.all(events.first, events.last));
      if (free !== null) return { ...free, owed: false };
    }
    const first = oldestTelemetry.get();
    if (first === undefined) return null;
    const { epochNo } = partsOf(first);
    return { first, last: baseOf(epochNo, "telemetry") + MOST_SEQ, owed: true };
  };
}

/** The first part of an interval that holds none of these keys. */
function firstWithout(interval: { first: number; last: number }, keys: readonly number[]) {
  let first = interval.first;
  for (const key of keys) {
    if (key > first) return { first, last: key - 1 };
    first = key + 1;
  }
  return first <= interval.last ? { first, last: interval.last } : null;
}

/** Notes what was deleted, by range, with the sum of its checksums; neighbours of one kind are one range. */
export function openGone(db: Sqlite) {
  const before = db.prepare<[number, number], { first: number; a: number; b: number }>(
    "select first, a, b from gone where last = ? and evicted = ?",
  );
  const freed = intervalsOf(db, "freed");
  const extend = db.prepare("update gone set last = ?, a = ?, b = ? where first = ?");
  const insert = db.prepare("insert into gone (first, last, a, b, evicted) values (?, ?, ?, ?, ?)");

  return (first: number, last: number, { a, b }: Checksum, evicted: boolean): void => {
    freed.remove(first, last);
    const touching = before.get(first - 1, evicted ? 1 : 0);
    if (touching === undefined) insert.run(first, last, a, b, evicted ? 1 : 0);
    else extend.run(last, (touching.a + a) >>> 0, (touching.b + b) >>> 0, touching.first);
  };
}

/** Tells that these frames are gone, and why. */
export function gapOf(
  { epoch, stream, range }: GoneRange,
  slice: readonly { at: number; count: number }[],
  reason: GapEvent["reason"],
): GapEvent {
  const times = slice.map(({ at }) => at);
  return {
    type: "gap",
    stream,
    from: Math.min(...times),
    to: Math.max(...times),
    frames: { epoch, firstSeq: range.first, lastSeq: range.last },
    count: slice.reduce((sum, row) => sum + row.count, 0),
    reason,
  };
}
