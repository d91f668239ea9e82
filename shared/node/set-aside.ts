import { existsSync, linkSync, lstatSync, renameSync, rmSync } from "node:fs";
import { syncFolder } from "./durable-file.ts";

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
  // A folder has no second name.
  if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) renameSync(path, kept);
  else if (existsSync(path)) linkSync(path, kept);
  // A log that is not the new file's own must never be read into it.
  for (const end of ["-wal", "-shm"]) if (existsSync(`${path}${end}`)) renameSync(`${path}${end}`, `${kept}${end}`);
  syncFolder(path);
  renameSync(by, path);
  syncFolder(path);
  return kept;
}
