import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import Database from "better-sqlite3";
import { isDamaged, takesNoWrite } from "./disk-errors.ts";
import { removeUnfinished, writeDurably } from "./durable-file.ts";
import { newId } from "./id.ts";
import type { Sqlite } from "./sqlite.ts";

/** A part's own folder below the data folder, and why it is not locked for this process alone, if it is not. */
export interface DataFolder {
  path: string;
  /**
   * Null where this process has the lock: it may write. While the disk takes nothing it has none and says so; asked again, it tries again, each second
   * at most. `taken`: another process was first.
   */
  unlocked(): { problem: string; taken: boolean } | null;
  close(): void;
}

/** A lock that could not be taken is tried again this often, ms. */
const TRY_MS = 1_000;

/**
 * Takes a part's own folder for this process alone: the lock goes with the process, however it ends. Throws when another process has it, or where it
 * cannot be used. A lock file that is damaged is kept beside and made anew. Writes `<data>/<part>.pid`. A disk that takes nothing takes no second
 * process's data either: there it goes without, until the disk takes writes.
 */
export function openDataFolder(data: string, part: "rig" | "edge" | "cloud"): DataFolder {
  const path = join(data, part);
  const pidFile = join(data, `${part}.pid`);
  let lock: Lock | null = null;
  let problem: ReturnType<DataFolder["unlocked"]> = null;
  let triedAt = performance.now();

  function take(): void {
    let refused = refusalOf(() => makeFolder(path));
    if (refused === null) {
      const taken = takeLock(join(path, "lock"));
      if ("refused" in taken) refused = taken.refused;
      else lock = taken;
    }
    problem = refused === null ? null : { problem: `${path} takes no writes: ${refused}`, taken: false };
    // A nearly full disk may have room for the lock and none for this.
    if (lock === null) return;
    refusalOf(() => writeDurably(pidFile, `${process.pid}\n`, 0o644));
    refusalOf(() => {
      removeUnfinished(data, `${part}.pid.`);
      removeUnfinished(path);
    });
  }
  take();

  return {
    path,
    unlocked() {
      if (lock !== null || performance.now() - triedAt < TRY_MS) return problem;
      triedAt = performance.now();
      try {
        take();
      } catch (error) {
        problem = { problem: messageOf(error), taken: error instanceof TakenError };
      }
      return problem;
    },
    close() {
      if (existsSync(pidFile) && readFileSync(pidFile, "utf8").trim() === String(process.pid))
        refusalOf(() => rmSync(pidFile));
      lock?.close();
    },
  };
}

interface Lock {
  close(): void;
}

/** Another process has the folder. */
export class TakenError extends Error {
  override readonly name = "TakenError";
}

/** One after the other: made all at once, a read-only disk says that there is no such folder. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path, { mode: 0o700 });
}

/** What a full or read-only disk says to a write; null where it was done. */
function refusalOf(write: () => void): string | null {
  try {
    write();
    return null;
  } catch (error) {
    if (!takesNoWrite(error)) throw error;
    // Which file it was tried with is of no use to people.
    return messageOf(error).replace(/, \w+ '.*$/, "");
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** An exclusive SQLite lock is an fcntl lock: the kernel drops it at kill -9, unlike a file that merely exists. */
function takeLock(path: string): Lock | { refused: string } {
  const held = tryLock(path);
  if (!("error" in held)) return held;
  const { error } = held;
  const code = error instanceof Database.SqliteError ? error.code : "";
  if (/^SQLITE_(BUSY|LOCKED)/.test(code))
    throw new TakenError(`${dirname(path)} is in use by another process; one daemon at a time`, { cause: error });
  // Asked of the folder: SQLite says of a lock file that it cannot make only that it cannot open it.
  const refused = refusalOf(() => tryWrite(path));
  if (refused !== null) return { refused };
  // SQLite calls a file read-only whose header names a format of the future, as a damaged one may.
  if (isDamaged(error) || code.startsWith("SQLITE_READONLY") || isNoFile(path)) {
    setAside(path);
    const anew = tryLock(path);
    if (!("error" in anew)) return anew;
    throw new Error(`${path} cannot be locked`, { cause: anew.error });
  }
  if (takesNoWrite(error)) return { refused: messageOf(error) };
  throw new Error(`${path} cannot be locked`, { cause: error });
}

/** Throws what the disk says to a file of one page beside this one. */
function tryWrite(path: string): void {
  const probe = `${path}.${process.pid}.try`;
  try {
    writeFileSync(probe, Buffer.alloc(4_096));
  } finally {
    rmSync(probe, { force: true });
  }
}

function tryLock(path: string): Lock | { error: unknown } {
  let lock: Sqlite | null = null;
  try {
    lock = new Database(path, { timeout: 0 });
    lock.pragma("locking_mode = EXCLUSIVE");
    lock.exec("begin exclusive; commit");
    // Of a file that it may only read SQLite takes a lock that others share, without a word.
    accessSync(path, constants.W_OK);
    return lock;
  } catch (error) {
    lock?.close();
    return { error };
  }
}

/** A folder, or a link, which may lead nowhere. */
function isNoFile(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() === false;
}

function setAside(path: string): void {
  const aside = `${path}.damaged-${newId()}`;
  for (const end of ["", "-journal", "-wal", "-shm"])
    if (lstatSync(`${path}${end}`, { throwIfNoEntry: false }) !== undefined)
      renameSync(`${path}${end}`, `${aside}${end}`);
}
