import { copyFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { teachNoteSeals } from "../../edge/journal/note-seals.ts";
import { openStore } from "../../edge/journal/store.ts";
import { openWriter } from "../../edge/journal/writer.ts";
import type { AlarmState } from "../../shared/domain/alarm.ts";
import { openSmallJournal, recordOf, start } from "../support/small-journal.ts";

/** What a journal notes beside its frames, with bits that the disk did not keep. */
const epoch = "00000000000000e1";
const now = { receivedAt: start, mono: 0, clock: "unknown" as const };
const alarm: AlarmState = {
  ...{ alarm: "storage", tag: "0000000000000000", name: "storage", text: "Nothing is stored", condition: "storage" },
  ...{ trouble: "not stored", priority: 1, value: null, limit: null, unit: "text", state: "unacknowledged" },
  ...{ raisedAt: start, changedAt: start, acknowledgedAt: null, acknowledgedBy: null, cannotJudge: false },
};

let folder: string;
let original: string;
let copies = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "notes-"));
  original = join(folder, "original.db");
  const journal = openSmallJournal(original, recordOf(epoch));
  journal.append({ first: 1, last: 60 });
  journal.store.append([{ stream: "events", ...now, events: [{ type: "alarm", state: alarm }] }]);
  journal.free({ first: 1, last: 20 });
  const sum = { last: 60, whole: { a: 1, b: 2 }, thinned: { a: 0, b: 0 } };
  const note = { incarnation: "00000000000000aa", number: 7 };
  const told = [{ epoch, sum: { telemetry: sum, events: sum } }];
  journal.store.settle([{ type: "note", note, told }]);
  journal.store.takeOut({ epoch, stream: "telemetry", seq: 40 }, now);
  journal.store.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A copy of the journal in which something was changed behind the seals' back. */
function changed(change: (db: Database.Database) => void): string {
  const path = join(folder, `copy-${copies++}.db`);
  copyFileSync(original, path);
  const db = new Database(path);
  teachNoteSeals(db);
  change(db);
  db.close();
  return path;
}

const Seals = z.object({ key: z.union([z.string(), z.number()]), seal: z.number(), told: z.number().nullable() });

/** SQLite sets the seal with what is written: it is put back as it was. The row is the first by its key. */
function setBehind(db: Database.Database, table: string, column: string, key: string, value: string | number): void {
  const told = table === "epoch" ? "told_seal" : "null";
  const before = Seals.parse(
    db.prepare(`select ${key} as key, seal, ${told} as told from ${table} order by ${key}`).get(),
  );
  const after = column === key ? value : before.key;
  db.prepare(`update ${table} set ${column} = ? where ${key} = ?`).run(value, before.key);
  db.prepare(`update ${table} set seal = ? where ${key} = ?`).run(before.seal, after);
  if (table === "epoch") db.prepare("update epoch set told_seal = ? where no = ?").run(before.told, after);
}

const open = (path: string) => {
  const store = openStore(path, recordOf(), 50_000_000);
  const { opening, doubts } = store;
  store.close();
  const owed = opening.facts.owed
    .filter((run) => run.epoch === epoch && run.stream === "telemetry")
    .map(({ first, last }) => [first, last]);
  return { opening, doubts, owed };
};

test("a journal whose notes are as they were written has no doubts", () => {
  const { opening, doubts, owed } = open(changed(() => undefined));
  expect(doubts).toEqual([]);
  expect(owed).toEqual([
    [21, 39],
    [41, 60],
  ]);
  expect(opening.openAlarms).toEqual([alarm]);
  expect(opening.facts.note).toEqual({ incarnation: "00000000000000aa", number: 7 });
  expect(opening.facts.epochs.find((each) => each.epoch === epoch)?.told).not.toBeNull();
});

test("frames that a changed note calls receipted are owed all the same", () => {
  const path = changed((db) => setBehind(db, "freed", "last", "first", 2 * 2 ** 32 + 52));
  const { doubts, owed } = open(path);
  expect(owed).toEqual([
    [1, 39],
    [41, 60],
  ]);
  expect(doubts).toEqual([expect.stringMatching(/^1 of what the office has receipted/)]);
  expect(open(path).doubts).toEqual([]);
});

test("a changed note of what is gone hides no frame: it is owed again", () => {
  const { doubts, owed } = open(changed((db) => setBehind(db, "gone", "last", "first", 2 * 2 ** 32 + 50)));
  expect(owed).toEqual([[21, 60]]);
  expect(doubts).toEqual([expect.stringMatching(/^1 of which frames are here no more/)]);
});

test("of an alarm whose note has changed nothing is believed, and that is said", () => {
  const { opening, doubts } = open(
    changed((db) => setBehind(db, "open_alarm", "state", "alarm", JSON.stringify({ ...alarm, state: "acknowledged" }))),
  );
  expect(opening.openAlarms).toEqual([]);
  expect(doubts).toEqual([expect.stringMatching(/^1 of alarms that were open/)]);
});

test("changed notes of the cloud's last word are asked for again", () => {
  const { opening, doubts } = open(
    changed((db) => {
      setBehind(db, "note", "value", "name", '{"incarnation":"00000000000000aa","number":9}');
      setBehind(db, "epoch", "told", "no", "{}");
    }),
  );
  expect([opening.facts.note, opening.facts.epochs[0]?.told, doubts]).toEqual([null, null, []]);
});

test.each([
  ["epoch", "record", "no", (old: string) => old.replace("Rig 1", "Rig 2")],
  ["epoch", "id", "no", () => "00000000000000e3"],
  ["definition", "frame", "hash", () => 3 * 2 ** 32 + 3],
  ["dictionary_from", "key", "key", () => 2 * 2 ** 32 + 9],
] as const)(
  "a run goes on in a new file where %s.%s has changed, and all frames are taken over under their names",
  (table, column, key, change) => {
    const path = changed((db) => {
      const old = db.prepare(`select ${column} as old from ${table} order by ${key} limit 1`).pluck().get();
      setBehind(db, table, column, key, change(String(old)));
    });
    const writer = openWriter({ path, record: recordOf(), budgetBytes: 50_000_000, barred: null });
    while (writer.readBack(now).more);
    writer.reopen();
    const facts = writer.opening()?.facts;
    writer.close();
    expect(readdirSync(folder).some((name) => name.startsWith(`${path.split("/").at(-1)}.broken-`))).toBe(true);
    const taken = facts?.epochs.find((each) => each.epoch === epoch);
    expect(taken?.kept.telemetry).toEqual([
      { first: 1, last: 39 },
      { first: 41, last: 60 },
    ]);
    // What was receipted stays so: its own note was whole.
    expect(facts?.owed.filter((run) => run.epoch === epoch && run.stream === "telemetry")[0]?.first).toBe(21);
  },
);

test("any single bit that changes in any note is noticed", () => {
  const db = new Database(original, { readonly: true });
  const rows = (["epoch", "definition", "dictionary_from", "freed", "gone", "open_alarm", "note"] as const).flatMap(
    (table) =>
      db
        .prepare<[], Record<string, unknown>>(`select * from ${table}`)
        .all()
        .map((row) => ({ table, row })),
  );
  db.close();
  const empty = new Database(":memory:");
  teachNoteSeals(empty);
  const sealOf = (table: string, row: Record<string, unknown>) => {
    const columns = Object.keys(row).filter((name) => !["seal", "told", "told_seal"].includes(name));
    const marks = columns.map(() => "?").join(", ");
    return empty
      .prepare(`select note_seal('${table}', ${marks})`)
      .pluck()
      .get(...columns.map((name) => row[name]));
  };
  for (const { table, row } of rows) expect(sealOf(table, row)).toBe(row.seal);
  fc.assert(
    fc.property(fc.constantFrom(...rows), fc.nat(), fc.nat(), ({ table, row }, place, bit) => {
      const columns = Object.keys(row).filter((name) => !["seal", "told", "told_seal"].includes(name));
      const column = columns[place % columns.length] ?? "";
      const value = row[column];
      const flipped = typeof value === "number" ? flippedNumber(value, bit) : flippedText(String(value), bit);
      expect(sealOf(table, { ...row, [column]: flipped })).not.toBe(row.seal);
    }),
    { numRuns: 2_000 },
  );
  empty.close();
});

function flippedNumber(value: number, bit: number): number {
  return Number(BigInt(value) ^ (1n << BigInt(bit % 48)));
}

function flippedText(value: string, bit: number): string {
  const bytes = Buffer.from(value);
  const at = bit % (bytes.length * 7);
  bytes[Math.floor(at / 7)] = (bytes[Math.floor(at / 7)] ?? 0) ^ (1 << (at % 7));
  return bytes.toString();
}
