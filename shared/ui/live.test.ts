import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openLive } from "./live.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function line() {
  const lines: { message(): void; ended(): void }[] = [];
  const live = openLive({
    connect(one) {
      lines.push(one);
      return () => {};
    },
    now: () => Date.now(),
    random: () => 1,
  });
  return { lines, live };
}

test("three seconds of silence mean that the screen is cut off, and one message that it is back", () => {
  const { lines, live } = line();
  vi.advanceTimersByTime(3_000);
  live.tick();
  expect(live.silentFor.value).toBeNull();
  vi.advanceTimersByTime(100);
  live.tick();
  expect(live.silentFor.value).toBe(3_100);
  lines.at(-1)?.message();
  expect(live.silentFor.value).toBeNull();
});

test("a line that ends is tried again for ever, each time later, at most after five seconds", () => {
  const { lines, live } = line();
  const waits: number[] = [];
  for (let i = 0; i < 6; i += 1) {
    const tries = lines.length;
    const from = Date.now();
    lines.at(-1)?.ended();
    while (lines.length === tries) vi.advanceTimersByTime(50);
    waits.push(Date.now() - from);
  }
  expect(waits).toEqual([500, 1_000, 2_000, 4_000, 5_000, 5_000]);
  expect(live.attempts.value).toBe(6);
});

test("an open line that says nothing is given up and opened anew", () => {
  const { lines, live } = line();
  vi.advanceTimersByTime(3_100);
  live.tick();
  vi.advanceTimersByTime(1_000);
  expect(lines.length).toBe(2);
});

test("a server that hangs for ten minutes is asked some forty times, not two hundred; one that answers is asked quickly again", () => {
  const { lines, live } = line();
  const second = () => {
    vi.advanceTimersByTime(1_000);
    live.tick();
  };
  for (let passed = 0; passed < 600; passed += 1) second();
  expect(lines.length).toBeLessThan(45);
  lines.at(-1)?.message();
  const tries = lines.length;
  for (let passed = 0; passed < 5; passed += 1) second();
  expect(lines.length).toBe(tries + 1);
});

test("try now does not wait", () => {
  const { lines, live } = line();
  lines[0]?.ended();
  live.tryNow();
  expect([lines.length, live.nextTryS.value]).toEqual([2, null]);
});

test("the seconds to the next try are said as soon as a try has failed", () => {
  const { lines, live } = line();
  for (let i = 0; i < 4; i += 1) {
    lines.at(-1)?.ended();
    if (i < 3) vi.advanceTimersByTime(5_000);
  }
  expect(live.nextTryS.value).toBe(4);
});
