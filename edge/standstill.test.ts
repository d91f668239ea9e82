import { expect, test } from "vitest";
import { GapEvent } from "../shared/domain/event.ts";
import { openStandstill } from "./standstill.ts";

const at = (mono: number, receivedAt = 1_000_000 + mono) => ({ receivedAt, mono, clock: "synchronised" as const });

test("a daemon that stood still tells it once, and names the span between its two ticks", () => {
  const standstill = openStandstill(1_000);
  expect(standstill.ticked(at(1_000))).toBeNull();
  expect(standstill.woke(1_900)).toBe(0);
  expect(standstill.ticked(at(2_000))).toBeNull();
  expect([standstill.woke(24_000), standstill.woke(24_010)]).toEqual([22_000, 0]);
  const gap = standstill.ticked(at(24_020));
  expect(GapEvent.parse(gap)).toEqual({
    type: "gap",
    stream: "telemetry",
    from: 1_002_000,
    to: 1_024_020,
    count: null,
    reason: "daemon stood still",
  });
  expect([standstill.woke(25_000), standstill.ticked(at(25_020))]).toEqual([0, null]);
});

test("a tick that is a little late, a slow tick and a start that takes long are no standstill", () => {
  const quick = openStandstill(20);
  quick.ticked(at(0));
  expect(quick.ticked(at(2_900))).toBeNull();
  const slow = openStandstill(60_000);
  expect([slow.woke(500_000), slow.ticked(at(500_000))]).toEqual([0, null]);
  expect([slow.woke(600_000), slow.ticked(at(600_000))]).toEqual([0, null]);
});

test("a step of the wall clock alone is no standstill", () => {
  const standstill = openStandstill(1_000);
  standstill.ticked(at(0));
  expect(standstill.ticked(at(1_000, 9_000_000))).toBeNull();
  expect(standstill.ticked(at(30_000, 2_000_000))).toBeNull();
});
