import { existsSync } from "node:fs";
import { z } from "zod";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { parsed } from "./damage.ts";
import { openDamagedFile } from "./damaged-file.ts";
import { mendHeader } from "./mended-header.ts";
import { type Salvaged, salvage } from "./salvage.ts";

/** The reading back of files that were set aside, which the journal remembers until it is done. Calls belong inside a transaction. */
export interface ReadingBack {
  /** The files that are not yet read back, the newest first. */
  files(): string[];
  /** One step; null where there is nothing to read back. `done` when the file of this step is through. */
  step(): (Salvaged & { done: boolean }) | null;
  /** Begins anew: a step was undone. */
  restart(): void;
  close(): void;
}

const Files = z.array(z.string());

export function openReadingBack(db: Sqlite): ReadingBack {
  const note = db.prepare<[], string>("select value from note where name = 'set aside'").pluck();
  const set = db.prepare("update note set value = ? where name = 'set aside'");
  let open: { steps: Generator<Salvaged>; last: Salvaged; close(): void } | null = null;

  function files(): string[] {
    const value = note.get();
    return value === undefined ? [] : filesIn(value);
  }

  function restart(): void {
    open?.close();
    open = null;
  }

  function begin(path: string) {
    if (existsSync(path)) mendHeader(path);
    const file = openDamagedFile(path);
    const last = { gaps: [], frames: 0, lost: 0 };
    return file === null ? null : { steps: salvage(db, file), last, close: file.close };
  }

  return {
    files,
    step() {
      const [path, ...rest] = files();
      if (path === undefined) return null;
      open ??= begin(path);
      const next = open?.steps.next();
      if (open !== null && next?.done === false) {
        open.last = next.value;
        return { ...next.value, done: false };
      }
      const { frames, lost } = open?.last ?? { frames: 0, lost: 0 };
      set.run(JSON.stringify(rest));
      restart();
      return { gaps: [], frames, lost, done: true };
    },
    restart,
    close: restart,
  };
}

/** The files that a note names. */
export function filesIn(note: string): string[] {
  return parsed(Files, note, "the note of what was set aside");
}

/** Notes that what the epochs in the file gave last cannot be told any more; those of a file that is to be read back stay noted. Call it inside a transaction. */
export function doubtPast(db: Sqlite): void {
  db.prepare(
    `insert into note (name, value) select 'epochs before', cast(coalesce(max(no), 0) as text) from epoch where true
     on conflict (name) do update set value = max(cast(value as integer), cast(excluded.value as integer))`,
  ).run();
}

/** Notes in a new journal that it follows one that was set aside, and which number its first epoch is to be above. */
export function noteSetAside(db: Sqlite, files: readonly string[], epochs: number): void {
  const put = db.prepare("insert into note (name, value) values (?, ?)");
  put.run("set aside", JSON.stringify(files));
  put.run("epochs before", String(epochs));
}
