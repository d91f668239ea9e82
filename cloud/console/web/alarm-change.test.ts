import { expect, test } from "vitest";
import type { AlarmState } from "../../../shared/domain/alarm.ts";
import { lowPressure as raised } from "../../../test/support/low-pressure.ts";
import { alarmChange } from "./alarm-change.ts";

const shelving = {
  ...{ at: 2_000, until: 302_000, forMs: 300_000, who: "Ann", why: "Known", active: true },
  ...{ untilMono: 0, boot: "0".repeat(16) },
};
const shelved: AlarmState = { ...raised, state: "shelved", changedAt: 2_000, shelving };
const told = (state: AlarmState, before: AlarmState | null) => alarmChange(state, before, "field");

test("a value stands where one was read: at the raising and at the end", () => {
  expect(told(raised, null)).toBe("raised, 2,400 psi, limit 2,500 psi");
  const seen: AlarmState = { ...raised, state: "acknowledged", changedAt: 2_000, acknowledgedAt: 2_000 };
  expect(told({ ...seen, acknowledgedBy: "Ann" }, raised)).toBe("acknowledged by Ann");
  const over: AlarmState = { ...seen, state: "normal", changedAt: 9_000, value: 2_600 };
  expect(told(over, seen)).toBe("normal, 2,600 psi, limit 2,500 psi");
  expect(told({ ...over, value: 2_400 }, seen)).toBe("normal");
});

test("putting it on the shelf and its return repeat no value", () => {
  expect(told(shelved, raised)).toBe("shelved for 5 min by Ann, Known");
  const { shelving: _, ...rest } = shelved;
  const unshelved = { at: 302_000, who: null, why: "time is up" as const };
  expect(told({ ...rest, state: "unacknowledged", changedAt: 302_000, unshelved }, shelved)).toBe(
    "back from the shelf, time is up",
  );
});

test("a change that nobody made says what changed: whether it can be judged, or the shelf's time", () => {
  const doubted = { ...shelved, cannotJudge: true, changedAt: 5_000 };
  expect(told(doubted, shelved)).toBe("shelved, cannot be judged now");
  expect(told(doubted, null)).toBe("shelved, cannot be judged now");
  expect(told({ ...shelved, changedAt: 6_000 }, doubted)).toBe("shelved, can be judged again");
  expect(told({ ...shelved, changedAt: 6_000 }, shelved)).toBe("still shelved, its time counted anew");
  expect(told({ ...raised, changedAt: 6_000 }, { ...raised, cannotJudge: true })).toBe("can be judged again");
  const over = { ...shelved, changedAt: 7_000, value: 2_600, shelving: { ...shelving, active: false } };
  expect(told(over, shelved)).toBe("shelved, over at the moment, 2,600 psi, limit 2,500 psi");
});
