import { expect, test } from "vitest";
import type { AlarmState } from "../../../shared/domain/alarm.ts";
import { alarmOn, boxOf } from "./tag-alarm.ts";

const alarm = (more: Partial<AlarmState>): AlarmState => ({
  alarm: "a",
  tag: "00000000000000aa",
  name: "score",
  text: "Pressure does not fit",
  condition: "score",
  priority: 2,
  state: "unacknowledged",
  value: 1.13,
  limit: 1,
  unit: "score",
  raisedAt: 0,
  changedAt: 0,
  acknowledgedAt: null,
  acknowledgedBy: null,
  cannotJudge: false,
  ...more,
});
const pressure = { tag: "00000000000000bb", name: "mud_pressure" };
const evidence = [
  { name: "mud_pressure", share: 0.7 },
  { name: "torque", share: 0.1 },
];

test("a score's alarm marks the value that contributes most, unless that has its own", () => {
  const score = alarm({ evidence });
  expect(alarmOn([score], pressure)).toBe(score);
  expect(alarmOn([score], { tag: "00000000000000cc", name: "torque" })).toBeNull();
  const own = alarm({ alarm: "b", tag: pressure.tag, condition: "l", priority: 3 });
  expect(alarmOn([score, own], pressure)).toBe(own);
  expect(alarmOn([alarm({ evidence, state: "normal" })], pressure)).toBeNull();
});

test("only an active alarm over a limit boxes a value", () => {
  expect(boxOf(alarm({}))).toEqual({ priority: 2, acknowledged: false });
  expect(boxOf(alarm({ state: "acknowledged" }))).toEqual({ priority: 2, acknowledged: true });
  expect(boxOf(alarm({ state: "returned" })).priority).toBeNull();
  expect(boxOf(alarm({ condition: "quality" })).priority).toBeNull();
  expect(boxOf(null).priority).toBeNull();
});
