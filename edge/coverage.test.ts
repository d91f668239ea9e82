import { expect, test } from "vitest";
import { holesIn, outside } from "./coverage.ts";

test("a change of what the cloud holds is no hole; a pause between frames is", () => {
  const spans = [
    { from: 0, to: 10_000, held: true, thinned: false },
    { from: 11_000, to: 20_000, held: false, thinned: false },
    { from: 26_000, to: 30_000, held: false, thinned: false },
  ];
  expect(holesIn(spans, 3_000)).toEqual([{ from: 20_000, to: 26_000 }]);
});

test("of a hole only what no event tells of is left to say", () => {
  const hole = { from: 0, to: 100 };
  expect(outside(hole, [])).toEqual([hole]);
  expect(
    outside(hole, [
      { from: 20, to: 30 },
      { from: 60, to: 100 },
    ]),
  ).toEqual([
    { from: 0, to: 20 },
    { from: 30, to: 60 },
  ]);
  expect(outside(hole, [{ from: -5, to: 105 }])).toEqual([]);
});
