import type { AlarmState } from "../../../shared/domain/alarm.ts";
import { NOTHING } from "../../../shared/ui/format.ts";

/** How a value's box shows its alarm; a value that is merely missing or stands still has passed no limit, and where none is shown (`text` is a dash) there is nothing to box. */
export function boxOf(alarm: AlarmState | null, text: string): { priority: number | null; acknowledged: boolean } {
  const acknowledged = alarm?.state === "acknowledged";
  const active =
    text !== NOTHING && alarm?.condition !== "quality" && (acknowledged || alarm?.state === "unacknowledged");
  return { priority: active ? (alarm?.priority ?? null) : null, acknowledged };
}
