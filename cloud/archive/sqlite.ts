import { existsSync } from "node:fs";
import { newId } from "../../shared/node/id.ts";
import { teachSeals } from "../../shared/node/seal.ts";
import { assertDurable, boundMemory, openSqlite } from "../../shared/node/sqlite.ts";
import { alarmRows } from "./alarm-rows.ts";
import { applying } from "./applying.ts";
import type { Archive } from "./archive.ts";
import { compactorOf } from "./compact.ts";
import type { Compaction } from "./compaction.ts";
import { type Damage, type Finds, foundOf, isOfContent, isOfStorage } from "./damage.ts";
import { definitionsOf } from "./definitions.ts";
import { epochRows } from "./epoch-rows.ts";
import { checkFoundations } from "./foundations.ts";
import { heldRows } from "./held.ts";
import { layOut, PAGE_BYTES } from "./lay-out.ts";
import { mending } from "./mending.ts";
import { namesOf } from "./names.ts";
import { repeating } from "./repeating.ts";
import { migrations } from "./schema.ts";
import { spanMending } from "./span-mending.ts";
import { sqliteStore } from "./sqlite-store.ts";
import { sumsOf } from "./sums.ts";

/** The WAL goes into the file when it has grown so far. */
const CHECKPOINT_BYTES = 4 * 1024 * 1024;

/**
 * The archive in one SQLite file, for one writing process. Commits are synced before they resolve (WAL, synchronous=FULL, read back).
 * Every opening is a new incarnation. Throws ArchiveDamaged where what all else hangs on is not as it was written; other damages that it comes
 * upon are told to `finds`.
 */
export function openSqliteArchive(path: string, tell: Finds = () => {}): Archive {
  if (path !== ":memory:" && !existsSync(path)) layOut(path);
  const db = openSqlite(path, migrations, teachSeals);
  const incarnation = newId();
  try {
    boundMemory(db, 65_536);
    db.pragma(`wal_autocheckpoint = ${CHECKPOINT_BYTES / PAGE_BYTES}`);
    checkFoundations(db);
    db.prepare("insert or replace into note (name, value) values ('incarnation', ?)").run(incarnation);
  } catch (cause) {
    db.close();
    throw cause;
  }
  const { finds } = foundOf(tell);
  const names = namesOf(db);
  const definitions = definitionsOf(db);
  const sumOf = sumsOf(db, names, definitions, finds);
  const store = sqliteStore(db, names, sumOf, definitions, finds);
  const compactor = compactorOf(db, names, definitions, finds);
  const put = applying(db);
  const mend = mending({
    db,
    held: heldRows(db),
    epochs: epochRows(db),
    sumOf,
    spans: spanMending(db),
    repeat: repeating(db, names, definitions, alarmRows(db)),
  });
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
      (error) => !isOfContent(error),
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
    async mend(damages: readonly Damage[]) {
      const frames = await write(
        () => mend(damages),
        () => true,
      );
      failed = new Error("the archive was mended");
      return frames;
    },
    async close() {
      try {
        if (failed === null) assertDurable(db, path);
      } finally {
        db.close();
      }
    },
  };
}
