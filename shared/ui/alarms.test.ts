import { expect, test } from "vitest";
import type { AlarmState } from "../domain/alarm.ts";
import {
  activeByPriority,
  alarmOf,
  limitText,
  loadOf,
  mostUrgent,
  sorted,
  unacknowledged,
  valueText,
} from "./alarms.ts";

const alarm = (
  alarm: string,
  priority: number,
  state: AlarmState["state"],
  raisedAt: number,
  more: Partial<AlarmState> = {},
): AlarmState => ({
  alarm,
  tag: alarm,
  name: alarm,
  text: alarm,
  condition: "l",
  priority,
  state,
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

const mixed = [
  alarm("acknowledged", 1, "acknowledged", 9),
  alarm("low", 4, "unacknowledged", 8),
  alarm("returned", 1, "returned", 7),
  alarm("old high", 2, "unacknowledged", 1),
  alarm("new high", 2, "unacknowledged", 5),
  alarm("shelved", 1, "shelved", 6),
];

test("the list holds unacknowledged by priority and newest, then returned, then acknowledged, and no shelved one", () => {
  expect(sorted(mixed).map((one) => one.alarm)).toEqual(["new high", "old high", "low", "returned", "acknowledged"]);
});

test("the bar shows what needs somebody, and nothing when all is acknowledged", () => {
  expect(mostUrgent(mixed)?.alarm).toBe("new high");
  expect(mostUrgent([alarm("a", 1, "acknowledged", 1)])).toBeNull();
  expect(unacknowledged(mixed)).toBe(4);
  expect(activeByPriority(mixed)).toEqual([0, 1, 2, 0, 1]);
});

test("a value's mark is its most urgent open alarm", () => {
  const two = [alarm("a", 4, "unacknowledged", 1, { tag: "t" }), alarm("b", 2, "acknowledged", 2, { tag: "t" })];
  expect(alarmOf(two, "t")?.alarm).toBe("b");
  expect(alarmOf(two, "other")).toBeNull();
});

test("values and limits of alarms have their unit, a missing value is a dash", () => {
  expect([valueText(alarm("a", 2, "returned", 1), "field"), limitText(alarm("a", 2, "returned", 1), "field")]).toEqual([
    "2,936 psi",
    "limit 3,060 psi",
  ]);
  expect(valueText(alarm("a", 2, "returned", 1, { value: null }), "field")).toBe("–");
});

test("the load counts raises only, finds the peak and what chatters", () => {
  const raises = [0, 20_000, 50_000].map((at) => alarm("chatter", 3, "unacknowledged", at));
  const others = [
    alarm("x", 3, "unacknowledged", 700_000),
    alarm("x", 3, "acknowledged", 700_000, { changedAt: 710_000 }),
  ];
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
