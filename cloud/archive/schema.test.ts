import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { migrations } from "./schema.ts";

test("an archive that an earlier release wrote is refused in plain words, an empty file is laid out", () => {
  const layOut = migrations.at(-1);
  if (layOut === undefined) throw new Error("no migrations");
  const older = new Database(":memory:");
  older.exec("create table note (name text primary key, value text not null)");
  expect(() => layOut(older)).toThrow("written by an older release");
  older.close();
  const empty = new Database(":memory:");
  layOut(empty);
  expect(empty.prepare("select count(*) from span").pluck().get()).toBe(0);
  empty.close();
});
