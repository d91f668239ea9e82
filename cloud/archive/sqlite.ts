import { existsSync } from "node:fs";
import Database from "better-sqlite3";
import { newId } from "../../shared/node/data-folder.ts";
import { assertDurable, openSqlite, type Sqlite } from "../../shared/node/sqlite.ts";
import { applying } from "./applying.ts";
import type { Archive } from "./archive.ts";
import { compactorOf } from "./compact.ts";
import type { Compaction } from "./compaction.ts";
import { definitionsOf } from "./definitions.ts";
import { namesOf } from "./names.ts";
import { migrations } from "./schema.ts";
import { sqliteStore } from "./sqlite-store.ts";
import { sumsOf } from "./sums.ts";

/** Large rows fill whole pages of any size but for the last; small pages leave less of that one empty, and a commit writes fewer bytes. */
const PAGE_BYTES = 1_024;

/** The WAL goes into the file when it has grown so far. */
const CHECKPOINT_BYTES = 4 * 1024 * 1024;

/**
 * The archive in one SQLite file, for one writing process. Commits are synced before they resolve (WAL, synchronous=FULL, read back).
 * Every opening is a new incarnation.
 */
export function openSqliteArchive(path: string): Archive {
  if (path !== ":memory:" && !existsSync(path)) layOut(path);
  const db = openSqlite(path, migrations);
  db.pragma("cache_size = -65536");
  db.pragma(`wal_autocheckpoint = ${CHECKPOINT_BYTES / PAGE_BYTES}`);
  const incarnation = newId();
  db.prepare("insert or replace into note (name, value) values ('incarnation', ?)").run(incarnation);
  const names = namesOf(db);
  const definitions = definitionsOf(db);
  const store = sqliteStore(db, names, sumsOf(db, names, definitions), definitions);
  const compactor = compactorOf(db, names, definitions);
  const put = applying(db);
  let failed: unknown = null;

  async function write<T>(work: () => T, isTheEnd: (error: unknown) => boolean): Promise<T> {
    if (failed !== null) throw new Error("the archive has failed before; open it anew", { cause: failed });
    try {
      return db.transaction(work).immediate();
    } catch (error) {
      store.forget();
      if (isTheEnd(error)) failed = error;
      throw error;
    }
  }
  const apply = (compaction: Compaction) =>
    write(
      () => put(compaction),
      () => true,
    );

  return {
    incarnation,
    transaction: (work) =>
      write(() => {
        const result = work(store);
        store.flush();
        return result;
      }, isOfStorage),
    async compact(budgetMs, settleMs = 0) {
      const end = performance.now() + budgetMs;
      while (performance.now() < end) {
        const compaction = compactor.next(Date.now() - settleMs);
        if (compaction === null) break;
        await apply(compaction);
      }
      return compactor.waiting();
    },
    apply,
    async close() {
      assertDurable(db, path);
      db.close();
    },
  };
}

/** Whether it is the disk or the file that failed, and not a value that a table does not take. */
function isOfStorage(error: unknown): boolean {
  return error instanceof Database.SqliteError && !/^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG|RANGE)/.test(error.code);
}

/** The size of a page is fixed with the first write, which must come before the file becomes WAL. */
function layOut(path: string): void {
  const db: Sqlite = new Database(path);
  db.pragma(`page_size = ${PAGE_BYTES}`);
  db.exec("vacuum");
  db.close();
}
