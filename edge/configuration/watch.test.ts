import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { stampOf } from "./file.ts";
import { watchFile } from "./watch.ts";

let folder: string;
let file: string;
let stop: AbortController;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "watch-"));
  file = join(folder, "rig.json");
  stop = new AbortController();
});
afterEach(() => {
  stop.abort();
  rmSync(folder, { recursive: true, force: true });
});

/** The stamps that were seen, each once. */
function watching(pollMs: number) {
  const seen: string[] = [];
  const ended = watchFile(
    file,
    async () => {
      const now = stampOf(file);
      if (seen.at(-1) !== now) seen.push(now);
    },
    { pollMs, signal: stop.signal },
  );
  return { seen, ended };
}

test.each([
  ["told of it", 3_600_000],
  ["asking", 50],
])("a file that is written, replaced by rename, removed and made anew is seen each time, %s", async (_how, pollMs) => {
  writeFileSync(file, "1");
  const { seen, ended } = watching(pollMs);
  const steps = [
    () => writeFileSync(file, "22"),
    () => {
      writeFileSync(`${file}~`, "33");
      renameSync(`${file}~`, file);
    },
    () => rmSync(file),
    () => writeFileSync(file, "4"),
  ];
  for (const [i, step] of steps.entries()) {
    await vi.waitFor(() => expect(seen).toHaveLength(i + 1), 10_000);
    step();
  }
  await vi.waitFor(() => expect(seen).toHaveLength(5), 10_000);
  stop.abort();
  await ended;
});

test("a folder that is not there yet is no fault: the file is seen once it is", async () => {
  file = join(folder, "later", "rig.json");
  const { seen } = watching(50);
  await vi.waitFor(() => expect(seen).toEqual(["There is no such file."]), 10_000);
});

test("what the look throws is not swallowed", async () => {
  await expect(
    watchFile(file, () => Promise.reject(new Error("a bug")), { pollMs: 50, signal: stop.signal }),
  ).rejects.toThrow("a bug");
});
