import { expect, test } from "vitest";
import type { AlarmState } from "../../../shared/domain/alarm.ts";
import { sorted } from "../../../shared/ui/alarms.ts";
import { changeSince, stillIn } from "./still.ts";

const alarm = (name: string, priority: number, state: AlarmState["state"] = "unacknowledged"): AlarmState => ({
  ...{ alarm: name, tag: name, name, text: name, condition: "h", priority, state, value: 1, limit: 1, unit: "" },
  ...{ raisedAt: 0, changedAt: 0, acknowledgedAt: null, acknowledgedBy: null, cannotJudge: false },
});
const names = (list: readonly AlarmState[]) => list.map(({ alarm }) => alarm);

test("while a finger is near, rows stay where they were and what comes stands behind them, however urgent", () => {
  const before = [alarm("a", 2), alarm("b", 3)];
  const now = [alarm("a", 2, "acknowledged"), alarm("c", 1)];
  expect(names(stillIn(sorted, before, now))).toEqual(["a", "b", "c"]);
  expect(names(stillIn(sorted, null, now))).toEqual(["c", "a"]);
});

test("what changed since the finger came cannot be acted on, and says why", () => {
  const before = [alarm("a", 2), alarm("b", 3), alarm("d", 4)];
  const now = [alarm("a", 2, "acknowledged"), alarm("c", 1), alarm("d", 4)];
  const words = (name: string) => changeSince(alarm(name, 2), before, now);
  expect(["a", "b", "c", "d"].map(words)).toEqual(["Acked", "Changed", "New", null]);
  expect(changeSince(alarm("a", 2), null, now)).toBeNull();
});
