import type { AlarmState } from "../../../shared/domain/alarm.ts";
import { changeText, fitOf, limitText, valueText } from "../../../shared/ui/alarm-words.ts";
import type { System } from "../../../shared/ui/units.ts";

/** What became of an alarm with this change of it, with its value where one was read then; `before` is its state before, null where that is not at hand. */
export function alarmChange(state: AlarmState, before: AlarmState | null, system: System): string {
  const numbers = hasValue(state, before) ? `, ${valueText(state, system)}, ${limitText(state, system)}` : "";
  return `${wordsOf(state, before)}${numbers}`;
}

/** The rig stamps who did what with the time of the change; what has no stamp is a change of judgement or of the shelf's clock. */
function wordsOf(state: AlarmState, before: AlarmState | null): string {
  if (isStamped(state) || isOver(state, before)) return changeText(state);
  const open = state.state === "shelved" ? "shelved, " : "";
  if (state.cannotJudge && before?.cannotJudge !== true) return `${open}cannot be judged now`;
  if (!state.cannotJudge && (before === null ? open === "" : before.cannotJudge)) return `${open}can be judged again`;
  return open === "" ? changeText(state) : "still shelved, its time counted anew";
}

function isStamped({ changedAt, raisedAt, acknowledgedAt, shelving, unshelved }: AlarmState): boolean {
  return [raisedAt, acknowledgedAt, shelving?.at, unshelved?.at].includes(changedAt);
}

/** What it warned of ended with this change. */
function isOver(state: AlarmState, before: AlarmState | null): boolean {
  if (isStamped(state)) return false;
  return !isOn(state) && (before === null ? !state.cannotJudge : isOn(before));
}

function isOn({ state, shelving }: AlarmState): boolean {
  return shelving?.active ?? (state !== "normal" && state !== "returned");
}

/** A value is read when an alarm is raised and when it is over; of a score's input only when it is raised. */
function hasValue(state: AlarmState, before: AlarmState | null): boolean {
  if (state.raisedAt === state.changedAt) return state.value !== null || fitOf(state) !== null;
  return isOver(state, before) && fitOf(state) === null && state.value !== null && state.value !== before?.value;
}
