import type { AlarmState, ReturnReason } from "../domain/alarm.ts";
import { answerWithinMs } from "../domain/shelving.ts";
import { NOTHING, numberText, plainReason, spanText } from "./format.ts";
import { displayOf, type System } from "./units.ts";

/** What the office and the rig say of an alarm, in the same words. `timeText` gives the time of day of ms UTC. */
export type TimeText = (at: number) => string;

/** A value as it is now, and what it stands against, both with their unit: "3,098 psi", "expected 3,172 psi". */
export interface Present {
  text: string;
  against: string | null;
}

/** What is wrong, without the figures of the moment of raising: those are not of now. */
export function headText({ text, evidence }: AlarmState): string {
  const lead = evidence?.[0];
  if (lead?.residual === undefined || lead.residual === 0) return plainReason(text);
  return `${lead.label ?? lead.name} ${lead.residual < 0 ? "below" : "above"} expected`;
}

/** The input that leads a score's alarm, as it was when that was raised: its value and what the other inputs made expect. Null where nobody knows. */
export function fitOf(alarm: AlarmState): { value: number; expected: number; unit: string } | null {
  const lead = alarm.condition === "score" ? alarm.evidence?.[0] : undefined;
  if (lead?.value === undefined || lead.residual === undefined || lead.unit === undefined) return null;
  return { value: lead.value, expected: lead.value - lead.residual, unit: lead.unit };
}

/** The value at which its state changed, with its unit; of a score that of the input that leads it, where that is known. */
export function valueText(alarm: AlarmState, system: System): string {
  const fit = fitOf(alarm);
  return fit === null ? quantity(alarm.value, alarm.unit, system) : quantity(fit.value, fit.unit, system);
}

/** The same value with the moment that it is of; null where there was none. */
export function thenText(alarm: AlarmState, system: System): string | null {
  const fit = fitOf(alarm);
  if (alarm.value === null && fit === null) return null;
  const returned = alarm.state === "returned" || alarm.shelving?.active === false;
  // What a score's input was is known of the raising only.
  const word = returned ? (fit === null ? "back at" : "was") : "raised at";
  return `${word} ${valueText(alarm, system)}`;
}

/** The moment that `valueText` is of. */
export function momentText(alarm: AlarmState): string {
  const returned = alarm.state === "returned" || alarm.shelving?.active === false;
  return returned && fitOf(alarm) === null ? "when back" : "when raised";
}

/** What the value stands against: its limit, or what was expected. */
export function limitText(alarm: AlarmState, system: System): string {
  const fit = fitOf(alarm);
  if (fit !== null) return expectedText(fit.expected, fit.unit, system);
  if (alarm.condition === "quality") return qualityText(alarm);
  return alarm.limit === null ? "no limit" : `limit ${quantity(alarm.limit, alarm.unit, system)}`;
}

/** Of a value that was missing or stood still. */
function qualityText({ state, trouble, cannotJudge }: AlarmState): string {
  if (state === "returned") return "good again";
  if (cannotJudge) return "cannot be judged";
  return trouble === "stands still" ? "stands still" : "value not good";
}

export function expectedText(value: number, unit: string, system: System): string {
  return `expected ${quantity(value, unit, system)}`;
}

/** A number with its unit, as the system shows it; a dash for none. */
export function quantity(value: number | null, unit: string, system: System): string {
  if (value === null) return NOTHING;
  const display = displayOf(unit, system);
  return `${numberText(value * display.factor, display.decimals)} ${unitWord(unit, display.unit)}`.trim();
}

/** A score is a number without a unit; said as a word, so that nobody takes it for the value it stands for. */
export function unitWord(unit: string, shown: string): string {
  return unit === "score" ? "score" : shown;
}

/** Its state in words, with who and when. */
export function stateText(alarm: AlarmState, timeText: TimeText): string {
  // What came back was judged for that, whatever was said of it before.
  const judged = alarm.cannotJudge && alarm.state !== "returned" ? ", cannot be judged now" : "";
  switch (alarm.state) {
    case "acknowledged": {
      const when = alarm.acknowledgedAt === null ? "" : ` ${timeText(alarm.acknowledgedAt)}`;
      return `Acknowledged by ${alarm.acknowledgedBy ?? "someone"}${when}${judged}`;
    }
    case "returned":
      return `Returned, unacknowledged${judged}`;
    case "unacknowledged": {
      const back = alarm.unshelved === undefined ? "" : `, ${backWords[alarm.unshelved.why]}`;
      return `Unacknowledged${back}${judged}`;
    }
    case "shelved":
      return `Shelved, ${alarm.shelving?.active === false ? "over at the moment" : "still active"}${judged}`;
    default:
      return `${capital(alarm.state)} since ${timeText(alarm.changedAt)}`;
  }
}

/** "1 h 28 min" that a shelved alarm still has; null for one that is not shelved. */
export function restText({ shelving }: AlarmState, now: number): string | null {
  return shelving === undefined ? null : spanText(shelving.until - now);
}

/** Who shelved it and why: "mech.1, sensor on order". Null for one that is not shelved. */
export function shelvedBy({ shelving }: AlarmState): string | null {
  return shelving === undefined ? null : `${shelving.who}, ${shelving.why}`;
}

const backWords: Readonly<Record<ReturnReason, string>> = {
  "time is up": "back from the shelf, time is up",
  "by hand": "back from the shelf by hand",
  "priority rose": "back from the shelf, priority rose",
  "clock not sure": "back from the shelf, the clock was not sure",
  "not stored": "back from the shelf, that could not be stored",
};

/** What happened with this change of it: "raised", "acknowledged by Ann", "shelved for 1 h by Ann, sensor on order". */
export function changeText(alarm: AlarmState): string {
  const { state, raisedAt, changedAt, acknowledgedAt, acknowledgedBy, shelving, unshelved } = alarm;
  if (shelving !== undefined) {
    if (shelving.at === changedAt) return `shelved for ${spanText(shelving.forMs)} by ${shelvedBy(alarm)}`;
    return `shelved, ${raisedAt === changedAt ? "raised" : shelving.active ? "still active" : "over at the moment"}`;
  }
  if (unshelved?.at === changedAt) {
    const who = unshelved.who === null ? "" : ` by ${unshelved.who}`;
    return `${backWords[unshelved.why]}${who}${state === "normal" ? ", normal" : ""}`;
  }
  if (state === "unacknowledged" && raisedAt === changedAt) return "raised";
  const who = acknowledgedBy !== null && acknowledgedAt === changedAt ? ` by ${acknowledgedBy}` : "";
  return who !== "" && state === "normal" ? `acknowledged${who} and normal` : `${state}${who}`;
}

/** How long it should be answered in, and what is left of that; empty for one that needs no answer. One that was shelved counts from its return. */
export function answerText(alarm: AlarmState, now: number): string {
  if (alarm.state !== "unacknowledged") return "";
  const within = answerWithinMs(alarm.priority);
  if (within === null) return "Answer within the shift";
  const left = (alarm.unshelved?.at ?? alarm.raisedAt) + within - now;
  return `Answer within ${spanText(within)}, ${left > 0 ? `${spanText(left)} left` : `${spanText(-left)} over`}`;
}

function capital(word: string): string {
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}
