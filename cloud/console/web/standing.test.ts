import { expect, test } from "vitest";
import { standingOf } from "./standing.ts";

const rig = { online: true, seenAt: 90_000 };

test("a rig that was heard each second is silent after three seconds, whatever the server said last", () => {
  const heard = { at: 100_000, everyMs: 1_000 };
  expect(standingOf(rig, heard, 103_000)).toEqual(rig);
  expect(standingOf(rig, heard, 103_001)).toEqual({ online: false, seenAt: 100_000 });
  expect(standingOf({ ...rig, online: false }, heard, 101_000).online).toBe(true);
  // What landed while this page had no line.
  expect(standingOf({ ...rig, seenAt: 102_000 }, heard, 120_000).seenAt).toBe(102_000);
});

test("before its first message here a rig stands as the server says", () => {
  expect(standingOf(rig, null, 900_000)).toBe(rig);
});
