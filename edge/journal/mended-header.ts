import { closeSync, fsyncSync, openSync, readSync, writeFileSync, writeSync } from "node:fs";
import Database from "better-sqlite3";
import { teachNoteSeals } from "./note-seals.ts";
import { migrations } from "./schema.ts";

/** What a SQLite file begins with, by sqlite.org/fileformat.html. */
const MAGIC = Buffer.from("SQLite format 3\0");
const HEADER_BYTES = 100;
/** Places in the header. */
const at = { writeVersion: 18, readVersion: 19, pages: 28, freelist: 32, freePages: 36, validFor: 92 };
const WAL = 2;

/**
 * Gives a set aside file a journal's header where it has none, so that its pages can be read; what stood there is kept beside as `PATH.header`.
 * Nothing is done to a file that begins as it should, or is too short to hold anything.
 */
export function mendHeader(path: string): void {
  const file = openSync(path, "r+");
  try {
    const found = Buffer.alloc(HEADER_BYTES);
    if (readSync(file, found, 0, HEADER_BYTES, 0) < HEADER_BYTES || found.subarray(0, MAGIC.length).equals(MAGIC))
      return;
    writeFileSync(`${path}.header`, found, { flag: "wx", mode: 0o600 });
    writeSync(file, freshHeader(), 0, HEADER_BYTES, 0);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Of an empty journal, without what tells of its own pages: their number is then taken from the file's length. */
function freshHeader(): Buffer {
  const db = new Database(":memory:");
  teachNoteSeals(db);
  for (const migrate of migrations) migrate(db);
  db.pragma(`user_version = ${migrations.length}`);
  const header = Buffer.from(db.serialize().subarray(0, HEADER_BYTES));
  db.close();
  header[at.writeVersion] = WAL;
  header[at.readVersion] = WAL;
  for (const place of [at.pages, at.freelist, at.freePages, at.validFor]) header.writeUInt32BE(0, place);
  return header;
}
