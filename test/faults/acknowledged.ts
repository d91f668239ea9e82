import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import Database from "better-sqlite3";
import { openLastSeq } from "../../edge/journal/opening.ts";
import { baseOf } from "../../edge/journal/schema.ts";
import { heldStates, streams } from "../../shared/wire/names.ts";

/** How many frames a file has promised to keep, by epoch and stream. */
export type Acknowledged = ReadonlyMap<string, number>;

/** Frames that were promised are gone. */
export class LostError extends Error {
  override readonly name = "LostError";
  readonly frames: number;
  constructor(frames: number, where: string) {
    super(`${frames} frames that were acknowledged are gone: ${where}`);
    this.frames = frames;
  }
}

/**
 * What a journal has acknowledged. Of a running one: a connection of another process sees a commit once its sync has returned, not before, so what
 * it sees has been promised.
 */
export function namedIn(journal: string): Acknowledged {
  return looking(journal, (db) => {
    const lastSeq = openLastSeq(db);
    const epochs = db.prepare<[], { no: number; id: string }>("select no, id from epoch").all();
    return epochs.flatMap(({ no, id }) =>
      streams.map((stream): [string, number] => [`${id}/${stream}`, lastSeq(baseOf(no, stream))]),
    );
  });
}

/** What an archive holds as stored, and so may have been receipted. */
export function storedIn(archive: string): Acknowledged {
  return looking(archive, (db) =>
    db
      .prepare<[number], { epoch: string; stream: number; frames: number }>(
        `select epoch.epoch as epoch, held.stream as stream, sum(last - first + 1) as frames
         from held join epoch on epoch.no = held.epoch where state >= ? group by 1, 2`,
      )
      .all(heldStates.indexOf("stored"))
      .map(({ epoch, stream, frames }) => [`${epoch}/${streams[stream]}`, frames]),
  );
}

/** Reads a file that nobody has open, from a copy: its write-ahead log stays what it is. */
export function fromCopy(file: string, read: (copy: string) => Acknowledged): Acknowledged {
  const folder = mkdtempSync(join(tmpdir(), "acknowledged-"));
  try {
    const copy = join(folder, basename(file));
    for (const end of ["", "-wal"]) if (existsSync(`${file}${end}`)) copyFileSync(`${file}${end}`, `${copy}${end}`);
    return read(copy);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Throws a LostError where less is there than was promised. */
export function stillThere(promised: Acknowledged, now: Acknowledged): void {
  const gone = [...promised].map(([name, frames]): [string, number] => [name, frames - (now.get(name) ?? 0)]);
  const lost = gone.filter(([, frames]) => frames > 0);
  if (lost.length === 0) return;
  const frames = lost.reduce((sum, [, each]) => sum + each, 0);
  throw new LostError(frames, lost.map(([name, each]) => `${each} of ${name}`).join(", "));
}

function looking(file: string, read: (db: Database.Database) => [string, number][]): Acknowledged {
  const db = new Database(file, { readonly: true, fileMustExist: true, timeout: 10_000 });
  try {
    return new Map(read(db));
  } finally {
    db.close();
  }
}
