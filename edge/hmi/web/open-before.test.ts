import { expect, test } from "vitest";
import type { AlarmState } from "../../../shared/domain/alarm.ts";
import { openBefore } from "./open-before.ts";

const change = (name: string, state: AlarmState["state"]): AlarmState => ({
  ...{ alarm: name, tag: name, name, text: name, condition: "h", priority: 2, state, value: 1, limit: 1, unit: "" },
  ...{ raisedAt: 0, changedAt: 0, acknowledgedAt: null, acknowledgedBy: null, cannotJudge: false },
});

test("what was open or shelved when judging stopped is still told; what ended, or is judged now, is not", () => {
  const changes = [
    change("over", "unacknowledged"),
    change("open", "unacknowledged"),
    change("aside", "shelved"),
    change("over", "normal"),
    change("open", "acknowledged"),
    change("box", "unacknowledged"),
  ];
  const before = openBefore(changes, [change("box", "unacknowledged")]);
  expect(before.map(({ alarm, state }) => [alarm, state])).toEqual([
    ["open", "acknowledged"],
    ["aside", "shelved"],
  ]);
});
