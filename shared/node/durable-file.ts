import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Writes a file so that after a power cut either the old or the new content is there: temporary file, fsync, rename, fsync of the folder. Throws where the disk refuses; the old one stays. */
export function writeDurably(path: string, content: string, mode = 0o600): void {
  const temporary = temporaryFor(path);
  try {
    const file = openSync(temporary, "w", mode);
    try {
      // Not one write: a disk that is nearly full takes a part of it and calls that well done.
      writeFileSync(file, content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (cause) {
    removeQuietly(temporary);
    throw cause;
  }
  syncFolder(path);
}

/** The same off the main thread. One call a path at a time. */
export async function writeDurablyLater(path: string, content: string, mode = 0o600): Promise<void> {
  const temporary = temporaryFor(path);
  try {
    await withFile(temporary, "w", mode, async (file) => {
      await file.writeFile(content);
      await file.sync();
    });
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined); // The next write begins it anew.
    throw cause;
  }
  await withFile(dirname(path), "r", mode, (folder) => folder.sync());
}

/** Makes what was renamed, made or removed at this path stand after a power cut. */
export function syncFolder(path: string): void {
  const folder = openSync(dirname(path), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function temporaryFor(path: string): string {
  return `${path}.${process.pid}.new`;
}

/** Removes what processes that were killed were writing in this folder, of files whose names begin with `of`; its own is spared. Nobody else may be writing these. */
export function removeUnfinished(folder: string, of = ""): void {
  for (const name of readdirSync(folder)) {
    const [, pid] = /\.(\d+)\.new$/.exec(name) ?? [];
    if (name.startsWith(of) && pid !== undefined && pid !== String(process.pid)) rmSync(join(folder, name));
  }
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The next write begins it anew.
  }
}

async function withFile(
  path: string,
  flags: "w" | "r",
  mode: number,
  use: (file: Awaited<ReturnType<typeof open>>) => Promise<void>,
): Promise<void> {
  const file = await open(path, flags, mode);
  try {
    await use(file);
  } finally {
    await file.close();
  }
}
