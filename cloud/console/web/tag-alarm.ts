import type { AlarmState } from "../../../shared/domain/alarm.ts";
import type { RigTag } from "../../../shared/domain/api-rigs.ts";
import { alarmOf, sorted } from "../../../shared/ui/alarms.ts";

/** The open alarm that a tag's value is marked with: its own, else that of a score to which it contributes most; null for neither. */
export function alarmOn(alarms: readonly AlarmState[], { tag, name }: Pick<RigTag, "tag" | "name">): AlarmState | null {
  const own = alarmOf(alarms, tag);
  return own ?? sorted(alarms).find((one) => one.condition === "score" && one.evidence?.[0]?.name === name) ?? null;
}

/** How a value's box shows its alarm; a value that is merely missing or stands still has passed no limit. */
export function boxOf(alarm: AlarmState | null): { priority: number | null; acknowledged: boolean } {
  const acknowledged = alarm?.state === "acknowledged";
  const active = alarm?.condition !== "quality" && (acknowledged || alarm?.state === "unacknowledged");
  return { priority: active ? (alarm?.priority ?? null) : null, acknowledged };
}
