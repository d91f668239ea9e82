import type { Sqlite } from "../../shared/node/sqlite.ts";
import { DamageError } from "./damage.ts";
import { sealOf } from "./seal.ts";

/** Columns that the seal of a small table's row is over, its key first; of an epoch, `told` has a seal of its own, since it changes. */
const sealed = {
  epoch: ["no", "id", "record"],
  dictionary_from: ["key", "hash"],
  definition: ["hash", "kind", "body", "frame"],
  freed: ["first", "last"],
  gone: ["first", "last", "a", "b", "evicted"],
  open_alarm: ["alarm", "state"],
  note: ["name", "value"],
  thinned: ["first", "last"],
} as const;
type Table = keyof typeof sealed;
const tables = Object.keys(sealed) as Table[];

/** Teaches a connection the SQL function of these seals; every one that writes the tables, or asks `soundSql`, needs it. */
export function teachNoteSeals(db: Sqlite): void {
  db.function("note_seal", { varargs: true, deterministic: true }, (...columns: unknown[]) =>
    sealOf(columns.map((column) => (typeof column === "number" ? column : String(column)))),
  );
}

function sealSql(table: Table, row = ""): string {
  return `note_seal('${table}', ${sealed[table].map((column) => `${row}${column}`).join(", ")})`;
}

/** SQL that is true for a row that is as it was written. */
export function soundSql(table: Table): string {
  return `seal is ${sealSql(table)}`;
}

const toldSql = (row = "") => `note_seal('told', ${row}no, ${row}told)`;
/** The same for what the cloud told of an epoch. */
export const soundTold = `told_seal is ${toldSql()}`;

/** Gives a table its seals, and has SQLite set one with whatever is written, by whoever writes it. */
export function layOutSeal(db: Sqlite, table: Table): void {
  const [key] = sealed[table];
  const set = `update ${table} set seal = ${sealSql(table, "new.")} where ${key} = new.${key}`;
  db.exec(`
    alter table ${table} add column seal integer;
    update ${table} set seal = ${sealSql(table)};
    create trigger ${table}_put after insert on ${table} begin ${set}; end;
    create trigger ${table}_set after update of ${sealed[table].join(", ")} on ${table} begin ${set}; end;
  `);
}

/** The same for all that were there from the beginning. */
export function layOutSeals(db: Sqlite): void {
  for (const table of tables) if (table !== "thinned") layOutSeal(db, table);
  const told = `update epoch set told_seal = ${toldSql("new.")} where no = new.no`;
  db.exec(`
    alter table epoch add column told_seal integer;
    update epoch set told_seal = ${toldSql()};
    create trigger epoch_put_told after insert on epoch begin ${told}; end;
    create trigger epoch_set_told after update of told on epoch begin ${told}; end;
  `);
}

/** What a row that can be done without is about, and what follows from its loss, for people. */
const dispensable: Partial<Record<Table, (rows: number) => string>> = {
  freed: (rows) => `${rows} of what the office has receipted: those frames go to it once more`,
  gone: (rows) => `${rows} of which frames are here no more: where the office lacks them they are told as gaps`,
  open_alarm: (rows) => `${rows} of alarms that were open: they are raised anew where they still hold`,
};

/**
 * Looks at the rows of all small tables, in a transaction, before anything is made of them. Drops those that are not as they were written and can be
 * done without, so that frames are sent again rather than forgotten; says what they were. Throws DamageError for any other.
 */
export function dropUnsound(db: Sqlite): string[] {
  const said: string[] = [];
  db.exec(`update epoch set told = null where not (${soundTold})`);
  db.exec(`delete from note where name = 'answer' and not (${soundSql("note")})`);
  for (const table of tables) {
    const rows = countUnsound(db, table);
    if (rows === 0) continue;
    const say = dispensable[table];
    if (say === undefined) throw new DamageError(`${rows} rows of ${table} are not as they were written`);
    db.exec(`delete from ${table} where not (${soundSql(table)})`);
    said.push(say(rows));
  }
  return said;
}

/** Whether any row of the small tables is not as it was written. */
export function hasUnsound(db: Sqlite): boolean {
  return tables.some((table) => countUnsound(db, table) > 0);
}

function countUnsound(db: Sqlite, table: Table): number {
  return Number(
    db
      .prepare(`select count(*) from ${table} where not (${soundSql(table)})`)
      .pluck()
      .get(),
  );
}
