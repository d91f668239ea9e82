import Database from "better-sqlite3";
import { Block, rawNumber } from "../../shared/domain/reading.ts";
import { representationOf } from "../../shared/domain/tag.ts";
import type { Series } from "./series.ts";

/** The same readings as one row each, in SQLite: what a user would build first. Not synced, to its advantage. */
export interface Rows {
  /** Writes the first `rows` rows of the series, whose tags are numbered from 0; gives the readings. */
  fill(series: Series, rows: number): number;
  /** Copies all that is there `times` more, each time `ms` later. */
  repeat(times: number, ms: number): void;
  /** Least, greatest and average of some tags, in spans of `step` ms; gives how many spans came back. */
  buckets(tags: number, from: number, to: number, step: number): number;
  close(): void;
}

const ROWS_A_TRANSACTION = 5_000;

export function openRows(path: string): Rows {
  const db = new Database(path);
  db.pragma("journal_mode = WAL");
  db.pragma("synchronous = OFF");
  db.pragma("cache_size = -65536");
  db.exec(
    "create table if not exists reading (tag integer, at integer, value real, quality integer, primary key (tag, at)) without rowid",
  );
  const insert = db.prepare("insert into reading values (?, ?, ?, ?)");
  const copy = db.prepare("insert into reading select tag, at + ?, value, quality from reading where at < ?");
  const select = db
    .prepare(
      `select min(value), max(value), avg(value) from reading where tag = ? and at >= ? and at < ? and quality = 0
       group by (at - ?) / ?`,
    )
    .raw();
  return {
    fill(series, rows) {
      const as = series.tags.map(({ kind }) => representationOf(kind));
      const block = new Block();
      let count = 0;
      const write = db.transaction((first: number, last: number) => {
        for (let row = first; row < last; row++) {
          block.clear();
          series.fill(block, row, series.start + row * 1_000);
          for (let i = 0; i < block.length; i++) {
            const tag = block.tag[i] ?? 0;
            insert.run(tag, block.at[i], rawNumber(block, i, as[tag] ?? "double"), (block.status[i] ?? 0) & 3);
          }
          count += block.length;
        }
      });
      for (let row = 0; row < rows; row += ROWS_A_TRANSACTION) write(row, Math.min(rows, row + ROWS_A_TRANSACTION));
      return count;
    },
    repeat(times, ms) {
      const last = Number(db.prepare("select max(at) from reading").pluck().get());
      for (let n = 1; n <= times; n++) copy.run(n * ms, last + 1);
    },
    buckets(tags, from, to, step) {
      let spans = 0;
      for (let tag = 0; tag < tags; tag++) spans += select.all(tag, from, to, from, step).length;
      return spans;
    },
    close: () => db.close(),
  };
}
