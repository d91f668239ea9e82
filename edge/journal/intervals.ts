import type { Sqlite } from "../../shared/node/sqlite.ts";
import { soundSql } from "./note-seals.ts";

/** Closed intervals of integers in a table with columns `first` and `last`: disjoint, never touching. Calls belong inside a transaction. */
export interface Intervals {
  add(first: number, last: number): void;
  remove(first: number, last: number): void;
  /** The parts of the table's intervals that lie within, ascending. */
  within(first: number, last: number): { first: number; last: number }[];
}

export function intervalsOf(db: Sqlite, table: "freed" | "gone" | "thinned"): Intervals {
  // Of one that is not as it was written nothing is believed: what it says is freed is sent again.
  const touching = db.prepare<[number, number], { first: number; last: number }>(
    `select first, last from ${table} where first <= ? and last >= ? and ${soundSql(table)} order by first`,
  );
  const drop = db.prepare(`delete from ${table} where first = ?`);
  // In the place of one that is not: what begins there is known now.
  const put = db.prepare(`insert or replace into ${table} (first, last) values (?, ?)`);
  return {
    add(first, last) {
      let [from, to] = [first, last];
      for (const one of touching.all(last + 1, first - 1)) {
        from = Math.min(from, one.first);
        to = Math.max(to, one.last);
        drop.run(one.first);
      }
      put.run(from, to);
    },
    remove(first, last) {
      for (const one of touching.all(last, first)) {
        drop.run(one.first);
        if (one.first < first) put.run(one.first, first - 1);
        if (one.last > last) put.run(last + 1, one.last);
      }
    },
    within(first, last) {
      return touching
        .all(last, first)
        .map((one) => ({ first: Math.max(one.first, first), last: Math.min(one.last, last) }));
    },
  };
}
