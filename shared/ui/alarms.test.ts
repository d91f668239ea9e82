import { expect, test } from "vitest";
import type { AlarmState } from "../domain/alarm.ts";
import {
  activeByPriority,
  alarmOf,
  firstOut,
  headText,
  limitText,
  loadOf,
  mostUrgent,
  related,
  sorted,
  thenText,
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

test("a score's alarm marks the input that leads it, and its words say what is now and what was at raising", () => {
  const evidence = [
    { name: "mud_pressure", label: "Standpipe pressure", share: 0.8, residual: -23, unit: "psi" },
    { name: "mud_flow", share: 0.2 },
  ];
  const text = "Standpipe pressure 23 psi below expected";
  const score = alarm("score", 2, "unacknowledged", 1, { text, value: 1.13, limit: 1, unit: "score", evidence });
  expect(alarmOf([score], "p", "mud_pressure")?.alarm).toBe("score");
  expect(alarmOf([score], "f", "mud_flow")).toBeNull();
  expect(headText(score)).toBe("Standpipe pressure below expected");
  expect(thenText(score, "field")).toBe("raised at 1.13 score");
  expect(thenText({ ...score, state: "returned", value: 0.8 }, "field")).toBe("back at 0.80 score");
});

test("first out is said only of alarms within a minute of each other that share a device or evidence", () => {
  const pressure = alarm("pressure", 2, "unacknowledged", 1_000);
  const flow = alarm("flow", 3, "unacknowledged", 31_000);
  const late = alarm("late", 3, "unacknowledged", 200_000);
  const gas = alarm("gas", 3, "unacknowledged", 2_000);
  const sourceOf = (tag: string) => (tag === "gas" ? "mud logger" : "rig PLC");
  expect(related(pressure, [flow, late, gas, pressure], sourceOf).map((one) => one.alarm)).toEqual([
    "pressure",
    "flow",
  ]);
  expect([...firstOut([flow, late, gas, pressure], sourceOf)]).toEqual(["pressure"]);
  expect([...firstOut([flow, pressure], () => undefined)]).toEqual([]);
  const score = alarm("score", 2, "unacknowledged", 50_000, { evidence: [{ name: "gas", share: 1 }] });
  expect([...firstOut([gas, score], () => undefined)]).toEqual(["gas"]);
});
