import { expect, test } from "vitest";
import { openCollection } from "./collect.ts";

/** Arrays that nobody holds any more. */
function work(bytes: number): void {
  for (let made = 0; made < bytes; made += 1_000_000) new Uint8Array(1_000_000).fill(1);
}

test("what large work left is collected after it; a little is left to its own time", () => {
  const collect = openCollection();
  const before = process.memoryUsage().arrayBuffers;
  work(20_000_000);
  collect();
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
  work(2_000_000);
  collect();
  expect(process.memoryUsage().arrayBuffers - before).toBeGreaterThan(1_000_000);
});
