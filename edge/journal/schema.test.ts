import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { migrations } from "./schema.ts";

test("a journal whose history an earlier release packed is refused in plain words, one with frames alone goes on", () => {
  const db = new Database(":memory:");
  for (const migrate of migrations.slice(0, 2)) migrate(db);
  const [, , refuse] = migrations;
  if (refuse === undefined) throw new Error("no third migration");
  db.exec("insert into frame (key, at, count, a, b, body) values (1, 1, 0, 0, 0, x'01')");
  refuse(db);
  db.exec(
    "insert into span (first, last, from_at, to_at, a, b, dictionary, body) values (1, 1, 1, 1, 0, 0, 'd', x'01')",
  );
  expect(() => refuse(db)).toThrow("packed by an earlier release");
  db.close();
});
