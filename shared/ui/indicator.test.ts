import { expect, test } from "vitest";
import { positionOf, scaleOf, visibleTicks } from "./indicator.ts";

test("every normal band sits at the same place and values are clipped at the ends", () => {
  expect([208, 222, 215].map((value) => positionOf(value, [208, 222]))).toEqual([36, 64, 50]);
  expect(positionOf(1e9, [208, 222])).toBe(98.5);
  expect(positionOf(-1e9, [208, 222])).toBe(1.5);
});

test("without a normal band the limits make one; without limits there is none", () => {
  expect(scaleOf({ l: { at: 1_000 }, h: { at: 5_000 }, sane: [0, 10_000] }, 1)?.band).toEqual([1_000, 5_000]);
  expect(scaleOf({ h: { at: 20_000 }, hh: { at: 40_000 }, sane: [0, 50_000] }, 0.001)?.band).toEqual([0, 20]);
  expect(scaleOf({ normal: [60, 90], h: { at: 95 } }, 1)).toEqual({ band: [60, 90], ticks: [{ name: "H", at: 95 }] });
  expect(scaleOf({ sane: [0, 10] }, 1)).toBeNull();
});

test("limits off the trough have no tick, and of two close ones the more serious is named", () => {
  const ticks = visibleTicks({
    band: [60, 90],
    ticks: [
      { name: "H", at: 95 },
      { name: "HH", at: 97 },
      { name: "LL", at: -500 },
    ],
  });
  expect(ticks.map(({ name, lettered }) => [name, lettered])).toEqual([
    ["H", false],
    ["HH", true],
  ]);
});
