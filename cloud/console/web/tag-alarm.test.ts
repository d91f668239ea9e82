import { expect, test } from "vitest";
import type { AlarmState } from "../../../shared/domain/alarm.ts";
import { boxOf } from "./tag-alarm.ts";

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
test("only an active alarm over a limit boxes a value", () => {
  expect(boxOf(alarm({}), "1.13")).toEqual({ priority: 2, acknowledged: false });
  expect(boxOf(alarm({ state: "acknowledged" }), "1.13")).toEqual({ priority: 2, acknowledged: true });
  expect(boxOf(alarm({ state: "returned" }), "1.13").priority).toBeNull();
  expect(boxOf(alarm({ condition: "quality" }), "1.13").priority).toBeNull();
  expect(boxOf(alarm({}), "–").priority).toBeNull();
  expect(boxOf(null, "1.13").priority).toBeNull();
});
