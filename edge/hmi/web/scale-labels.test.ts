import { expect, test } from "vitest";
import { scaleLabels } from "./scale-labels.ts";

test("the ends of a scale stand at top and bottom, the limit at its own height", () => {
  expect(scaleLabels([2_900, 3_100, 3_500], 3_200, 60, 13)).toEqual([
    { value: 3_200, y: 30, isLimit: true },
    { value: 3_500, y: 6.5, isLimit: false },
    { value: 2_900, y: 53.5, isLimit: false },
  ]);
});

test("an end that would lie over the limit's number is left out", () => {
  expect(scaleLabels([0, 100], 95, 60, 13).map(({ value }) => value)).toEqual([95, 0]);
  expect(scaleLabels([0, 100], 120, 60, 13).map(({ value }) => value)).toEqual([120, 0]);
  expect(scaleLabels([7, 7], null, 60, 13).map(({ value }) => value)).toEqual([7]);
});
