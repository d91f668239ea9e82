import { expect, test } from "vitest";
import { rangeOf, type Series, timeLabels } from "./strip.ts";

const series = (values: (number | null)[]): Series => ({
  at: values.map((_, i) => i),
  low: values,
  high: values,
  holes: [],
});

test("a pen's scale has round ends that hold every value", () => {
  expect(rangeOf(series([214.6, 233, null]), 1)).toEqual([0, 300]);
  expect(rangeOf(series([2_936, 3_180]), 1)).toEqual([0, 4_000]);
  expect(rangeOf(series([-3, 8]), 1)).toEqual([-3, 8]);
});

test("a scale holds what else belongs to its value, as the ends of its normal band", () => {
  expect(rangeOf(series([17, 19]), 1, [15, 22])).toEqual([0, 30]);
  expect(rangeOf(series([null]), 1, [15, 22])).toEqual([0, 30]);
});

test("a pen without values or with a flat zero keeps the least scale", () => {
  expect(rangeOf(series([null, null]), 50)).toEqual([0, 50]);
  expect(rangeOf(series([0, 0]), 50)).toEqual([0, 50]);
});

test("an hour has a label every ten minutes, at whole ones", () => {
  const from = Date.UTC(2026, 1, 18, 13, 2);
  expect(timeLabels(from, from + 3_600_000).map((at) => new Date(at).getUTCMinutes())).toEqual([10, 20, 30, 40, 50, 0]);
});
