import { expect, test } from "vitest";
import { openBackfillRates } from "./backfill-rates.ts";

const start = 1_700_000_000_000;

test("a rate is what landed over the time that it took", () => {
  const rates = openBackfillRates();
  for (let second = 0; second <= 10; second++) rates.landed("rig-1", 50, start + second * 1_000);
  expect(rates.of("rig-1", start + 10_000)).toBe(50);
  expect(rates.of("rig-2", start + 10_000)).toBeNull();
});

test("nothing is guessed: not of a few seconds, and not once none comes any more", () => {
  const rates = openBackfillRates();
  rates.landed("rig-1", 1_000, start);
  expect(rates.of("rig-1", start)).toBeNull();
  rates.landed("rig-1", 1_000, start + 4_000);
  expect(rates.of("rig-1", start + 4_000)).toBeNull();
  rates.landed("rig-1", 1_000, start + 10_000);
  expect(rates.of("rig-1", start + 10_000)).toBe(200);
  expect(rates.of("rig-1", start + 31_000)).toBeNull();
});

test("what landed more than a minute ago no longer counts", () => {
  const rates = openBackfillRates();
  for (let second = 0; second <= 60; second++) rates.landed("rig-1", 500, start + second * 1_000);
  for (let second = 61; second <= 130; second++) rates.landed("rig-1", 10, start + second * 1_000);
  expect(rates.of("rig-1", start + 130_000)).toBe(10);
});
