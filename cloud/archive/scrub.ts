import { existsSync } from "node:fs";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { WireError } from "../../shared/wire/bytes.ts";
import { auditOf } from "./audit.ts";
import { type Damage, type Finds, foundOf } from "./damage.ts";
import type { Definitions } from "./definitions.ts";
import { checkFoundations } from "./foundations.ts";
import { hourKey, hourOfKey, ownerOfKey } from "./hour.ts";
import { inPages } from "./in-pages.ts";
import type { Names } from "./names.ts";
import { openArchiveFile } from "./open-file.ts";
import { soundSql } from "./schema.ts";
import { spanRows } from "./spans.ts";
import { isSound, type TailRow, tailColumns } from "./tail.ts";

/** Rows of summaries that one step reads at most. */
const MANY = 2_000;
/** The newest rows of an epoch's events, which are read back after a failed write: more than a transaction usually lands. */
const NEWEST = 2_000;

/** Tables whose rows repeat what others tell. */
const repeated = ["event_frame", "event", "alarm", "latest", "frame_run", "thinned_run", "damage", "dating"] as const;

/**
 * Reads the whole archive once, a little at each step, and tells `finds` of everything that is not as it was written: every seal, the frames'
 * checksums in every span, and whether what is held is there. Each step gives about how many bytes it read; no read is left open between steps.
 */
export function* scrubbing(db: Sqlite, names: Names, definitions: Definitions, tell: Finds): Generator<number> {
  const { finds } = foundOf(tell);
  checkFoundations(db);
  yield 4_096;
  for (const table of repeated) yield* inPages(db, table, soundSql(table), () => finds({ type: "repeated", table }));
  yield* ofSpans(db, names, definitions, finds);
  const minutes = (key: number) => finds({ type: "minutes", key });
  yield* ofRows(db, "minutes", minutes, finds);
  yield* ofRows(db, "hour", (key) => minutes(hourKey(ownerOfKey(key), Math.floor(hourOfKey(key) / 24))), finds);
  yield* ofTail(db, finds);
  if (db.transaction(auditOf(db))().length > 0) finds({ type: "lacking" });
  yield 4_096;
  yield* ofIndexes(db, finds);
}

/** By index, the columns that name a row in it. */
const indexes = {
  span_at: ["span", "rig", "to_at", "from_at", "key"],
  tail_rig: ["tail", "rig", "no"],
  event_received: ["event", "rig", "received", "no"],
  event_type: ["event", "rig", "type", "received", "no"],
  frame_run_span: ["frame_run", "span", "epoch", "first"],
  thinned_run_span: ["thinned_run", "span", "epoch", "first"],
  tag_version_tag: ["tag_version", "rig", "tag", "no"],
} as const;

/** Whether every row of a table stands in its indexes. */
function* ofIndexes(db: Sqlite, finds: Finds): Generator<number> {
  for (const [index, [table, ...columns]] of Object.entries(indexes)) {
    const same = columns.map((column) => `i.${column} = t.${column}`).join(" and ");
    const stands = `exists (select 1 from ${table} i indexed by ${index} where ${same})`;
    yield* inPages(db, table, stands, () => finds({ type: "index" }));
  }
}

/** Where a key rotted, SQLite goes on from the wrong place, and a round that went on by keys would never end. */
function disorderOf(table: string): Damage {
  return { type: "file", problem: `archive: the rows of ${table} are not in their order` };
}

/** Steps through summaries; `found` is told the key of each row that is not as it was written. */
function* ofRows(db: Sqlite, table: "minutes" | "hour", found: (key: number) => void, finds: Finds): Generator<number> {
  const rows = db.prepare<[number, number], { key: number; sound: number }>(
    `select key, ${soundSql(table)} as sound from ${table} where key > ? order by key limit ?`,
  );
  for (let after = -1; ; ) {
    const some = rows.all(after, MANY);
    for (const { key, sound } of some) if (sound !== 1) found(key);
    yield 65_536;
    const last = some.at(-1);
    if (last === undefined) return;
    if (!(last.key > after)) return finds(disorderOf(table));
    after = last.key;
  }
}

function* ofSpans(db: Sqlite, names: Names, definitions: Definitions, finds: Finds): Generator<number> {
  const next = db.prepare<[number], { key: number; bytes: number }>(
    "select key, length(body) as bytes from span where key > ? order by key limit 1",
  );
  let hurt = false;
  const spans = spanRows(db, names.epochNo, definitions.version, (damage) => {
    hurt = true;
    finds(damage);
  });
  const check = db.transaction((key: number): number => {
    const versions = spans.versionsIn(key);
    const span = spans.load(key, versions);
    if (span !== null && !hurt && !spans.proves(key, span)) finds({ type: "span", span: key });
    let bytes = 0;
    for (const { readings, end } of span?.pieces.values() ?? []) bytes += Math.min(end, readings.length);
    return bytes;
  });
  let before = -1;
  for (let row = next.get(-1); row !== undefined; row = next.get(row.key)) {
    if (!(row.key > before)) return finds(disorderOf("span"));
    before = row.key;
    hurt = false;
    yield row.bytes + checked(check, row.key, finds);
  }
}

/** What has the right seal and cannot be read all the same was wrong when it was written. */
function checked(check: (key: number) => number, key: number, finds: Finds): number {
  try {
    return check(key);
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof WireError)) throw error;
    finds({ type: "span", span: key });
    return 0;
  }
}

function* ofTail(db: Sqlite, finds: Finds): Generator<number> {
  const next = db.prepare<[number], TailRow>(`select ${tailColumns} from tail where no > ? order by no limit 1`);
  let before = 0;
  for (let row = next.get(0); row !== undefined; row = next.get(row.no)) {
    if (!(row.no > before)) return finds(disorderOf("tail"));
    before = row.no;
    if (!isSound(row)) finds({ type: "tail", no: row.no });
    yield row.batch.length;
  }
}

/** The newest rows that are not as they were written, of a file that nobody writes just now: waiting batches and events; throws where what all hangs on is not. */
export function damagedNewest(path: string): Damage[] {
  if (!existsSync(path)) return [];
  const db = openArchiveFile(path);
  try {
    const found: Damage[] = [];
    checkFoundations(db);
    for (const _ of ofTail(db, (damage) => found.push(damage)));
    for (const table of ["event_frame", "event"] as const)
      if (!areNewestSound(db, table)) found.push({ type: "repeated", table });
    return found;
  } finally {
    db.close();
  }
}

/** Of each epoch, the rows that a write which the disk did not keep can have touched. */
function areNewestSound(db: Sqlite, table: "event_frame" | "event"): boolean {
  const newest = db
    .prepare<[number, number], number>(
      `select ${soundSql(table)} from ${table} where epoch = ? order by seq desc limit ?`,
    )
    .pluck();
  const epochs = db.prepare<[], number>("select no from epoch").pluck().all();
  return epochs.every((epoch) => newest.all(epoch, NEWEST).every((sound) => sound === 1));
}
