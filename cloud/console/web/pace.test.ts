import { expect, test } from "vitest";
import { paceAfter, silentAfterMs, standingOf } from "./pace.ts";

const rig = { online: true, seenAt: 90_000 };

test("a rig that was heard each second is silent after three seconds, whatever the server said last", () => {
  const heard = { at: 100_000, everyMs: 1_000 };
  expect(standingOf(rig, heard, 103_000)).toEqual(rig);
  expect(standingOf(rig, heard, 103_001)).toEqual({ online: false, seenAt: 100_000 });
  expect(standingOf({ ...rig, online: false }, heard, 101_000).online).toBe(true);
});

test("before its first message here a rig stands as the server says", () => {
  expect(standingOf(rig, null, 900_000)).toBe(rig);
});

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
