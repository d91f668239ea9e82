import { expect, test } from "vitest";
import type { AlarmState } from "../domain/alarm.ts";
import {
  answerText,
  changeText,
  headText,
  limitText,
  restText,
  shelvedBy,
  stateText,
  thenText,
  valueText,
} from "./alarm-words.ts";

const alarm = (more: Partial<AlarmState> = {}): AlarmState => ({
  alarm: "a",
  tag: "a",
  name: "a",
  text: "Standpipe pressure low",
  condition: "l",
  priority: 2,
  state: "unacknowledged",
  value: 2_936,
  limit: 3_060,
  unit: "psi",
  raisedAt: 1_000,
  changedAt: 1_000,
  acknowledgedAt: null,
  acknowledgedBy: null,
  cannotJudge: false,
  ...more,
});

const minute = 60_000;
const timeText = (at: number) => `t${at}`;
const shelving = {
  at: 5_000,
  until: 5_000 + 60 * minute,
  forMs: 60 * minute,
  who: "mech.1",
  why: "sensor on order",
  active: true,
  untilMono: 0,
  boot: "0",
};
const shelved = alarm({ state: "shelved", changedAt: 5_000, shelving });

test("values and limits of alarms have their unit, a missing value is a dash", () => {
  expect([valueText(alarm(), "field"), limitText(alarm(), "field")]).toEqual(["2,936 psi", "limit 3,060 psi"]);
  expect(valueText(alarm({ value: null }), "field")).toBe("–");
});

const evidence = [
  { name: "mud_pressure", label: "Standpipe pressure", share: 0.8, residual: -74, unit: "psi", value: 3_098 },
  { name: "mud_flow", share: 0.2 },
];
const score = alarm({
  text: "Standpipe pressure 74 psi below expected",
  ...{ condition: "score" as const, value: 1.13, limit: 1, unit: "score", evidence },
});

test("a score's alarm says the value that does not fit and what was expected, in the reader's units", () => {
  expect(headText(score)).toBe("Standpipe pressure below expected");
  expect([thenText(score, "field"), limitText(score, "field")]).toEqual(["raised at 3,098 psi", "expected 3,172 psi"]);
  expect(limitText(score, "si")).toBe("expected 218.7 bar");
  expect(thenText({ ...score, state: "returned", value: 0.8 }, "field")).toBe("was 3,098 psi");
});

test("where the model's input is not known the score is said, as a score", () => {
  const blind = { ...score, evidence: [{ name: "mud_pressure", share: 0.8 }] };
  expect([thenText(blind, "field"), limitText(blind, "field")]).toEqual(["raised at 1.13 score", "limit 1.00 score"]);
  expect(thenText({ ...blind, state: "returned", value: 0.8 }, "field")).toBe("back at 0.80 score");
});

test("a shelved alarm says who, why, until when and whether it is still so", () => {
  expect(stateText(shelved, timeText)).toBe("Shelved, still active");
  expect(stateText({ ...shelved, shelving: { ...shelving, active: false } }, timeText)).toBe(
    "Shelved, over at the moment",
  );
  expect([shelvedBy(shelved), restText(shelved, 5_000 + 2 * minute)]).toEqual(["mech.1, sensor on order", "58 min"]);
  const unshelved = { at: 9_000, who: null, why: "time is up" as const };
  expect(stateText(alarm({ unshelved }), timeText)).toBe("Unacknowledged, back from the shelf, time is up");
});

test("each change of an alarm is told as what happened", () => {
  expect(changeText(alarm())).toBe("raised");
  expect(changeText(shelved)).toBe("shelved for 1 h by mech.1, sensor on order");
  const over = { ...shelved, changedAt: 7_000, shelving: { ...shelving, active: false } };
  expect(changeText(over)).toBe("shelved, over at the moment");
  expect(changeText({ ...shelved, raisedAt: 8_000, changedAt: 8_000 })).toBe("shelved, raised");
  const unshelved = { at: 9_000, who: "op", why: "by hand" as const };
  expect(changeText(alarm({ changedAt: 9_000, unshelved }))).toBe("back from the shelf by hand by op");
  expect(changeText(alarm({ changedAt: 9_000, unshelved, state: "normal" }))).toContain(", normal");
});

test("the time to answer runs from the raising, from the return for one that was shelved, and for none that is seen", () => {
  expect(answerText(alarm(), 1_000 + 2 * minute)).toBe("Answer within 5 min, 3 min left");
  expect(answerText(alarm(), 1_000 + 6 * minute)).toBe("Answer within 5 min, 1 min over");
  const unshelved = { at: 1_000 + 60 * minute, who: null, why: "time is up" as const };
  expect(answerText(alarm({ unshelved }), 1_000 + 61 * minute)).toBe("Answer within 5 min, 4 min left");
  expect(answerText(alarm({ priority: 4 }), 0)).toBe("Answer within the shift");
  expect(answerText(shelved, 0)).toBe("");
});

test("a value that is back is told as good again, and a doubt of before is not told of what returned", () => {
  const still = alarm({ condition: "quality", trouble: "stands still", value: null, limit: null });
  expect(limitText(still, "field")).toBe("stands still");
  expect(limitText({ ...still, trouble: "no good value" }, "field")).toBe("value not good");
  const back = { ...still, state: "returned", cannotJudge: true } as const;
  expect(limitText(back, "field")).toBe("good again");
  expect(stateText(back, timeText)).toBe("Returned, unacknowledged");
});
