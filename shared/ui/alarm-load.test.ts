import { expect, test } from "vitest";
import type { AlarmState } from "../domain/alarm.ts";
import { floodNow, loadOf } from "./alarm-load.ts";

const alarm = (name: string, raisedAt: number, more: Partial<AlarmState> = {}): AlarmState => ({
  alarm: name,
  tag: "a",
  name: "a",
  text: name,
  condition: "l",
  priority: 2,
  state: "unacknowledged",
  value: 2_936,
  limit: 3_060,
  unit: "psi",
  raisedAt,
  changedAt: raisedAt,
  acknowledgedAt: null,
  acknowledgedBy: null,
  cannotJudge: false,
  ...more,
});

test("the load counts raises only, finds the peak and what chatters", () => {
  const raises = [0, 20_000, 50_000].map((at) => alarm("chatter", at));
  const others = [alarm("x", 700_000), alarm("x", 700_000, { state: "acknowledged", changedAt: 710_000 })];
  const load = loadOf([...raises, ...others], 0, 1_200_000);
  expect(load).toMatchObject({
    perTen: [3, 1],
    average: 2,
    peak: 3,
    peakAt: 0,
    chattering: 1,
    raised: 4,
    top: { text: "chatter", count: 3 },
  });
});

test("a flood is the worst ten minutes with ten raises or more, from the first to the last of them, wherever the bars begin", () => {
  const every = (from: number, stepMs: number, count: number) =>
    Array.from({ length: count }, (_, i) => alarm(`${from + i}`, from + i * stepMs));
  const quiet = every(0, 50_000, 9);
  expect(loadOf(quiet, 0, 3_600_000).flood).toBeNull();
  const flood = every(1_150_000, 10_000, 14);
  expect(loadOf([...quiet, ...flood], 0, 3_600_000).flood).toEqual({ from: 1_150_000, to: 1_280_000, count: 14 });
});

test("what is raised while shelved loads nobody", () => {
  const shelving = { at: 0, until: 9, forMs: 9, who: "a", why: "b", active: true, untilMono: 0, boot: "0" };
  expect(loadOf([alarm("a", 5_000, { state: "shelved", shelving })], 0, 600_000).raised).toBe(0);
});

test("it is a flood now when ten of the open alarms were raised in the last ten minutes", () => {
  const open = Array.from({ length: 10 }, (_, i) => alarm(`${i}`, i * 1_000));
  expect(floodNow(open, 60_000)).toBe(10);
  expect(floodNow(open, 600_500)).toBeNull();
  expect(floodNow([...open.slice(1), alarm("s", 1, { state: "suppressed" })], 60_000)).toBeNull();
});
