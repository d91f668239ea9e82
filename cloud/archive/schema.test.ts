import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { teachSeals } from "../../shared/node/seal.ts";
import { openSqlite } from "../../shared/node/sqlite.ts";
import { clockStates } from "../../shared/wire/names.ts";
import { migrations, soundSql } from "./schema.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "schema-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("an empty file is laid out; an archive with another layout is refused in plain words and left untouched", () => {
  const path = join(folder, "archive.db");
  openSqlite(path, migrations, teachSeals).close();
  const other = new Database(path);
  expect(other.prepare("select count(*) from span").pluck().get()).toBe(0);
  other.pragma(`user_version = ${migrations.length + 1}`);
  other.close();
  const before = readFileSync(path);
  expect(() => openSqlite(path, migrations, teachSeals)).toThrow(
    `written by another release (schema ${migrations.length + 1}`,
  );
  expect(readFileSync(path)).toEqual(before);
});

test("an archive that did not say which events are dated is brought up with its rows: what was moved is dated, what is damaged stays so", () => {
  const path = join(folder, "archive.db");
  const old = openSqlite(path, migrations.slice(0, 4), teachSeals);
  const columns = "rig, epoch, seq, place, type, received, landed_at, body";
  const frame = old.prepare("insert into event_frame values (1, ?, ?, 0, ?, 0, x'')");
  const event = old.prepare(
    `insert into event (${columns}, seal) values (1, 1, @seq, 0, 'note', @received, 9, '{}',
       seal_of('event', 1, 1, @seq, 0, 'note', @received, 9, '{}') + @off)`,
  );
  const [unknown, known] = [clockStates.indexOf("unknown"), clockStates.indexOf("synchronised")];
  for (const [seq, clock, received, off] of [
    [1, unknown, 500, 0],
    [2, unknown, 100, 0],
    [3, known, 100, 0],
    [4, unknown, 500, 1],
  ]) {
    frame.run(seq, 100, clock);
    event.run({ seq, received, off });
  }
  old.close();
  const db = openSqlite(path, migrations, teachSeals);
  const rows = db.prepare(`select seq, received, dated, ${soundSql("event")} as sound from event order by seq`).all();
  expect(rows).toMatchObject([
    { seq: 1, received: 500, dated: 1, sound: 1 },
    { seq: 2, received: 100, dated: 0, sound: 1 },
    { seq: 3, received: 100, dated: 0, sound: 1 },
    { seq: 4, sound: 0 },
  ]);
  db.close();
});
