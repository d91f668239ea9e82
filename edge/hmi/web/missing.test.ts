import { expect, test } from "vitest";
import { missingMs } from "./missing.ts";

test("time that two gaps share is missing once, and time outside the span is not counted", () => {
  expect(missingMs([], 0, 100)).toBe(0);
  const gaps = [
    { from: 40, to: 60 },
    { from: -10, to: 10 },
    { from: 50, to: 70 },
    { from: 95, to: 120 },
  ];
  expect(missingMs(gaps, 0, 100)).toBe(10 + 30 + 5);
});
