import { existsSync } from "node:fs";
import Database from "better-sqlite3";

export type Sqlite = Database.Database;

/** A step of a schema's history; its place in the list is its number. Never edit one that was released, add one. */
export type Migration = (db: Sqlite) => void;

/**
 * Opens a database whose commits survive a power cut: WAL with synchronous=FULL, both read back after the first write
 * (better-sqlite3 opens WAL files in NORMAL, and a new file falls to it at its first write). Brings the schema up to date in one transaction;
 * a file with a schema that is not known here is refused untouched. `teach` adds what the statements of migrations need.
 */
export function openSqlite(
  path: string,
  migrations: readonly Migration[],
  teach: (db: Sqlite) => void = () => {},
): Sqlite {
  const db = new Database(path);
  try {
    teach(db);
    refuseOldLibrary(db);
    refuseUnknownFile(db, path, migrations.length);
    db.pragma("journal_mode = WAL");
    db.pragma("synchronous = FULL");
    db.pragma("foreign_keys = ON");
    db.pragma("busy_timeout = 5000");
    db.pragma("journal_size_limit = 67108864");
    db.transaction(() => {
      const from = Number(db.pragma("user_version", { simple: true }));
      for (const migrate of migrations.slice(from)) migrate(db);
      // Also where nothing changes: a disk that takes no write is found now.
      db.pragma(`user_version = ${migrations.length}`);
    })();
    assertDurable(db, path);
    return db;
  } catch (cause) {
    db.close();
    throw cause;
  }
}

/** Opens the same file for reading only, beside its writer. */
export function openSqliteReader(path: string): Sqlite {
  // Of a folder that is missing the library speaks as of a wrong call.
  if (!existsSync(path)) throw new Database.SqliteError("unable to open database file", "SQLITE_CANTOPEN");
  return new Database(path, { readonly: true, fileMustExist: true });
}

/** How often connections give back the pages that they keep, ms: what is used is soon there again, out of the system's own memory of the file. */
const GIVE_BACK_MS = 120_000;

/** Bounds what a connection keeps of its file in memory, in kB (without it 16 MB), and lets go of it every two minutes until it is closed: else it grows as the file does. */
export function boundMemory(db: Sqlite, kilobytes: number): void {
  db.pragma(`cache_size = -${kilobytes}`);
  const timer = setInterval(() => {
    if (!db.inTransaction) db.pragma("shrink_memory");
  }, GIVE_BACK_MS);
  timer.unref();
  // Connections are closed in many places, also where an opening failed; the timer would hold each until its next tick.
  const close = db.close.bind(db);
  db.close = () => {
    const closed = close();
    clearInterval(timer);
    return closed;
  };
}

/** Throws unless a commit on this handle is synced before it returns. */
export function assertDurable(db: Sqlite, path: string): void {
  const synchronous = Number(db.pragma("synchronous", { simple: true }));
  const mode = String(db.pragma("journal_mode", { simple: true }));
  const memory = mode === "memory" && path === ":memory:";
  if (synchronous !== 2 || !(mode === "wal" || memory)) {
    throw new Error(
      `${path}: journal_mode=${mode}, synchronous=${synchronous}; wanted wal and 2 (FULL), so nothing is stored`,
    );
  }
}

function refuseOldLibrary(db: Sqlite): void {
  const version = String(db.prepare("select sqlite_version()").pluck().get());
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  // Before 3.51.3 two connections that write and checkpoint can corrupt a WAL file.
  if (major * 1e6 + minor * 1e3 + patch < 3_051_003)
    throw new Error(`SQLite ${version} can corrupt WAL files; 3.51.3 or later is needed`);
}

function refuseUnknownFile(db: Sqlite, path: string, known: number): void {
  const version = Number(db.pragma("user_version", { simple: true }));
  if (version > known) {
    throw new Error(
      `${path} was written by another release (schema ${version}, this one knows ${known}); it is left untouched`,
    );
  }
}
