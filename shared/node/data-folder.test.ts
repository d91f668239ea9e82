import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openDataFolder } from "./data-folder.ts";

let data: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "data-"));
});
afterEach(() => rmSync(data, { recursive: true }));

const lockFile = () => join(data, "edge", "lock");
const asides = () => readdirSync(join(data, "edge")).filter((name) => name.startsWith("lock.damaged-"));

test.each([0, 18, 20, 44, 100])(
  "a lock file with another byte at %d stops nobody, or is kept beside and made anew",
  (at) => {
    openDataFolder(data, "edge").close();
    const bytes = readFileSync(lockFile());
    // A folder that was locked once may have left an empty file; then there is nothing to damage but its length.
    const damaged = Buffer.alloc(Math.max(bytes.length, 512), bytes.length === 0 ? 0x41 : 0);
    bytes.copy(damaged);
    damaged[at] = (damaged[at] ?? 0) ^ 0xff;
    writeFileSync(lockFile(), damaged);
    const first = openDataFolder(data, "edge");
    expect(() => openDataFolder(data, "edge")).toThrow(/in use by another process/);
    first.close();
    openDataFolder(data, "edge").close();
    expect(asides().length).toBeLessThanOrEqual(1);
  },
);

test("a lock file that is no database is kept as it was", () => {
  mkdirSync(join(data, "edge"));
  writeFileSync(lockFile(), "no database, but long enough to be looked at as one".repeat(40));
  openDataFolder(data, "edge").close();
  const [aside] = asides();
  expect(readFileSync(join(data, "edge", aside ?? ""), "utf8")).toMatch(/^no database/);
});

test("a link that leads nowhere in the place of the lock file is kept beside", () => {
  mkdirSync(join(data, "edge"));
  symlinkSync("/nonexistent/lock", lockFile());
  openDataFolder(data, "edge").close();
  expect(asides()).toHaveLength(1);
});

test("a folder in the place of the lock file is kept beside", () => {
  mkdirSync(lockFile(), { recursive: true });
  const open = openDataFolder(data, "edge");
  expect(() => openDataFolder(data, "edge")).toThrow(/in use by another process/);
  open.close();
  expect(asides()).toHaveLength(1);
});

test("what a killed process was writing is removed by the next one, what is another part's stays", () => {
  openDataFolder(data, "edge").close();
  const left = [join(data, "edge", "people.json.1.new"), join(data, "edge.pid.1.new")];
  const others = [join(data, "cloud.pid.1.new"), join(data, "edge", "people.json")];
  for (const path of [...left, ...others]) writeFileSync(path, "");
  openDataFolder(data, "edge").close();
  expect(left.map((path) => existsSync(path))).toEqual([false, false]);
  expect(others.map((path) => existsSync(path))).toEqual([true, true]);
});
