import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openMemory } from "./memory.ts";

const folder = mkdtempSync(join(tmpdir(), "rig-memory-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a new rig begins at 9,800 ft, one that is switched on again where it stopped, and a finished well is followed by a new one", () => {
  const memory = openMemory(join(folder, "rig"));
  expect(memory.depth).toBe(9_800);
  memory.keep(9_812.4);
  expect(openMemory(join(folder, "rig")).depth).toBe(9_812.4);
  memory.keep(12_000.1);
  expect(openMemory(join(folder, "rig")).depth).toBe(9_800);
});
