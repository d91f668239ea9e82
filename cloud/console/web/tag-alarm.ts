import type { AlarmState } from "../../../shared/domain/alarm.ts";

/** How a value's box shows its alarm; a value that is merely missing or stands still has passed no limit. */
export function boxOf(alarm: AlarmState | null): { priority: number | null; acknowledged: boolean } {
  const acknowledged = alarm?.state === "acknowledged";
  const active = alarm?.condition !== "quality" && (acknowledged || alarm?.state === "unacknowledged");
  return { priority: active ? (alarm?.priority ?? null) : null, acknowledged };
}
