import Database from "better-sqlite3";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { isDamageAtOpening } from "./damage.ts";
import { teachNoteSeals } from "./note-seals.ts";
import { MOST_TAGS } from "./parts.ts";

/** A journal's file that was set aside, read as far as it goes; nothing is written to it. */
export interface DamagedFile {
  /** Rows of a small table, from its beginning up to the damage and from its end back to it. `sql` has no order; `by` is its key's column. */
  rows<Row extends object>(sql: string, by: keyof Row & string): Row[];
  /** What a query gives; undefined where it does not read. */
  one<Value>(sql: string, ...given: number[]): Value | undefined;
  /** Rows with keys `first` to `last`, by key; what does not read is passed over. Ends early when it has read enough: all up to `upTo` was tried. */
  between<Row extends { body: Uint8Array }>(
    sql: string,
    first: number,
    last: number,
    keyOf: (row: Row) => number,
  ): { rows: Row[]; upTo: number };
  /** All parts of a span, by a query for its number and positions of tags; null where one does not read. */
  parts<Row>(sql: string, span: number): Row[] | null;
  close(): void;
}

/** So much is read at once. */
const MOST_BYTES = 2_000_000;
const MOST_KEYS = 4_096;
/** Keys that are tried alone, where the disk gives none, in one call. */
const MOST_TRIES = 2_048;

/** Opens it. Null where not even that goes. */
export function openDamagedFile(path: string): DamagedFile | null {
  let db: Sqlite;
  try {
    // Not for reading only: what stands in the write-ahead log has to be taken in first.
    db = new Database(path, { fileMustExist: true });
    db.pragma("query_only = ON");
    teachNoteSeals(db);
  } catch (error) {
    if (isDamageAtOpening(error) || error instanceof Database.SqliteError) return null;
    throw error;
  }

  function unlessDamaged<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (isDamageAtOpening(error)) return undefined;
      throw error;
    }
  }

  function upToDamage<Row>(sql: string): Row[] {
    const rows: Row[] = [];
    unlessDamaged(() => {
      for (const row of db.prepare<[], Row>(sql).iterate()) rows.push(row);
    });
    return rows;
  }

  return {
    rows<Row extends object>(sql: string, by: keyof Row & string): Row[] {
      const found = upToDamage<Row>(`${sql} order by ${by}`);
      const known = new Set(found.map((row) => row[by]));
      const fromEnd = upToDamage<Row>(`${sql} order by ${by} desc`).filter((row) => !known.has(row[by]));
      return [...found, ...fromEnd.reverse()];
    },
    one: <Value>(sql: string, ...given: number[]) =>
      unlessDamaged(() =>
        db
          .prepare<number[], Value>(sql)
          .pluck()
          .get(...given),
      ),
    between<Row extends { body: Uint8Array }>(sql: string, first: number, last: number, keyOf: (row: Row) => number) {
      const rows: Row[] = [];
      const select = unlessDamaged(() => db.prepare<[number, number], Row>(sql));
      if (select === undefined) return { rows, upTo: last };
      let [next, stride, bytes, tries] = [first, MOST_KEYS, 0, 0];
      while (next <= last && bytes < MOST_BYTES && tries < MOST_TRIES) {
        const end = Math.min(last, next + stride - 1);
        const whole = unlessDamaged(() => {
          for (const row of select.iterate(next, end)) {
            rows.push(row);
            bytes += row.body.length;
            next = Math.max(next, keyOf(row)) + 1;
            if (bytes >= MOST_BYTES) return true;
          }
          next = end + 1;
          return true;
        });
        if (whole === true) stride = Math.min(2 * stride, MOST_KEYS);
        else if (stride > 1) stride >>= 1;
        else next += 1;
        tries += 1;
      }
      return { rows, upTo: next - 1 };
    },
    parts: <Row>(sql: string, span: number) =>
      unlessDamaged(() => db.prepare<[number, number, number], Row>(sql).all(span, 0, MOST_TAGS)) ?? null,
    close: () => void db.close(),
  };
}
