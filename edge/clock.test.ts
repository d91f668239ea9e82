import { expect, test } from "vitest";
import type { ClockState } from "../shared/wire/names.ts";
import { bootId, openClock } from "./clock.ts";

function sourceOf(state: ClockState) {
  const source = { at: 1_000_000, since: 5_000, clock: state };
  return { source, clock: openClock({ wall: () => source.at, mono: () => source.since, state: () => source.clock }) };
}

test("a clock that runs evenly, or drifts slowly, is no event", () => {
  const { source, clock } = sourceOf("unknown");
  for (let second = 0; second < 100; second++) {
    source.at += 1_004;
    source.since += 1_000;
    expect(clock.watch()).toBeNull();
  }
});

test("a step of the wall clock is an event with its size, once", () => {
  const { source, clock } = sourceOf("unknown");
  source.at += 1_000 - 7_200_000;
  source.since += 1_000;
  expect(clock.watch()).toMatchObject({ type: "clock", step: -7_200_000, state: "unknown" });
  expect(clock.watch()).toBeNull();
});

test("becoming true is an event even without a step", () => {
  const { source, clock } = sourceOf("unknown");
  source.clock = "synchronised";
  expect(clock.watch()).toMatchObject({ step: 0, state: "synchronised" });
});

test("the machine's monotonic clock is in whole ms and the boot has one id", () => {
  expect(Number.isInteger(openClock().now().mono)).toBe(true);
  expect(bootId()).toMatch(/^[0-9a-f]{16}$/);
});
