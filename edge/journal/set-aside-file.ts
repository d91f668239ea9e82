import { closeSync, existsSync, openSync, readdirSync, readSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { syncFolder } from "../../shared/node/durable-file.ts";

const parts = ["", "-wal", "-shm"] as const;

/**
 * A journal's file that is damaged gives way to a new one that knows of it: the new one is made beside, then both are renamed, so that a crash at
 * any moment leaves the one or the other under the journal's name. Nothing is deleted.
 */
export function giveWay(path: string, id: string, make: (path: string, aside: string) => void): string {
  const [made, aside] = [newPath(path, id), `${path}.broken-${id}`];
  remove(made);
  make(made, aside);
  for (const part of parts) if (existsSync(path + part)) renameSync(path + part, aside + part);
  renameSync(made, path);
  syncFolder(path);
  return aside;
}

/** Ends what a crash interrupted. To be called before the journal is opened. */
export function finishGivingWay(path: string): void {
  const start = `${basename(path)}.new-`;
  for (const name of readdirSync(dirname(path)).filter(
    (each) => each.startsWith(start) && !/-(wal|shm|journal)$/.test(each),
  )) {
    const made = join(dirname(path), name);
    if (existsSync(path)) {
      remove(made);
      continue;
    }
    const aside = `${path}.broken-${name.slice(start.length)}`;
    for (const part of ["-wal", "-shm"]) if (existsSync(path + part)) renameSync(path + part, aside + part);
    renameSync(made, path);
    syncFolder(path);
  }
}

/** A write-ahead log that is there and cannot be one: SQLite would pass over it in silence. It is put aside; gives when it was last written, ms UTC. */
export function putAsideBadLog(path: string, id: string): number | null {
  const log = `${path}-wal`;
  if (!existsSync(path) || !existsSync(log)) return null;
  const { size, mtimeMs } = statSync(log);
  if (size === 0 || isLog(log)) return null;
  renameSync(log, `${path}.broken-${id}-wal`);
  syncFolder(path);
  return Math.round(mtimeMs);
}

/** The first word of a write-ahead log, by sqlite.org/fileformat.html; its lowest bit is the byte order of the checksums. */
const LOG_MAGIC = 0x377f0682;

function isLog(path: string): boolean {
  const head = Buffer.alloc(32);
  const file = openSync(path, "r");
  const length = readSync(file, head, 0, 32, 0);
  closeSync(file);
  const magic = head.readUInt32BE(0);
  if (length < 32 || (magic & ~1) !== LOG_MAGIC) return false;
  const word = (at: number) => ((magic & 1) === 1 ? head.readUInt32BE(at) : head.readUInt32LE(at));
  let [a, b] = [0, 0];
  for (let at = 0; at < 24; at += 8) {
    a = (a + word(at) + b) >>> 0;
    b = (b + word(at + 4) + a) >>> 0;
  }
  return a === head.readUInt32BE(24) && b === head.readUInt32BE(28);
}

function newPath(path: string, id: string): string {
  return `${path}.new-${id}`;
}

function remove(path: string): void {
  for (const part of [...parts, "-journal"]) rmSync(path + part, { force: true });
}
