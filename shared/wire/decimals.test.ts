import fc from "fast-check";
import { expect, test } from "vitest";
import { decimalsOf, fromDecimal } from "./decimals.ts";

test("decimals of few digits are found and give their very bits again", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1 - 2 ** 20, max: 2 ** 20 - 1 }), { minLength: 1 }),
      fc.nat({ max: 6 }),
      fc.boolean(),
      (integers, digits, real) => {
        const values = Float64Array.from(integers, (integer) => fromDecimal(integer, digits, real) + 0);
        const found = decimalsOf(values, values.length, real);
        expect(found?.digits).toBeLessThanOrEqual(digits);
        expect(Array.from(found?.integers ?? [], (i) => fromDecimal(i, found?.digits ?? 0, real))).toEqual([...values]);
      },
    ),
  );
});

test("what is no decimal of few digits is told apart", () => {
  for (const value of [1 / 3, Number.NaN, Number.POSITIVE_INFINITY, -0, 1e300, 1e-9])
    expect(decimalsOf(Float64Array.of(1.5, value), 2, false)).toBeNull();
  expect(decimalsOf(Float64Array.of(Math.fround(10 / 3)), 1, true)).toBeNull();
  expect(decimalsOf(Float64Array.of(1.5, 2.25), 2, false)).toEqual({ digits: 2, integers: Float64Array.of(150, 225) });
});
