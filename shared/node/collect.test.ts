import { expect, onTestFinished, test, vi } from "vitest";
import { collectRegularly, openCollection } from "./collect.ts";

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

test("what a thread leaves a little at a time is collected without being asked", async () => {
  const before = process.memoryUsage().arrayBuffers;
  const stop = collectRegularly(50);
  onTestFinished(stop);
  work(6_000_000);
  expect(process.memoryUsage().arrayBuffers - before).toBeGreaterThan(3_000_000);
  await vi.waitFor(() => expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000), 10_000);
});

test("it ends when it is told to", () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const stop = collectRegularly();
  expect(vi.getTimerCount()).toBe(1);
  stop();
  expect(vi.getTimerCount()).toBe(0);
});
