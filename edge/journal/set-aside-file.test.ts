import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { finishGivingWay, giveWay } from "./set-aside-file.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "give-way-"));
  path = join(folder, "journal.db");
  for (const part of ["", "-wal", "-shm"]) writeFileSync(path + part, `old${part}`);
});
afterEach(() => rmSync(folder, { recursive: true }));

const contents = () =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]));
const after = {
  "journal.db": "new",
  "journal.db.broken-1": "old",
  "journal.db.broken-1-wal": "old-wal",
  "journal.db.broken-1-shm": "old-shm",
};

test("a damaged file gives way with all its parts, and nothing of them is lost", () => {
  const aside = giveWay(path, "1", (made) => writeFileSync(made, "new"));
  expect(aside).toBe(join(folder, "journal.db.broken-1"));
  expect(contents()).toEqual(after);
});

/** The states that a crash can leave between the first rename and the last. */
test.each([1, 2, 3])("giving way that a crash interrupted after %i renames is ended at the next start", (renames) => {
  writeFileSync(`${path}.new-1`, "new");
  for (const part of ["", "-wal", "-shm"].slice(0, renames)) {
    writeFileSync(`${path}.broken-1${part}`, `old${part}`);
    rmSync(path + part);
  }
  finishGivingWay(path);
  expect(contents()).toEqual(after);
});

test("a new file that was not yet in its place is given up while the old one still stands", () => {
  writeFileSync(`${path}.new-1`, "half");
  finishGivingWay(path);
  expect(existsSync(`${path}.new-1`)).toBe(false);
  expect(readFileSync(path, "utf8")).toBe("old");
});
