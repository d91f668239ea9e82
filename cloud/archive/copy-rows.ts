import Database from "better-sqlite3";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { type SealedTable, soundSql } from "./schema.ts";

/** A table and whether its rows have seals. */
export type ReadAs = { table: SealedTable; isSealed: true } | { table: string; isSealed: false };

/** Rows that one transaction takes. */
const MANY = 500;

/**
 * Copies what can be read of a table and is as it was written; gives how many rows. Where a page cannot be read, it goes on from the other end,
 * so that what lies between two such pages stays behind.
 */
export function copyRows(from: Sqlite, to: Sqlite, { table, isSealed }: ReadAs): number {
  const columns = to
    .prepare<[string], { name: string; pk: number }>("select name, pk from pragma_table_info(?)")
    .all(table);
  const names = columns.map(({ name }) => name);
  const keys = columns.filter(({ pk }) => pk > 0).map(({ name }) => name);
  const put = to.prepare(
    `insert or ignore into ${table} (${names.join(", ")}) values (${names.map((name) => `@${name}`).join(", ")})`,
  );
  let copied = 0;

  /** True when it came to the end, or to rows that are there. */
  function copy(order: "asc" | "desc"): boolean {
    let waiting: unknown[] = [];
    let again = 0;
    const flush = to.transaction(() => {
      for (const row of waiting) {
        const { changes } = put.run(row);
        copied += changes;
        again += 1 - changes;
      }
      waiting = [];
    });
    try {
      const rows = from
        .prepare(
          `select ${names.join(", ")} from ${table} ${isSealed ? `where ${soundSql(table)}` : ""}
           order by ${keys.map((key) => `${key} ${order}`).join(", ")}`,
        )
        .iterate();
      for (const row of rows) {
        waiting.push(row);
        if (waiting.length < MANY) continue;
        flush();
        if (order === "desc" && again > 0) break;
      }
      flush();
      return true;
    } catch (error) {
      // What is wrong with one page, or with the schema, does not stop the others.
      if (!(error instanceof Database.SqliteError)) throw error;
      if (!/^SQLITE_(CORRUPT|NOTADB|IOERR|ERROR)/.test(error.code)) throw error;
      flush();
      return false;
    }
  }

  if (!copy("asc")) copy("desc");
  return copied;
}
