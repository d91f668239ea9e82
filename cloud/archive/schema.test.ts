import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { migrations } from "./schema.ts";

test("an archive that holds what an earlier release packed is refused in plain words, an empty one goes on", () => {
  const [layOut, refuse] = migrations;
  if (layOut === undefined || refuse === undefined) throw new Error("no migrations");
  const db = new Database(":memory:");
  layOut(db);
  refuse(db);
  db.exec(
    "insert into span (key, rig, from_at, to_at, versions, readings, stamp, body) values (1, 1, 0, 1, '[]', 0, 1, x'01')",
  );
  expect(() => refuse(db)).toThrow("packed by an earlier release");
  db.close();
});
