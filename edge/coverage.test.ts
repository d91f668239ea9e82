import { expect, test } from "vitest";
import { holesIn } from "./coverage.ts";

test("a change of what the cloud holds is no hole; a pause between frames is", () => {
  const spans = [
    { from: 0, to: 10_000, held: true },
    { from: 11_000, to: 20_000, held: false },
    { from: 26_000, to: 30_000, held: false },
  ];
  expect(holesIn(spans, 3_000)).toEqual([{ from: 20_000, to: 26_000 }]);
});
