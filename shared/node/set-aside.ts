import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";

/** SQLite found that a file, or a page of it, is not what it was: waiting does not help, a new file does. */
export function isDamaged(error: unknown): boolean {
  return error instanceof Database.SqliteError && /^SQLITE_(CORRUPT|NOTADB|FORMAT|IOERR_SHORT_READ)/.test(error.code);
}

/** The disk does not take or give what it should (full, read-only, failing): it may again later. */
export function isRefused(error: unknown): boolean {
  if (error instanceof Database.SqliteError)
    return /^SQLITE_(FULL|READONLY|IOERR|CANTOPEN|BUSY|PERM|NOMEM)/.test(error.code);
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return ["ENOSPC", "EROFS", "EIO", "EDQUOT", "EACCES", "ENOENT"].includes(code);
}

/** Removes a database and what SQLite keeps beside it. */
export function removeDatabase(path: string): void {
  for (const end of ["", "-wal", "-shm"]) rmSync(`${path}${end}`, { force: true });
}

/**
 * Keeps a damaged database under another name, with its log, and puts a closed one in its place; a crash in between leaves one of both there.
 * Nobody may have it open for writing. Gives the name that it is kept under.
 */
export function replaceDamaged(path: string, by: string, now = new Date()): string {
  let kept = `${path}.damaged-${now.toISOString().replaceAll(":", "")}`;
  for (let again = 1; existsSync(kept); again++) kept = `${kept}-${again}`;
  if (existsSync(path)) linkSync(path, kept);
  // A log that is not the new file's own must never be read into it.
  for (const end of ["-wal", "-shm"]) if (existsSync(`${path}${end}`)) renameSync(`${path}${end}`, `${kept}${end}`);
  syncFolder(path);
  renameSync(by, path);
  syncFolder(path);
  return kept;
}

function syncFolder(path: string): void {
  const folder = openSync(dirname(path), "r");
  fsyncSync(folder);
  closeSync(folder);
}
