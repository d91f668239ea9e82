import { createHash } from "node:crypto";
import { readFileSync, renameSync, statSync } from "node:fs";
import { basename } from "node:path";
import type { z } from "zod";
import { isRefused } from "./disk-errors.ts";
import { syncFolder, writeDurably, writeDurablyLater } from "./durable-file.ts";
import { newId } from "./id.ts";

/** What stands in a file, or that it is not what was written. */
export type FileContent<T> = { value: T } | { damaged: DamagedFile };
export interface DamagedFile {
  /** The name that it is kept under: its own as long as the disk takes no other. */
  kept: string;
  /** Why it is not believed, and how it is accepted all the same; for people. */
  problem: string;
}

/** A small file of JSON that a program writes for itself, in the house's one way: whole or not at all, with a hash over all of it. */
export interface HashedFile<T> {
  /**
   * Null where there is none. One of which any bit is not as it was written is kept aside, and nothing of it believed. One without a hash was written by a
   * person, or by an earlier release: it is believed if it fits, and given one. Throws where the disk does not give it.
   */
  read(): FileContent<T> | null;
  /** Throws where the disk does not take it; then the old one stays. */
  write(value: T): void;
  /** The same off the main thread; one call at a time. */
  writeLater(value: T): Promise<void>;
  /** Keeps what is there under another name, since it is of no use. */
  setAside(problem: string): DamagedFile;
}

/** The first line tells what the second is; the hash is over what follows it. */
const opening = '{\n  "sha256": "';
const HEX = 64;
const closing = '",\n';
const headLength = opening.length + HEX + closing.length;

/** `schema` is of an object with members. The file's mode is 0600. */
export function openHashedFile<T extends object>(path: string, schema: z.ZodType<T>): HashedFile<T> {
  const name = basename(path);
  const hint = `If a person changed it and it is right: give it the name ${name} again, take its line "sha256" out, and restart`;
  /** The disk took no other name for it. */
  let inTheWay = false;

  function setAside(why: string): DamagedFile {
    const kept = `${path}.broken-${newId()}`;
    const problem = `${why}. ${hint}`;
    inTheWay = !unlessRefused(() => {
      renameSync(path, kept);
      syncFolder(path);
    });
    return { kept: inTheWay ? name : basename(kept), problem };
  }

  function valueIn(json: string): T | null {
    try {
      return schema.parse(JSON.parse(json));
    } catch {
      return null;
    }
  }

  /** What is damaged is never written over. */
  function text(value: T): string {
    if (inTheWay) renameSync(path, `${path}.broken-${newId()}`);
    inTheWay = false;
    return withHash(value);
  }

  return {
    read() {
      const found = statSync(path, { throwIfNoEntry: false });
      if (found === undefined) return null;
      if (!found.isFile()) return { damaged: setAside(`${name} is not a file`) };
      const { json, hashed } = contentOf(readFileSync(path));
      if (json === null) return { damaged: setAside(`${name} is not as it was written`) };
      const value = valueIn(json);
      if (value === null) return { damaged: setAside(`${name} does not read`) };
      if (!hashed) unlessRefused(() => writeDurably(path, text(value)));
      return { value };
    },
    write: (value) => writeDurably(path, text(value)),
    writeLater: async (value) => writeDurablyLater(path, text(value)),
    setAside,
  };
}

/** The whole file. */
function withHash(value: object): string {
  const rest = `${JSON.stringify(value, null, 2).slice("{\n".length)}\n`;
  return `${opening}${hashOf(rest)}${closing}${rest}`;
}

/** The JSON without its hash; null where the bytes are not those that were written. */
function contentOf(bytes: Buffer): { json: string | null; hashed: boolean } {
  const text = bytes.toString("utf8");
  // Bytes that are no UTF-8 come back as others.
  if (!Buffer.from(text).equals(bytes)) return { json: null, hashed: false };
  if (!isHashed(text)) return { json: text, hashed: false };
  const rest = text.slice(headLength);
  const isAsWritten = text.slice(0, headLength) === `${opening}${hashOf(rest)}${closing}`;
  return { json: isAsWritten ? `{\n${rest}` : null, hashed: true };
}

/** Also where a bit of the head itself has changed, or somebody laid the file out anew. */
function isHashed(text: string): boolean {
  return text.includes('"sha256"') || /^[0-9a-f]{64}",\n/.test(text.slice(opening.length));
}

function hashOf(rest: string): string {
  return createHash("sha256").update(rest).digest("hex");
}

/** False where the disk did not do it. */
function unlessRefused(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (!isRefused(error)) throw error;
    return false;
  }
}
