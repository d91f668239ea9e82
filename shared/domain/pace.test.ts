import { expect, test } from "vitest";
import { paceAfter, silentAfterMs } from "./pace.ts";

test("one long silence is no measure of how often a value comes", () => {
  let every = paceAfter(1_000, 3_600_000);
  expect(silentAfterMs(every)).toBe(9_000);
  for (let i = 0; i < 12; i++) every = paceAfter(every, 1_000);
  expect(silentAfterMs(every)).toBe(3_000);
});

test("what comes in batches of five seconds is not stale between them", () => {
  let every = 0;
  for (let i = 0; i < 5; i++) every = paceAfter(every, 5_000);
  for (let i = 0; i < 4; i++) every = paceAfter(every, 0);
  expect(silentAfterMs(every)).toBeGreaterThan(5_000);
});
