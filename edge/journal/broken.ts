import type { Id } from "../../shared/domain/id.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { WireError } from "../../shared/wire/bytes.ts";
import type { Stream } from "../../shared/wire/names.ts";
import type { GoneRange } from "./frames.ts";
import { intervalsOf } from "./intervals.ts";
import { openGone } from "./retention.ts";
import { baseOf, epochNumbers, partsOf } from "./schema.ts";

/** What a decoder gives; null where the bytes are not those that were written. */
export function unlessBroken<T>(decode: () => T): T | null {
  try {
    return decode();
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
}

/** A frame by its name. */
export interface FrameName {
  epoch: Id;
  stream: Stream;
  seq: number;
}

/** A frame that was taken out. */
export interface TakenOut {
  gone: GoneRange;
  key: number;
  /** When it closed, ms UTC. */
  at: number;
  /** Readings or events that were in it. */
  count: number;
}

/** Frames whose bits the disk did not keep. Calls belong inside a transaction. */
export interface Broken {
  /** Takes the frame from where it stands and keeps its bytes aside, the newest hundred such; what it was if it was taken out before; null if it is no row. */
  takeOut(key: number): TakenOut | null;
  keyOf(frame: FrameName): number;
}

const KEPT_ASIDE = 100;

interface Row {
  at: number;
  count: number;
  a: number;
  b: number;
  owed: number;
}

export function openBroken(db: Sqlite): Broken {
  const numbers = epochNumbers(db);
  const freed = intervalsOf(db, "freed");
  const noteGone = openGone(db);
  const aside = db.prepare(
    "insert into broken (key, at, count, a, b, owed, body) select key, at, count, a, b, ?, body from frame where key = ?",
  );
  const remove = db.prepare("delete from frame where key = ?");
  const find = db.prepare<[number], Row>("select at, count, a, b, owed from broken where key = ?");
  const forget = db.prepare("delete from broken where no <= (select max(no) from broken) - ?");

  return {
    takeOut(key) {
      const owed = freed.within(key, key).length === 0;
      const moved = aside.run(owed ? 1 : 0, key).changes > 0;
      const row = find.get(key);
      if (row === undefined) return null;
      if (moved) {
        remove.run(key);
        noteGone(key, key, row, owed);
        forget.run(KEPT_ASIDE);
      }
      const { epochNo, stream, seq } = partsOf(key);
      const { at, count, a, b } = row;
      const sums = row.owed === 1 ? Uint32Array.of(a, b) : null;
      const gone = { epoch: numbers.epochOf(epochNo), stream, range: { first: seq, last: seq }, sums };
      return { gone, key, at, count };
    },
    keyOf: ({ epoch, stream, seq }) => baseOf(numbers.numberOf(epoch), stream) + seq,
  };
}
