import { expect, test } from "vitest";
import { slopeOf } from "./slope.ts";

test("a straight line has its slope and no doubt", () => {
  const points = [0, 60, 120, 180].map((atS) => ({ atS, value: 100 + atS / 36 }));
  const { perHour, low, high } = slopeOf(points);
  for (const each of [perHour, low, high]) expect(each).toBeCloseTo(100, 6);
});

test("noise without a trend has bounds around nothing", () => {
  const points = [3, -2, 4, -4, 1, -1, 2, -3].map((value, i) => ({ atS: 60 * i, value }));
  const { low, high } = slopeOf(points);
  expect(low).toBeLessThan(0);
  expect(high).toBeGreaterThan(0);
});

test("bounds are those of the textbook", () => {
  // x 1 to 5, y 2 1 4 3 5: slope 0.8, its standard error 0.3464, t of 3 degrees 3.18.
  const points = [2, 1, 4, 3, 5].map((value, i) => ({ atS: i + 1, value }));
  const { perHour, low, high } = slopeOf(points);
  expect(perHour / 3_600).toBeCloseTo(0.8, 6);
  expect((high - low) / 2 / 3_600).toBeCloseTo(0.3464 * 3.18, 3);
});

test("a sawtooth without a trend, cut anywhere, has bounds around nothing", () => {
  for (let cut = 0; cut < 25; cut++) {
    const points = Array.from({ length: 42 }, (_, i) => ({ atS: 60 * i, value: 250 + 8 * (((i + cut) % 25) / 25) }));
    const { low, high } = slopeOf(points);
    expect(low).toBeLessThan(0);
    expect(high).toBeGreaterThan(0);
  }
});

test("a leak under such a sawtooth is seen", () => {
  const points = Array.from({ length: 42 }, (_, i) => ({
    atS: 60 * i,
    value: 250 + 8 * ((i % 25) / 25) + (36 * i) / 60,
  }));
  expect(slopeOf(points).low).toBeGreaterThan(1);
});

test("two points say nothing", () => {
  const two = [0, 1].map((atS) => ({ atS, value: 1 }));
  expect(() => slopeOf(two)).toThrow(/no slope/);
});
