import { expect, test } from "vitest";
import { AlarmState } from "../../shared/domain/alarm.ts";
import { Block } from "../../shared/domain/reading.ts";
import { smallHistory } from "../../test/support/small-history.ts";
import { openContacts } from "../live/contacts.ts";
import { rigSummary, worstFirst } from "./rig-summary.ts";

const alarm = (name: string, priority: number, state: AlarmState["state"], raisedAt = 0): AlarmState =>
  AlarmState.parse({
    ...{ alarm: name, tag: "00000000000000aa", name, text: name, condition: "h", priority, state },
    ...{ value: 1, limit: 1, unit: "psi", raisedAt, changedAt: raisedAt, acknowledgedAt: null, acknowledgedBy: null },
    cannotJudge: false,
  });
const all = [
  alarm("shelved", 2, "shelved", 9),
  alarm("seen", 3, "acknowledged"),
  alarm("back", 4, "returned"),
  alarm("old", 2, "unacknowledged", 1),
  alarm("new", 2, "unacknowledged", 5),
  alarm("off", 2, "suppressed"),
];

test("what was put aside comes last, however urgent: an acknowledged one is worse", () => {
  expect([...all].sort(worstFirst).map(({ alarm }) => alarm)).toEqual(["new", "old", "back", "seen", "shelved", "off"]);
});

test("a rig's row counts as open what is neither normal nor put aside, and its worst alarm is an open one", async () => {
  const alarms = all.filter(({ state }) => state !== "unacknowledged");
  const history = smallHistory({ "rig-1": { tags: [], readings: new Block(), alarms } });
  const { openAlarms, unacknowledged, worstAlarm } = await rigSummary(history, openContacts(), "rig-1", 0);
  expect([openAlarms, unacknowledged, worstAlarm?.alarm]).toEqual([2, 1, "back"]);
});
