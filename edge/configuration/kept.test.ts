import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openKept } from "./kept.ts";

let folder: string;
let unreadable: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kept-"));
  unreadable = [];
});
afterEach(() => rmSync(folder, { recursive: true }));
const open = () => openKept(folder, (path) => unreadable.push(path.slice(folder.length + 1)));
const one = { hash: "0123456789abcdef", text: '{ "rig": "rig-14" }\n' };
const other = { hash: "fedcba9876543210", text: "{}" };

test("nothing is kept before a configuration gave a good value", () => {
  expect([open().last(), open().chosen()]).toEqual([null, null]);
  expect(() => open().choose({ by: "operator", at: 1, instead: null })).toThrow("no configuration is kept");
});

test("what gave a good value is there after a restart, text and times, for this user alone", () => {
  const kept = open();
  kept.ran(one, 1_000);
  kept.ran(one, 5_000, true);
  expect(open().last()).toEqual({ ...one, from: 1_000, until: 5_000 });
  for (const name of readdirSync(folder))
    expect([name, statSync(join(folder, name)).mode & 0o777]).toEqual([name, 0o600]);
});

test("a running one is noted now and then, not at every value", () => {
  const kept = open();
  kept.ran(one, 1_000);
  kept.ran(one, 5_000);
  expect(kept.last()?.until).toBe(5_000);
  expect(open().last()?.until).toBe(1_000);
});

test("the next that gives good values takes its place, and the choice of the old one ends", () => {
  const kept = open();
  kept.ran(one, 1_000);
  kept.choose({ by: "operator", at: 2_000, instead: other.hash });
  expect(open().chosen()).toEqual({ by: "operator", at: 2_000, instead: other.hash });
  kept.ran(other, 3_000);
  expect([open().last(), open().chosen()]).toEqual([{ ...other, from: 3_000, until: 3_000 }, null]);
});

test("a choice outlives restarts until it is taken back, and what ran meanwhile goes on", () => {
  open().ran(one, 1_000);
  open().choose({ by: "operator", at: 2_000, instead: null });
  open().ran(one, 9_000, true);
  expect([open().chosen()?.by, open().last()?.until]).toEqual(["operator", 9_000]);
  open().choose(null);
  expect([open().chosen(), open().last()?.until]).toEqual([null, 9_000]);
});

test("a file cut short at any byte is told and taken for none; times of another text are not believed", () => {
  const kept = open();
  kept.ran(one, 1_000);
  const path = join(folder, "configuration-kept.json");
  const whole = readFileSync(path);
  for (let cut = 0; cut < whole.length - 2; cut++) {
    writeFileSync(path, whole.subarray(0, cut));
    unreadable = [];
    expect([open().last(), unreadable]).toEqual([null, [expect.stringMatching(/^configuration-kept.json.broken-/)]]);
  }
  writeFileSync(path, `${JSON.stringify({ ...other, from: 7 })}\n`);
  expect(open().last()).toEqual({ ...other, from: 7, until: 7 });
});

test("a choice of which a bit has changed is nobody's choice; what ran is kept all the same", () => {
  open().ran(one, 1_000);
  open().choose({ by: "operator", at: 2_000, instead: null });
  const path = join(folder, "configuration-ran.json");
  writeFileSync(path, readFileSync(path, "utf8").replace('"operator"', '"operatos"'));
  expect([open().chosen(), unreadable]).toEqual([null, [expect.stringMatching(/^configuration-ran.json.broken-/)]]);
  expect(open().last()).toEqual({ ...one, from: 1_000, until: 1_000 });
});
