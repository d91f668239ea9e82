import { expect, test } from "vitest";
import { bootId, machineClock, openClock } from "./clock.ts";

function sourceOf(synchronised: boolean, at = Date.UTC(2027, 0, 1)) {
  const source = { at, since: 5_000, synchronised, saidAt: 4_000 };
  return {
    source,
    clock: openClock(
      {
        wall: () => source.at,
        mono: () => source.since,
        synchronised: () => source.synchronised,
        saidAt: () => source.saidAt,
        uncertainty: () => 12,
      },
      "00000000000000b1",
    ),
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

test("becoming true is an event even without a step", () => {
  const { source, clock } = sourceOf(false);
  source.synchronised = true;
  expect(clock.watch()).toMatchObject({ step: 0, state: "synchronised" });
});

test("a synchronised clock that steps is in doubt and dates nothing, until the machine, asked anew, says that it is true", () => {
  const { source, clock } = sourceOf(true);
  source.since += 1_000;
  source.at += 61_000;
  const event = clock.watch();
  expect(event).toMatchObject({ step: 60_000, state: "unknown" });
  expect(event).not.toHaveProperty("correction");
  source.saidAt = source.since + 1;
  expect(clock.watch()).toMatchObject({ step: 0, state: "synchronised", correction: { by: "time server" } });
});

test("a person who sets a synchronised clock wrong does not make its time true: the machine then says that it is not", () => {
  const { source, clock } = sourceOf(true);
  source.at += 7_200_000;
  expect(clock.watch()).toMatchObject({ step: 7_200_000, state: "unknown" });
  source.synchronised = false;
  expect(clock.watch()).toBeNull();
  expect(clock.now().clock).toBe("unknown");
  source.at -= 7_200_000;
  source.synchronised = true;
  source.saidAt = source.since + 1;
  expect(clock.watch()).toMatchObject({ step: -7_200_000, state: "synchronised", correction: { at: truth } });
});

test("a time from before the software is unknown; when it is set to a plausible one, that is a step", () => {
  const { source, clock } = sourceOf(false, 4_000);
  expect(clock.now().clock).toBe("unknown");
  source.at = Date.UTC(2027, 5, 1);
  expect(clock.watch()).toMatchObject({ state: "unknown" });
});

test("the machine's monotonic clock is in whole ms and the boot has one id", () => {
  expect(
    Number.isInteger(
      openClock(machineClock({ synchronised: () => false, saidAt: () => 0, uncertainty: () => null })).now().mono,
    ),
  ).toBe(true);
  expect(bootId()).toMatch(/^[0-9a-f]{16}$/);
});

const truth = Date.UTC(2027, 0, 1);

test("when a time server makes the clock true, the event dates what was before, with what is known of its uncertainty", () => {
  const { source, clock } = sourceOf(false, 4_000);
  source.at = truth;
  source.synchronised = true;
  expect(clock.watch()).toMatchObject({
    state: "synchronised",
    correction: { at: truth, mono: 5_000, uncertainty: 12, by: "time server" },
  });
  expect(clock.watch()).toBeNull();
});

test("a box that boots in 1970 tells the office's word once, and again only when the old one is much less sure", () => {
  const { source, clock } = sourceOf(false, 4_000);
  const word = { at: truth, mono: 4_900, uncertainty: 300, by: "office" as const };
  clock.hear(word);
  expect(clock.watch()).toMatchObject({ step: 0, state: "unknown", correction: word });
  const pass = (ms: number) => {
    source.at += ms;
    source.since += ms;
    clock.hear({ ...word, at: word.at + source.since - 4_900, mono: source.since });
    return clock.watch();
  };
  expect(pass(1_000)).toBeNull();
  expect(pass(3_600_000)).toMatchObject({ correction: { mono: source.since } });
});

test("a clock in doubt is believed again when the office's word agrees with it, and one that is plausible is not told about", () => {
  const { source, clock } = sourceOf(false);
  clock.hear({ at: source.at, mono: source.since, uncertainty: 50, by: "office" });
  expect(clock.watch()).toBeNull();
  source.at += 7_200_000;
  expect(clock.watch()).toMatchObject({ step: 7_200_000, state: "unknown", correction: { by: "office" } });
  source.at -= 7_200_000;
  expect(clock.watch()).toMatchObject({ step: -7_200_000, state: "free-running" });
});

test("a clock that was set wrong before the daemon began is found out by the office's word", () => {
  const { source, clock } = sourceOf(false);
  clock.hear({ at: source.at + 86_400_000, mono: source.since, uncertainty: 50, by: "office" });
  expect(clock.watch()).toMatchObject({ step: 0, state: "unknown", correction: { by: "office" } });
});

test("a restart of the daemon forgets no doubt, and finds what was set meanwhile", () => {
  const boot = "00000000000000b1";
  const last = (ms: number, clock: "unknown" | "free-running") => ({
    boot,
    time: { receivedAt: truth - 1_000 + ms, mono: 4_000, clock },
  });
  const doubtful = sourceOf(false).clock;
  doubtful.follow(last(0, "unknown"));
  expect(doubtful.now().clock).toBe("unknown");
  const steady = sourceOf(false).clock;
  steady.follow(last(0, "free-running"));
  expect([steady.now().clock, steady.watch()]).toEqual(["free-running", null]);
  const moved = sourceOf(false).clock;
  moved.follow(last(60_000, "free-running"));
  expect(moved.now().clock).toBe("unknown");
  expect(moved.watch()).toMatchObject({ step: -60_000, state: "unknown" });
});

test("a clock that stands before the end of the last boot is in doubt", () => {
  const last = {
    boot: "00000000000000b0",
    time: { receivedAt: truth + 1_000, mono: 9e6, clock: "free-running" as const },
  };
  const { clock } = sourceOf(false);
  clock.follow(last);
  expect(clock.now().clock).toBe("unknown");
  const later = sourceOf(false, truth + 2_000).clock;
  later.follow(last);
  expect(later.now().clock).toBe("free-running");
});
