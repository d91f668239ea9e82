import type { GapEvent } from "../../shared/domain/event.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import type { Checksum, SeqRange } from "../../shared/wire/names.ts";
import type { GoneRange } from "./frames.ts";
import { intervalsOf } from "./intervals.ts";
import { soundSql } from "./note-seals.ts";
import { epochNumbers, partsOf } from "./schema.ts";

/** Notes what was deleted, by range of keys, with the sum of its checksums; neighbours of one kind are one range. Calls belong inside a transaction. */
export function openGone(db: Sqlite) {
  const before = db.prepare<[number, number], { first: number; a: number; b: number }>(
    `select first, a, b from gone where last = ? and evicted = ? and ${soundSql("gone")}`,
  );
  const [freed, thinned] = [intervalsOf(db, "freed"), intervalsOf(db, "thinned")];
  const extend = db.prepare("update gone set last = ?, a = ?, b = ? where first = ?");
  const insert = db.prepare("insert into gone (first, last, a, b, evicted) values (?, ?, ?, ?, ?)");

  return (first: number, last: number, { a, b }: Checksum, evicted: boolean): void => {
    freed.remove(first, last);
    thinned.remove(first, last);
    const touching = before.get(first - 1, evicted ? 1 : 0);
    if (touching === undefined) insert.run(first, last, a, b, evicted ? 1 : 0);
    else extend.run(last, (touching.a + a) >>> 0, (touching.b + b) >>> 0, touching.first);
  };
}

/** Keys of one stream as names; `sums` as GoneRange has them. */
export function goneRanges(db: Sqlite): (keys: SeqRange, sums: Uint32Array | null) => GoneRange {
  const numbers = epochNumbers(db);
  return ({ first, last }, sums) => {
    const { epochNo, stream, base } = partsOf(first);
    return { epoch: numbers.epochOf(epochNo), stream, range: { first: first - base, last: last - base }, sums };
  };
}

/** Tells that these frames are gone, and why: when they closed, and how many readings or events they had, null where nobody can know. */
export function gapOf(
  { epoch, stream, range }: GoneRange,
  times: readonly number[],
  count: number | null,
  reason: GapEvent["reason"],
): GapEvent {
  return {
    type: "gap",
    stream,
    from: Math.min(...times),
    to: Math.max(...times),
    frames: { epoch, firstSeq: range.first, lastSeq: range.last },
    count,
    reason,
  };
}
