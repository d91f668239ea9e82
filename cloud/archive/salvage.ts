import { isDamaged } from "../../shared/node/disk-errors.ts";
import { teachSeals } from "../../shared/node/seal.ts";
import { removeDatabase, replaceDamaged } from "../../shared/node/set-aside.ts";
import { openSqlite, type Sqlite } from "../../shared/node/sqlite.ts";
import { copyRows, type ReadAs } from "./copy-rows.ts";
import type { Damage } from "./damage.ts";
import { definitionsOf } from "./definitions.ts";
import { layOut } from "./lay-out.ts";
import { namesOf } from "./names.ts";
import { openArchiveFile } from "./open-file.ts";
import { migrations, sealed } from "./schema.ts";
import { scrubbing } from "./scrub.ts";
import { type Groups, rowKey } from "./segment-rows.ts";
import { openSqliteArchive } from "./sqlite.ts";

export interface Salvaged {
  /** Where the damaged file is kept; nobody deletes it. */
  kept: string;
  /** Rows that could be read and were as they were written. */
  rows: number;
  /** Frames that rigs are asked for again. */
  frames: number;
}

/** Tables with their keys, those first that others hang on. Rows without a seal are counters and what is kept for looking at. */
const tables: readonly ReadAs[] = [
  ...(Object.keys(sealed) as (keyof typeof sealed)[]).map((table): ReadAs => ({ table, isSealed: true })),
  ...["counter", "quarantine", "aside"].map((table): ReadAs => ({ table, isSealed: false })),
];

/**
 * Puts a new archive in the place of a damaged one, with all that can be read and is as it was written; the damaged file is kept under another name.
 * What is missing is no longer held, so that rigs offer it again. Nobody may have the archive open for writing.
 */
export async function salvage(path: string): Promise<Salvaged> {
  const fresh = `${path}.salvaging`;
  removeDatabase(fresh);
  layOut(fresh);
  const db = openSqlite(fresh, migrations, teachSeals);
  let rows = 0;
  let first: Damage[];
  try {
    db.pragma("foreign_keys = OFF");
    const damaged = openIfPossible(path);
    if (damaged !== null) {
      for (const table of tables) rows += copyRows(damaged, db, table);
      damaged.close();
    }
    dropOrphans(db);
    first = [...strangers(db), ...allMinutes(db)];
  } finally {
    db.close();
  }
  const repeated = (["event", "dating", "frame_run", "alarm"] as const).map(
    (table): Damage => ({ type: "repeated", table }),
  );
  // Only then can all of it be read.
  const frames = (await mend(fresh, [...first, ...repeated])) + (await mend(fresh, allOf(fresh)));
  return { kept: replaceDamaged(path, fresh), rows, frames };
}

async function mend(path: string, damages: readonly Damage[]): Promise<number> {
  const archive = openSqliteArchive(path);
  try {
    return await archive.mend(damages);
  } finally {
    await archive.close();
  }
}

/** Everything in an archive that is not as it was written. */
function allOf(path: string): Damage[] {
  const db = openArchiveFile(path);
  try {
    const found: Damage[] = [];
    for (const _ of scrubbing(db, namesOf(db), definitionsOf(db), (damage) => found.push(damage)));
    return found;
  } finally {
    db.close();
  }
}

/** Nobody knows which frames summaries were made of that come again. */
function allMinutes(db: Sqlite): Damage[] {
  const keys = db.prepare<[], number>("select key from minutes").pluck().all();
  return keys.map((key) => ({ type: "minutes", key }));
}

function openIfPossible(path: string): Sqlite | null {
  try {
    const db = openArchiveFile(path);
    db.pragma("schema_version");
    return db;
  } catch (error) {
    if (isDamaged(error)) return null;
    throw error;
  }
}

/** Rows of a rig, a run or a tag version that could not be read: their numbers would be given to others. */
function dropOrphans(db: Sqlite): void {
  db.exec("delete from epoch where rig not in (select no from rig)");
  for (const table of ["tail", "tag_version", "dictionary", "span", "alarm", "event"])
    db.exec(`delete from ${table} where rig not in (select no from rig)`);
  for (const table of [
    "held",
    "tail",
    "event_frame",
    "event",
    "alarm",
    "frame_run",
    "thinned_run",
    "latest",
    "damage",
    "dating",
  ])
    db.exec(`delete from ${table} where epoch not in (select no from epoch)`);
  db.exec("delete from latest where version not in (select no from tag_version)");
  for (const table of ["segment", "minutes", "hour"])
    db.exec(`delete from ${table} where key % 268435456 not in (select no from tag_version)`);
}

/** Segments of tag versions that could not be read. */
function strangers(db: Sqlite): Damage[] {
  const known = new Set(db.prepare<[], number>("select no from tag_version").pluck().all());
  const spans = db.prepare<[], { key: number; versions: string }>("select key, versions from span").all();
  return spans.flatMap(({ key, versions }) => {
    const groups: Groups = JSON.parse(versions);
    return groups
      .filter((group) => group.some((version) => !known.has(version)))
      .map((group): Damage => ({ type: "segment", span: key, row: rowKey(key, group) }));
  });
}
