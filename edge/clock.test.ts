import { expect, test } from "vitest";
import { bootId, machineClock, openClock } from "./clock.ts";

function sourceOf(synchronised: boolean, at = Date.UTC(2027, 0, 1)) {
  const source = { at, since: 5_000, synchronised };
  return {
    source,
    clock: openClock({ wall: () => source.at, mono: () => source.since, synchronised: () => source.synchronised }),
  };
}

test("a clock that runs evenly, or drifts slowly, is no event", () => {
  const { source, clock } = sourceOf(false);
  for (let second = 0; second < 100; second++) {
    source.at += 1_004;
    source.since += 1_000;
    expect(clock.watch()).toBeNull();
  }
  expect(clock.now().clock).toBe("free-running");
});

test("a step of the wall clock is an event with its size, once; without a time server its time is in doubt from then on", () => {
  const { source, clock } = sourceOf(false);
  source.at += 1_000 - 7_200_000;
  source.since += 1_000;
  expect(clock.watch()).toMatchObject({ type: "clock", step: -7_200_000, state: "unknown" });
  expect(clock.watch()).toBeNull();
  expect(clock.now().clock).toBe("unknown");
  source.synchronised = true;
  expect(clock.watch()).toMatchObject({ step: 0, state: "synchronised" });
  source.synchronised = false;
  expect(clock.watch()).toMatchObject({ step: 0, state: "free-running" });
});

test("becoming true is an event even without a step, and a step by the time server leaves no doubt", () => {
  const { source, clock } = sourceOf(false);
  source.synchronised = true;
  expect(clock.watch()).toMatchObject({ step: 0, state: "synchronised" });
  source.at += 60_000;
  expect(clock.watch()).toMatchObject({ step: 60_000, state: "synchronised" });
});

test("a time from before the software is unknown; when it is set to a plausible one, that is a step", () => {
  const { source, clock } = sourceOf(false, 4_000);
  expect(clock.now().clock).toBe("unknown");
  source.at = Date.UTC(2027, 5, 1);
  expect(clock.watch()).toMatchObject({ state: "unknown" });
});

test("the machine's monotonic clock is in whole ms and the boot has one id", () => {
  expect(Number.isInteger(openClock(machineClock(() => false)).now().mono)).toBe(true);
  expect(bootId()).toMatch(/^[0-9a-f]{16}$/);
});
