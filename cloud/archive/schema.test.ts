import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { teachSeals } from "../../shared/node/seal.ts";
import { openSqlite } from "../../shared/node/sqlite.ts";
import { migrations } from "./schema.ts";

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
