import type { Id } from "../../shared/domain/id.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { partsOf } from "./schema.ts";
import { type FrameRow, openSpans } from "./spans.ts";

/** A span holds at most so many frames and readings: what one pass keeps in memory, and about how long it lets a commit wait. */
const MOST_FRAMES = 3_600;
const MOST_READINGS = 250_000;
/** Fewer frames are not worth a span, unless no more can come. */
const LEAST_FRAMES = 30;
/** Beside the pages in use this share of them stays free, for what comes next. The rest goes back to the disk, so that a backlog that went leaves no big file behind. */
const KEEP_FREE = 0.05;
/** Pages given back a call. */
const MOST_PAGES = 1_000;

/** Turns delivered frames into segments, oldest first, one span a call. Call it inside a transaction. */
export interface Compaction {
  /** True if it packed a span: there may be more. */
  step(running: Id): boolean;
}

export function openCompaction(db: Sqlite): Compaction {
  const spans = openSpans(db);
  const freed = db.prepare<[], { first: number; last: number }>(
    "select first, last from freed where (first / 4294967296) % 2 = 0 order by first",
  );
  const rows = db.prepare<[number, number], FrameRow & { count: number }>(
    "select key, at, count, body from frame where key between ? and ? order by key",
  );
  const dictionaryAt = db.prepare<[number, number], { key: number; hash: Id }>(
    "select key, hash from dictionary_from where key between ? and ? order by key desc limit 1",
  );
  const dictionaryAfter = db
    .prepare<[number, number], number>("select min(key) from dictionary_from where key > ? and key <= ?")
    .pluck();
  const runningNo = db.prepare<[Id], number>("select no from epoch where id = ?").pluck();
  /** Where packing did not read back: left as rows, for as long as this run lasts. */
  let from = 0;

  /** The next rows that go together; null where there are too few yet. */
  function nextRows(first: number, last: number, isRunning: boolean): { rows: FrameRow[]; dictionary: Id } | null {
    const found: FrameRow[] = [];
    let readings = 0;
    let dictionary: Id | null = null;
    let end = last;
    let isFull = false;
    for (const row of rows.iterate(Math.max(first, from), last)) {
      if (dictionary === null) {
        dictionary = dictionaryAt.get(partsOf(row.key).base, row.key)?.hash ?? null;
        end = (dictionaryAfter.get(row.key, last) ?? last + 1) - 1;
      }
      const before = found.at(-1);
      const breaks = row.key > end || (before !== undefined && row.key !== before.key + 1);
      isFull = breaks || (before !== undefined && readings + row.count > MOST_READINGS);
      if (isFull) break;
      found.push(row);
      readings += row.count;
      isFull = found.length >= MOST_FRAMES;
      if (isFull) break;
    }
    if (dictionary === null || (!isFull && (isRunning || found.length < LEAST_FRAMES))) return null;
    return { rows: found, dictionary };
  }

  function giveBack(): void {
    const free = Number(db.pragma("freelist_count", { simple: true }));
    const used = Number(db.pragma("page_count", { simple: true })) - free;
    const spare = Math.floor(free - used * KEEP_FREE);
    if (spare > 0) db.exec(`pragma incremental_vacuum(${Math.min(spare, MOST_PAGES)})`);
  }

  return {
    step(running) {
      const no = runningNo.get(running);
      for (const { first, last } of freed.all()) {
        const next = nextRows(first, last, partsOf(first).epochNo === no);
        if (next === null) continue;
        if (spans.pack(next.rows, next.dictionary)) {
          giveBack();
          return true;
        }
        from = (next.rows.at(-1)?.key ?? from) + 1;
      }
      return false;
    },
  };
}
