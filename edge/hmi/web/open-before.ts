import type { AlarmState } from "../../../shared/domain/alarm.ts";

/** The alarms that were not normal at their last change and that nobody judges now. `changes`: oldest first; `judged`: those that are known now. */
export function openBefore(changes: readonly AlarmState[], judged: readonly AlarmState[]): AlarmState[] {
  const last = new Map(changes.map((change) => [change.alarm, change]));
  for (const { alarm } of judged) last.delete(alarm);
  return [...last.values()].filter(({ state }) => state !== "normal");
}
