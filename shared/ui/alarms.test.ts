import { expect, test } from "vitest";
import type { AlarmState } from "../domain/alarm.ts";
import {
  activeByPriority,
  alarmOf,
  byFirstOut,
  mostUrgent,
  placeIn,
  related,
  shelved,
  sorted,
  suppressed,
  unacknowledged,
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

/** The alarms that others which belong to them followed. */
const firstOut = (all: readonly AlarmState[], sourceOf: (tag: string) => string | undefined) =>
  all.filter((one) => placeIn(related(one, all, sourceOf), one) === 1).map((one) => one.alarm);

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
  expect(firstOut([flow, late, gas, pressure], sourceOf)).toEqual(["pressure"]);
  expect(firstOut([flow, pressure], () => undefined)).toEqual([]);
  const score = alarm("score", 2, "unacknowledged", 50_000, { evidence: [{ name: "gas", share: 1 }] });
  expect(firstOut([gas, score], () => undefined)).toEqual(["gas"]);
});

test("a score's alarm marks the input that leads it", () => {
  const evidence = [
    { name: "mud_pressure", share: 0.8 },
    { name: "mud_flow", share: 0.2 },
  ];
  const score = alarm("score", 2, "unacknowledged", 1, { evidence });
  expect(alarmOf([score], "p", "mud_pressure")?.alarm).toBe("score");
  expect(alarmOf([score], "f", "mud_flow")).toBeNull();
});

test("what is shelved or suppressed has lists of its own, and no place in the order of raising", () => {
  const shelving = (until: number) => ({
    until,
    at: 0,
    forMs: 1,
    who: "a",
    why: "b",
    active: true,
    untilMono: 0,
    boot: "0",
  });
  const later = alarm("later", 3, "shelved", 1, { shelving: shelving(9) });
  const sooner = alarm("sooner", 4, "shelved", 2, { shelving: shelving(5) });
  const out = alarm("out", 4, "out of service", 3);
  expect(shelved([later, out, sooner]).map((one) => one.alarm)).toEqual(["sooner", "later"]);
  expect(suppressed([later, out, sooner])).toEqual([out]);
  const open = alarm("open", 2, "unacknowledged", 3);
  expect(
    placeIn(
      related(open, [later, sooner, open], () => "plc"),
      open,
    ),
  ).toBeNull();
  const second = alarm("second", 2, "acknowledged", 4);
  const order = related(second, [second, open], () => "plc");
  expect([placeIn(order, open), placeIn(order, second)]).toEqual([1, 2]);
});

test("in a flood what belongs together stands behind what was first out, each alarm once", () => {
  const flood = [
    alarm("pump pressure", 2, "unacknowledged", 5_000),
    alarm("pump strokes", 4, "unacknowledged", 1_000),
    alarm("torque", 3, "unacknowledged", 2_000),
    alarm("pump old", 4, "returned", 500),
    alarm("pump flow", 3, "acknowledged", 3_000),
  ];
  const sourceOf = (tag: string) => (tag.startsWith("pump") ? "pumps" : tag);
  expect(byFirstOut(flood, sourceOf).map((one) => one.alarm)).toEqual([
    ...["pump strokes", "pump flow", "pump pressure"],
    ...["torque", "pump old"],
  ]);
});
