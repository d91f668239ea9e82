import type { GapEvent } from "../../shared/domain/event.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { addChecksums, noChecksum } from "../../shared/wire/checksum.ts";
import type { Checksum, SeqRange } from "../../shared/wire/names.ts";
import { minus } from "../../shared/wire/ranges.ts";
import { diskRoom, mostBytes } from "./disk-room.ts";
import type { DiskFacts, GoneRange, ThinnedRange } from "./frames.ts";
import { gapOf, goneRanges, openGone } from "./gone.ts";
import { intervalsOf } from "./intervals.ts";
import { soundSql } from "./note-seals.ts";
import { baseOf, MOST_SEQ, ofTelemetry, partsOf, streamOf } from "./schema.ts";
import { openSpanFrames } from "./span-frames.ts";
import { openSpans, type SpanRow } from "./spans.ts";
import { openThinning } from "./thinning.ts";
import { unlessBroken } from "./unless-broken.ts";

/** Share of the budget at which room is made, and share past which SQLite itself refuses to grow. The write-ahead log has the rest. */
export const MAKE_ROOM = 0.8;
const REFUSE = 0.9;
/** The write-ahead log grows as large as the largest transaction. Of its file so much stays; a usual log is written back at half of it. */
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

/** What was deleted, the gap events that tell of it, to be stored in the same transaction, and what was thinned. */
interface Room {
  gaps: GapEvent[];
  gone: GoneRange[];
  thinned: ThinnedRange[];
}

export interface Retention {
  disk(): DiskFacts;
  /** Deletes and thins what the policy says while the file is too full for so many bytes more. Call it inside the storing transaction. */
  makeRoom(bytes: number): Room;
}

/**
 * Keeps the file below its budget. Delivered telemetry goes first, oldest first, then delivered events; then undelivered telemetry is thinned, and where
 * there is nothing more to thin it goes, with a gap event; undelivered events and what defines tags never go. What went stays noted by range
 * with its checksum. Where the file system has only its reserve left, no matter what the budget says, the same makes room within the file, but
 * nothing that is owed goes for that.
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
  const named = goneRanges(db);
  const nextOf = openCandidates(db);
  const spans = openSpans(db);
  const spanFrames = openSpanFrames(db);
  const freed = intervalsOf(db, "freed");
  const thinning = openThinning(db);

  function disk(): DiskFacts {
    const pages = Number(db.pragma("page_count", { simple: true }));
    const free = Number(db.pragma("freelist_count", { simple: true }));
    const [usedBytes, fileBytes] = [(pages - free) * pageBytes, pages * pageBytes];
    return { budgetBytes, usedBytes, fileBytes, room: diskRoom(db.name) };
  }

  /** Deletes, or thins, one slice of the frames whose turn it is; null when nothing more may go. `sparing`: nothing that is owed does. */
  function evictSlice(sparing: boolean): Room | null {
    const next = nextOf();
    if (next === null) return null;
    const thinned = next.owed ? thinning.step() : null;
    if (thinned !== null) return { gaps: [], gone: [], thinned: [thinned] };
    if (next.owed && sparing) return null;
    const packed = spans.at(next.first);
    if (packed !== undefined) return evictSpan(packed);
    const slice = upTo(rows.all(next.first, next.last), budgetBytes * SLICE);
    const [first, last] = [slice[0], slice.at(-1)];
    if (first === undefined || last === undefined) throw new Error(`no frames between ${next.first} and ${next.last}`);
    remove.run(first.key, last.key);
    noteGone(first.key, last.key, slice.reduce(addChecksums, noChecksum), next.owed);
    const sums = next.owed ? Uint32Array.from(slice.flatMap(({ a, b }) => [a, b])) : null;
    const range = named({ first: first.key, last: last.key }, sums);
    const times = slice.map(({ at }) => at);
    const count = slice.reduce((sum, row) => sum + row.count, 0);
    return { gone: [range], gaps: next.owed ? [gapOf(range, times, count, "evicted")] : [], thinned: [] };
  }

  /** A span goes whole; what of it was owed is told. */
  function evictSpan(span: SpanRow): Room {
    const free = freed.within(span.first, span.last);
    const owed = minus([span], free);
    const sums = owed.length === 0 ? null : unlessBroken(() => spanFrames.sums(span));
    const counts = owed.map(({ first, last }) => sums && spanFrames.count(span, first, last));
    spanFrames.forget();
    spans.remove(span);
    if (owed.length === 0) noteGone(span.first, span.last, span, false);
    else for (const { first, last } of free) noteGone(first, last, noChecksum, false);
    const room: Room = { gone: free.map((range) => named(range, null)), gaps: [], thinned: [] };
    for (const [i, keys] of owed.entries()) {
      const own = sums?.slice(2 * (keys.first - span.first), 2 * (keys.last - span.first + 1)) ?? null;
      noteGone(keys.first, keys.last, own === null ? noChecksum : sumOf(own), true);
      const range = named(keys, own);
      room.gone.push(range);
      room.gaps.push(gapOf(range, [span.fromAt, span.toAt], counts[i] ?? null, "evicted"));
    }
    return room;
  }

  return {
    disk,
    makeRoom(bytes) {
      const room: Room = { gaps: [], gone: [], thinned: [] };
      const evict = (sparing: boolean): boolean => {
        const more = evictSlice(sparing);
        room.gone.push(...(more?.gone ?? []));
        room.gaps.push(...(more?.gaps ?? []));
        room.thinned.push(...(more?.thinned ?? []));
        return more !== null;
      };
      const isOver = (most: number): boolean => disk().usedBytes + bytes * PAGE_SLACK > most;
      // A few slices a commit, so that none is slow; as many as it takes where the commit would be refused.
      for (let n = 0; isOver(budgetBytes * (n < SLICES_AT_ONCE ? MAKE_ROOM : REFUSE)); n++) if (!evict(false)) break;
      const { fileBytes, room: left } = disk();
      const most = mostBytes(budgetBytes, fileBytes, left);
      for (let n = 0; n < SLICES_AT_ONCE && isOver(most); n++) if (!evict(true)) break;
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

function sumOf(sums: Uint32Array): Checksum {
  let sum = noChecksum;
  for (let i = 0; i < sums.length; i += 2) sum = addChecksums(sum, { a: sums[i] ?? 0, b: sums[i + 1] ?? 0 });
  return sum;
}

/** Whose turn it is to go, as an interval of keys within one stream: rows, or a span whole. */
function openCandidates(db: Sqlite): () => { first: number; last: number; owed: boolean } | null {
  const freed = db.prepare<[number], SeqRange>(
    `select first, last from freed where ${streamOf("first")} = ? and ${soundSql("freed")} order by first`,
  );
  const defining = db
    .prepare<[number, number], number>("select frame from definition where frame between ? and ? order by frame")
    .pluck();
  const oldestRow = db.prepare<[], number>(`select key from frame where ${ofTelemetry} order by key limit 1`).pluck();
  const oldestSpan = db.prepare<[], SeqRange>("select first, last from span order by first limit 1");
  const spans = openSpans(db);

  /** Where an interval begins with rows or with a span that lies in it whole; a span of which frames are owed is not history. */
  function history({ first, last }: SeqRange): SeqRange | null {
    for (let from = first; from <= last; ) {
      const span = spans.at(from);
      if (span === undefined) return { first: from, last: Math.min(last, rowsEnd(from, last)) };
      if (span.first >= first && span.last <= last) return span;
      from = span.last + 1;
    }
    return null;
  }

  function rowsEnd(from: number, last: number): number {
    const [next] = spans.touching(from, last);
    return next === undefined ? last : next.first - 1;
  }

  return () => {
    for (const interval of freed.iterate(0)) {
      const found = history(interval);
      if (found !== null) return { ...found, owed: false };
    }
    for (const events of freed.iterate(1)) {
      const free = firstWithout(events, defining.all(events.first, events.last));
      if (free !== null) return { ...free, owed: false };
    }
    const [row, span] = [oldestRow.get(), oldestSpan.get()];
    if (span !== undefined && (row === undefined || span.first < row)) return { ...span, owed: true };
    if (row === undefined) return null;
    const end = baseOf(partsOf(row).epochNo, "telemetry") + MOST_SEQ;
    return { first: row, last: Math.min(end, span === undefined ? end : rowsEnd(row, end)), owed: true };
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
