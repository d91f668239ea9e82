import { expect, test } from "vitest";
import { rangeAround } from "./scale.ts";

test("a scale lies round the normal band, not at zero, and holds what is above", () => {
  expect(rangeAround([2_900, 3_500], 1, [3_100, 0, null, undefined])).toEqual([2_000, 3_800]);
  expect(rangeAround([2_900, 3_500], 1, [4_250])).toEqual([2_000, 4_300]);
});

test("a band near zero does not bring a scale below it, and one without width gives none", () => {
  expect(rangeAround([100, 900], 1, [])).toEqual([0, 1_300]);
  expect(rangeAround([5, 5], 1, [])).toBeNull();
});
