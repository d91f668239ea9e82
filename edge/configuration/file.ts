import { readFileSync, statSync } from "node:fs";
import { hash64 } from "../../shared/wire/hash64.ts";

/** A rig of 50,000 tags needs a third of it. */
const MOST_BYTES = 32_000_000;

/** The text of a configuration's file with its hash, or in plain words why there is none. `savedAt` is ms UTC. */
export type FileRead =
  | { text: string; hash: string; savedAt: number }
  | { problem: string; hash: string | null; savedAt: number | null };

/** Reads a file that people edit: not longer than a configuration can be, UTF-8, with or without a byte order mark. Never throws. */
export function readConfigFile(path: string): FileRead {
  let savedAt: number | null = null;
  let bytes: Uint8Array;
  try {
    const { mtimeMs, size } = statSync(path);
    savedAt = mtimeMs;
    if (size > MOST_BYTES) {
      const problem = `The file has ${Math.round(size / 1e6)} MB. A configuration has at most ${MOST_BYTES / 1e6} MB.`;
      return { problem, hash: null, savedAt };
    }
    bytes = readFileSync(path);
  } catch (error) {
    return { problem: problemOf(error), hash: null, savedAt };
  }
  const hash = hash64(bytes);
  const text = textOf(bytes);
  if (text === null) return { problem: "The file is not UTF-8 text. Save it as UTF-8.", hash, savedAt };
  return text.trim() === "" ? { problem: "The file is empty.", hash, savedAt } : { text, hash, savedAt };
}

/** Without the byte order mark, which JSON does not allow and some editors write; null if it is no UTF-8. */
function textOf(bytes: Uint8Array): string | null {
  // UTF-16 of plain letters is UTF-8 with zeros in between.
  if (bytes.includes(0)) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

const words: Record<string, string> = {
  ENOENT: "There is no such file.",
  ENOTDIR: "There is no such file.",
  EACCES: "The file cannot be read: this user may not (permission denied).",
  EPERM: "The file cannot be read: this user may not (operation not permitted).",
  EISDIR: "This is a folder, not a file.",
};

function problemOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return words[code] ?? `The file cannot be read: ${error instanceof Error ? error.message : String(error)}`;
}

/** Changes when the file is saved, replaced, or comes or goes. */
export function stampOf(path: string): string {
  try {
    const { ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
  } catch (error) {
    return problemOf(error);
  }
}
