import { expect, test } from "vitest";
import { openDrain } from "./drain.ts";

function drainOf(...waiting: (number | null)[]): number | null {
  let now = 0;
  const drain = openDrain(() => now);
  for (const each of waiting) {
    drain.note(each);
    now += 1_000;
  }
  return drain.leftMs();
}

test("what waits is done after as long as the measured rate needs", () => {
  // 10 frames a second, 240 left.
  expect(drainOf(300, 290, 280, 270, 260, 250, 240)).toBe(24_000);
});

test("steps of receipts count as the rate between them", () => {
  expect(drainOf(100, 100, 100, 100, 100, 50, 50, 50, 50, 50, 0)).toBe(0);
  expect(drainOf(100, 100, 100, 100, 100, 80, 80, 80, 80)).toBe(32_000);
});

test("nothing is told of a few seconds, of what grows, or of what came before the link broke", () => {
  expect(drainOf()).toBeNull();
  expect(drainOf(300, 200, 100)).toBeNull();
  expect(drainOf(1, 2, 3, 4, 5, 6, 7, 8, 9)).toBeNull();
  expect(drainOf(900, 800, 700, 600, 500, 400, 300, null, 300, 250)).toBeNull();
});

test("an old rate is forgotten", () => {
  const fast = Array.from({ length: 20 }, (_, i) => 10_000 - i * 400);
  const slow = Array.from({ length: 31 }, (_, i) => 2_000 - i);
  expect(drainOf(...fast, ...slow)).toBeCloseTo(1_970_000);
});
