import { expect, test } from "vitest";
import { badRuns } from "./bad-runs.ts";

const lane = (count: number[], bad: number[]) => ({
  scale: 1,
  offset: 0,
  avg: [],
  min: [],
  max: [],
  last: [],
  count,
  bad,
});
const grid = (count: number[], bad: number[]) => ({
  start: 1_000,
  stepMs: 10,
  length: count.length,
  lanes: new Map([["t", lane(count, bad)]]),
});

test("a bad span is where every reading was bad, over buckets without one, and a partly good bucket ends it", () => {
  expect(badRuns(grid([2, 2, 0, 2, 2, 2, 0], [0, 2, 0, 2, 1, 2, 0]), "t", 5)).toEqual([
    { from: 1_010, to: 1_040 },
    { from: 1_050, to: 1_060 },
  ]);
});

test("what was never read is not bad, and only the longest are told", () => {
  expect(badRuns(grid([0, 0], [0, 0]), "t", 5)).toEqual([]);
  expect(badRuns(grid([1, 1, 1, 1, 1], [1, 0, 1, 1, 0]), "t", 1)).toEqual([{ from: 1_020, to: 1_040 }]);
  expect(badRuns(grid([1], [1]), "other", 1)).toEqual([]);
});
