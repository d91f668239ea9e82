import { expect, test } from "vitest";
import { openForecast, roomMs } from "./forecast.ts";

test("without a measured rate nothing is forecast", () => {
  const forecast = openForecast(() => 0);
  forecast.add(1_000);
  expect(forecast.growth().bytesPerDay).toBeNull();
  expect(roomMs(1e9, 0, forecast.growth())).toBeNull();
});

test("frames of one size at one pace fill the room when their sum says so", () => {
  let now = 0;
  const forecast = openForecast(() => now);
  for (let second = 0; second < 160; second++) {
    now += 1_000;
    forecast.add(952);
  }
  const { bytesPerDay, frameBytes } = forecast.growth();
  expect(frameBytes).toBeCloseTo(1_000);
  expect(bytesPerDay).toBeCloseTo(86_400_000);
  expect(roomMs(86_400_000, 43_200_000, forecast.growth())).toBeCloseTo(43_200_000);
});

test("nothing is told while the rate is still settling, and what a start stores does not count", () => {
  let now = 0;
  const forecast = openForecast(() => now);
  const told: (number | null)[] = [];
  for (let second = 0; second < 600; second++) {
    now += 1_000;
    forecast.add(second < 5 ? 90_000 : second % 2 === 0 ? 700 : 1_204);
    told.push(forecast.growth().bytesPerDay);
  }
  const known = told.filter((rate) => rate !== null);
  expect(told.indexOf(known[0] ?? null)).toBe(149);
  expect(Math.max(...known) / Math.min(...known)).toBeLessThan(1.05);
});
