import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import Database from "better-sqlite3";
import { isDamaged, takesNoWrite } from "./disk-errors.ts";
import { writeDurably } from "./durable-file.ts";
import { newId } from "./id.ts";
import type { Sqlite } from "./sqlite.ts";

/**
 * Takes a part's own folder below the data folder, for this process alone: the lock goes with the process, however it ends.
 * Throws when another process has it. A lock file that is damaged is kept beside and made anew. Writes `<data>/<part>.pid`. A disk that takes nothing takes no second process's data either: there it goes
 * without a lock, or without the pid, and `pidFault` says why.
 */
export function openDataFolder(
  data: string,
  part: "rig" | "edge" | "cloud",
): { path: string; pidFault: string | null; close(): void } {
  const path = join(data, part);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const lock = takeLock(join(path, "lock"));
  const pidFile = join(data, `${part}.pid`);
  const pidFault = unlessRefused(() => writeDurably(pidFile, `${process.pid}\n`, 0o644));
  return {
    path,
    pidFault,
    close() {
      if (existsSync(pidFile) && readFileSync(pidFile, "utf8").trim() === String(process.pid)) rmSync(pidFile);
      lock.close();
    },
  };
}

/** What a full disk says to a write that can be done without; null where it was done. */
function unlessRefused(write: () => void): string | null {
  try {
    write();
    return null;
  } catch (error) {
    if (!takesNoWrite(error)) throw error;
    return error instanceof Error ? error.message : String(error);
  }
}

/** An exclusive SQLite lock is an fcntl lock: the kernel drops it at kill -9, unlike a file that merely exists. */
function takeLock(path: string): { close(): void } {
  const held = tryLock(path);
  if (!("error" in held)) return held;
  const { error } = held;
  const code = error instanceof Database.SqliteError ? error.code : "";
  if (/^SQLITE_(BUSY|LOCKED)/.test(code))
    throw new Error(`${dirname(path)} is in use by another process; one daemon at a time`, { cause: error });
  // SQLite calls a file read-only whose header names a format of the future, as a damaged one may.
  const doubtful = isDamaged(error) || code.startsWith("SQLITE_READONLY") || isFolder(path);
  if (doubtful && unlessRefused(() => setAside(path)) === null) {
    const anew = tryLock(path);
    if (!("error" in anew)) return anew;
    if (!takesNoWrite(anew.error)) throw new Error(`${path} cannot be locked`, { cause: anew.error });
  } else if (!takesNoWrite(error)) throw new Error(`${path} cannot be locked`, { cause: error });
  return { close: () => {} };
}

function tryLock(path: string): { close(): void } | { error: unknown } {
  let lock: Sqlite | null = null;
  try {
    lock = new Database(path, { timeout: 0 });
    lock.pragma("locking_mode = EXCLUSIVE");
    lock.exec("begin exclusive; commit");
    return lock;
  } catch (error) {
    lock?.close();
    return { error };
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function setAside(path: string): void {
  const aside = `${path}.damaged-${newId()}`;
  for (const end of ["", "-journal", "-wal", "-shm"])
    if (existsSync(`${path}${end}`)) renameSync(`${path}${end}`, `${aside}${end}`);
}
