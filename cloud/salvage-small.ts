import { statSync } from "node:fs";
import Database from "better-sqlite3";
import { isDamaged } from "../shared/node/disk-errors.ts";
import { teachSeals } from "../shared/node/seal.ts";
import { removeDatabase, replaceDamaged } from "../shared/node/set-aside.ts";
import { type Migration, openSqlite, openSqliteReader, type Sqlite } from "../shared/node/sqlite.ts";

interface SmallTable {
  table: string;
  /** SQL that is 1 for a row that is as it was written. */
  sound: string;
  /** The schema's number from which on that can be asked; absent: from the first. */
  since?: number;
  /** SQL for the seal of its rows that are older than that. */
  seal?: string;
}

/** A small database that is read as a whole: its file, its schema's history, and what of it may be taken over. */
export interface SmallDatabase {
  path: string;
  migrations: readonly Migration[];
  /** Tables that are taken over row by row, those first that others hang on. */
  tables: readonly SmallTable[];
  /** Puts into a new file what it must say of its making. */
  mark(db: Sqlite, why: string): void;
}

/** Why a small database cannot be believed as it is; null where it can. Damage only: what the disk refuses to read is thrown. */
export function damageOf({ path, migrations, tables }: SmallDatabase): string | null {
  if (!isFile(path)) return "it is no file";
  let db: Sqlite | null = null;
  try {
    db = teachSeals(openSqliteReader(path));
    const said = String(db.pragma("integrity_check(1)", { simple: true }));
    if (said !== "ok") return said;
    // Made, and not laid out yet.
    const version = Number(db.pragma("user_version", { simple: true }));
    if (version === 0) return null;
    const has = db.prepare<[string], number>("select 1 from sqlite_schema where type = 'table' and name = ?").pluck();
    for (const { table, sound, since = 0 } of tables) {
      // An earlier release's file gets it when it is opened.
      if (version < since || (version < migrations.length && has.get(table) === undefined)) continue;
      const unsound = db.prepare(`select count(*) from ${table} where not (${sound})`).pluck().get();
      if (unsound !== 0) return `${String(unsound)} rows of ${table} are not as they were written`;
    }
    return null;
  } catch (error) {
    if (isDamaged(error)) return String(error);
    throw error;
  } finally {
    db?.close();
  }
}

/** Puts a new file in the place of a damaged or missing one, with what can be read and is as it was written; gives where the old one is kept. */
export function renewSmall(small: SmallDatabase, why: string): string {
  const { path, migrations, tables, mark } = small;
  const fresh = `${path}.salvaging`;
  removeDatabase(fresh);
  const db = openSqlite(fresh, migrations, teachSeals);
  try {
    db.pragma("foreign_keys = OFF");
    for (const each of tables) {
      const { rows, old } = readable(path, each);
      for (const row of rows) put(db, each.table, row);
      if (old && each.seal !== undefined) db.exec(`update ${each.table} set seal = ${each.seal}`);
    }
    mark(db, why);
  } finally {
    db.close();
  }
  return replaceDamaged(path, fresh);
}

/** Rows up to the first page that cannot be read; `old`: of a schema that did not seal them. */
function readable(path: string, { table, sound, since = 0 }: SmallTable) {
  const rows: Record<string, unknown>[] = [];
  let old = false;
  if (!isFile(path)) return { rows, old };
  let db: Sqlite | null = null;
  try {
    db = teachSeals(openSqliteReader(path));
    old = Number(db.pragma("user_version", { simple: true })) < since;
    const where = old ? "1" : sound;
    for (const row of db.prepare<[], Record<string, unknown>>(`select * from ${table} where ${where}`).iterate())
      rows.push(row);
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error;
  } finally {
    db?.close();
  }
  return { rows, old };
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function put(db: Sqlite, table: string, row: Record<string, unknown>): void {
  const names = Object.keys(row);
  db.prepare(
    `insert or ignore into ${table} (${names.join(", ")}) values (${names.map((name) => `@${name}`).join(", ")})`,
  ).run(row);
}
