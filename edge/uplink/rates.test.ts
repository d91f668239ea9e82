import { expect, test } from "vitest";
import { openRates } from "./rates.ts";

function ratesAt() {
  const clock = { now: 5_300 };
  return { clock, rates: openRates(() => clock.now) };
}

test("a rate is not told before some seconds have passed", () => {
  const { clock, rates } = ratesAt();
  rates.add("live", 1_000);
  clock.now += 2_000;
  expect(rates.bitsPerSecond()).toEqual({ events: null, live: null, backfill: null });
  clock.now += 1_000;
  expect(rates.bitsPerSecond()).toEqual({ events: 0, live: 2_667, backfill: 0 });
});

test("each lane's rate is what went in the last ten whole seconds, and nothing of the second that still runs", () => {
  const { clock, rates } = ratesAt();
  for (let second = 0; second < 40; second++) {
    rates.add("live", 100);
    rates.add("backfill", second < 35 ? 1_000 : 0);
    clock.now += 1_000;
  }
  rates.add("events", 9_999);
  expect(rates.bitsPerSecond()).toEqual({ events: 0, live: 800, backfill: 4_000 });
});

test("a lane in which nothing goes falls to nothing", () => {
  const { clock, rates } = ratesAt();
  clock.now += 20_000;
  rates.add("backfill", 1_000);
  clock.now += 10_000;
  expect(rates.bitsPerSecond().backfill).toBe(800);
  clock.now += 1_000;
  expect(rates.bitsPerSecond().backfill).toBe(0);
});
