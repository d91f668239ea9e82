import type { Id } from "../../shared/domain/id.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { decodeFrame } from "../../shared/wire/frame.ts";
import { maxSegmentBytes } from "../../shared/wire/limits.ts";
import type { SeqRange } from "../../shared/wire/names.ts";
import { minus, type Ranges, withRange } from "../../shared/wire/ranges.ts";
import { openBroken } from "./broken.ts";
import type { GoneRange } from "./frames.ts";
import { intervalsOf } from "./intervals.ts";
import { soundSql } from "./note-seals.ts";
import { bodyBytes, partsOf, streamOf } from "./schema.ts";
import { type FrameRow, openSpans } from "./spans.ts";
import { unlessBroken } from "./unless-broken.ts";

/** A span holds at most so many frames and readings: what one pass keeps in memory, and about how long it lets a commit wait. */
const MOST_FRAMES = 1_800;
const MOST_READINGS = 250_000;
/** And so many bytes of frames: less than one segment may have, since all may be of one tag. */
const MOST_BYTES = maxSegmentBytes - 65_536;
/** Fewer frames are not worth a span, unless no more can come. */
const LEAST_FRAMES = 30;
/** Beside the pages in use this share of them stays free, for what comes next. The rest goes back to the disk, so that a backlog that went leaves no big file behind. */
const KEEP_FREE = 0.05;
/** Pages given back a call. */
const MOST_PAGES = 1_000;

/** What came of one call. */
export interface Compacted {
  /** It did something: there may be more to do. */
  more: boolean;
  /** Frames whose bits had changed, taken out of the rig's own history. */
  gone: GoneRange[];
  /** What went wrong, for the log. */
  problems: string[];
}

/** Turns delivered frames into segments, oldest first, one span a call. Call it inside a transaction. */
export interface Compaction {
  step(running: Id): Compacted;
}

export function openCompaction(db: Sqlite): Compaction {
  const spans = openSpans(db);
  const freed = db.prepare<[], { first: number; last: number }>(
    `select first, last from freed where ${streamOf("first")} = 0 and ${soundSql("freed")} order by first`,
  );
  const rows = db.prepare<[number, number], FrameRow & { count: number }>(
    `select key, at, count, ${bodyBytes} from frame where key between ? and ? order by key`,
  );
  const dictionaryAt = db.prepare<[number, number], { key: number; hash: Id }>(
    "select key, hash from dictionary_from where key between ? and ? order by key desc limit 1",
  );
  const dictionaryAfter = db
    .prepare<[number, number], number>("select min(key) from dictionary_from where key > ? and key <= ?")
    .pluck();
  const runningNo = db.prepare<[Id], number>("select no from epoch where id = ?").pluck();
  const broken = openBroken(db);
  const thinned = intervalsOf(db, "thinned");
  /** Where packing did not read back: left as rows, for as long as this run lasts. */
  let left: Ranges = [];

  /** The next rows that go together; null where there are too few yet. */
  function nextRows(first: number, last: number, isRunning: boolean): { rows: FrameRow[]; dictionary: Id } | null {
    const found: FrameRow[] = [];
    let readings = 0;
    let bytes = 0;
    let dictionary: Id | null = null;
    let end = last;
    let isFull = false;
    for (const row of rows.iterate(first, last)) {
      if (dictionary === null) {
        dictionary = dictionaryAt.get(partsOf(row.key).base, row.key)?.hash ?? null;
        end = (dictionaryAfter.get(row.key, last) ?? last + 1) - 1;
      }
      const before = found.at(-1);
      const breaks = row.key > end || (before !== undefined && row.key !== before.key + 1);
      const isMore = readings + row.count > MOST_READINGS || bytes + row.body.length > MOST_BYTES;
      isFull = breaks || (before !== undefined && isMore);
      if (isFull) break;
      found.push(row);
      readings += row.count;
      bytes += row.body.length;
      isFull = found.length >= MOST_FRAMES;
      if (isFull) break;
    }
    if (dictionary === null || (!isFull && (isRunning || found.length < LEAST_FRAMES))) return null;
    return { rows: found, dictionary };
  }

  /** Thinned frames stay as rows: the checksums of what they were cannot be worked out from what a span has. */
  function whole(interval: SeqRange): SeqRange[] {
    return minus([interval], [...left, ...thinned.within(interval.first, interval.last)]);
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
      const problems: string[] = [];
      for (const { first, last } of freed.all().flatMap(whole)) {
        const next = nextRows(first, last, partsOf(first).epochNo === no);
        if (next === null) continue;
        if (unlessBroken(() => spans.pack(next.rows, next.dictionary)) === true) {
          giveBack();
          return { more: true, gone: [], problems };
        }
        const changed = next.rows.filter(({ body }) => unlessBroken(() => decodeFrame(body)) === null);
        if (changed.length > 0) {
          const gone = changed.flatMap(({ key }) => broken.takeOut(key).gone);
          problems.push(...gone.map((frame) => `${nameOf(frame)}: its bits have changed; it is taken out`));
          return { more: true, gone, problems };
        }
        const range = { first: next.rows[0]?.key ?? first, last: next.rows.at(-1)?.key ?? last };
        left = withRange(left, range);
        problems.push(
          `frames with keys ${range.first} to ${range.last} cannot be packed, or do not read back; they stay as rows`,
        );
      }
      return { more: problems.length > 0, gone: [], problems };
    },
  };
}

function nameOf({ epoch, stream, range }: GoneRange): string {
  return `${stream} ${range.first} of epoch ${epoch}`;
}
