import { existsSync, rmSync } from "node:fs";
import { workerData } from "node:worker_threads";
import Database from "better-sqlite3";

/**
 * Loaded into the journal's thread before it starts: while the file `<journal>.fault` is there, the next write transaction is committed and then
 * reported as a failed sync, once; that is what a disk does whose fsync fails after the pages have reached it.
 */
const flag = `${workerData.path}.fault`;
const { transaction } = Database.prototype;

Object.defineProperty(Database.prototype, "transaction", {
  value(this: Database.Database, work: (...given: unknown[]) => unknown) {
    const real = transaction.call(this, work);
    const immediate = (...given: unknown[]): unknown => {
      const outcome = real.immediate(...given);
      if (!existsSync(flag)) return outcome;
      rmSync(flag);
      throw new Database.SqliteError("disk I/O error", "SQLITE_IOERR_FSYNC");
    };
    return Object.assign((...given: unknown[]) => real(...given), { immediate });
  },
});
