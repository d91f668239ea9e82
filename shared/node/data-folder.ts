import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { takesNoWrite } from "./disk-errors.ts";
import { writeDurably } from "./durable-file.ts";

/**
 * Takes a part's own folder below the data folder, for this process alone: the lock goes with the process, however it ends.
 * Throws when another process has it. Writes `<data>/<part>.pid`. A disk that takes nothing takes no second process's data either: there it goes
 * without a lock, or without the pid, and `pidFault` says why.
 */
export function openDataFolder(
  data: string,
  part: "rig" | "edge" | "cloud",
): { path: string; pidFault: string | null; close(): void } {
  const path = join(data, part);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  // An exclusive SQLite lock is an fcntl lock: the kernel drops it at kill -9, unlike a file that merely exists.
  const lock = new Database(join(path, "lock"), { timeout: 0 });
  try {
    lock.pragma("locking_mode = EXCLUSIVE");
    lock.exec("begin exclusive; commit");
  } catch (cause) {
    lock.close();
    if (!takesNoWrite(cause)) throw new Error(`${path} is in use by another process; one daemon at a time`, { cause });
  }
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
