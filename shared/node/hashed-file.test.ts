import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { openHashedFile } from "./hashed-file.ts";

const Book = z.object({ name: z.string(), count: z.number(), of: z.array(z.number()) });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hashed-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const path = () => join(folder, "book.json");
const open = () => openHashedFile(path(), Book);
const asides = () => readdirSync(folder).filter((name) => name.startsWith("book.json.broken-"));

const book = fc.record({
  name: fc.string({ unit: "grapheme", maxLength: 30 }),
  count: fc.integer(),
  of: fc.array(
    fc.double({ noDefaultInfinity: true, noNaN: true }).map((n) => n + 0),
    { maxLength: 4 },
  ),
});

test("what is written is read, by its owner alone, and is JSON as it stands", () => {
  expect(open().read()).toBeNull();
  fc.assert(
    fc.property(book, (value) => {
      open().write(value);
      expect(open().read()).toEqual({ value });
      expect(JSON.parse(readFileSync(path(), "utf8"))).toMatchObject(value);
    }),
    { numRuns: 30 },
  );
  expect(statSync(path()).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(["book.json"]);
});

test("every single flipped bit is noticed, and the file kept aside as it was", () => {
  fc.assert(
    fc.property(book, (value) => {
      open().write(value);
      const whole = readFileSync(path());
      for (let bit = 0; bit < whole.length * 8; bit++) {
        const damaged = Buffer.from(whole);
        damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        writeFileSync(path(), damaged);
        const read = open().read();
        if (read === null || "value" in read) throw new Error(`bit ${bit} was not noticed`);
        expect(readFileSync(join(folder, read.damaged.kept)).equals(damaged)).toBe(true);
        rmSync(join(folder, read.damaged.kept));
      }
    }),
    { numRuns: 3 },
  );
}, 120_000);

test("one that is cut short, at any byte, is noticed", () => {
  open().write({ name: "pump", count: 3, of: [1, 2] });
  const whole = readFileSync(path());
  for (let cut = 0; cut < whole.length; cut++) {
    writeFileSync(path(), whole.subarray(0, cut));
    expect(open().read()).toHaveProperty("damaged");
  }
});

test("what a person changed is kept aside, and it is told how it is accepted; done so, it is", () => {
  open().write({ name: "pump", count: 3, of: [] });
  writeFileSync(path(), readFileSync(path(), "utf8").replace("pump", "pipe"));
  const read = open().read();
  if (read === null || "value" in read) throw new Error("the change was not noticed");
  expect(read.damaged.problem).toMatch(/not as it was written.*take its line "sha256" out/);
  const kept = join(folder, read.damaged.kept);
  writeFileSync(kept, readFileSync(kept, "utf8").replace(/\n {2}"sha256".*/, ""));
  renameSync(kept, path());
  expect(open().read()).toEqual({ value: { name: "pipe", count: 3, of: [] } });
});

test("one that was laid out anew with its old hash is not believed", () => {
  open().write({ name: "pump", count: 3, of: [] });
  writeFileSync(path(), JSON.stringify(JSON.parse(readFileSync(path(), "utf8"))));
  expect(open().read()).toHaveProperty("damaged");
});

test("one without a hash is believed only if it fits, and has one from then on; a folder in its place is kept aside", () => {
  writeFileSync(path(), '{"name": "pump", "count": 1, "of": []}');
  expect(open().read()).toHaveProperty("value");
  expect(readFileSync(path(), "utf8")).toContain("sha256");
  expect(open().read()).toEqual({ value: { name: "pump", count: 1, of: [] } });
  writeFileSync(path(), '{"name": "pump"}');
  expect(open().read()).toHaveProperty("damaged");
  mkdirSync(path());
  expect(open().read()).toHaveProperty("damaged");
  expect(asides()).toHaveLength(2);
});

test("a write that the disk refuses leaves the old file and nothing beside it", async () => {
  open().write({ name: "old", count: 1, of: [] });
  mkdirSync(join(folder, `book.json.${process.pid}.new`));
  expect(() => open().write({ name: "new", count: 2, of: [] })).toThrow(/EISDIR/);
  await expect(open().writeLater({ name: "new", count: 2, of: [] })).rejects.toThrow(/EISDIR/);
  expect(open().read()).toMatchObject({ value: { name: "old" } });
  rmSync(join(folder, `book.json.${process.pid}.new`), { recursive: true });
  await open().writeLater({ name: "new", count: 2, of: [] });
  expect(open().read()).toMatchObject({ value: { name: "new" } });
});
