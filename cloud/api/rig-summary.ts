import type { AlarmState } from "../../shared/domain/alarm.ts";
import type { LatestReading, RigSummary } from "../../shared/domain/api-history.ts";
import type { RigId } from "../../shared/domain/id.ts";
import { rigStates } from "../../shared/domain/rig-state.ts";
import type { Past } from "./past.ts";
import { latestOf } from "./realtime.ts";

/** A rig that landed nothing for so long is silent. */
export const silentMs = 15_000;
const dayMs = 86_400_000;

/** A rig's row in the fleet, from what landed; null where nothing is known. */
export function rigSummary(past: Past, rig: RigId, now: number): RigSummary {
  const { record, seenAt, completeTo, lagMs } = past.about(rig);
  const latest = latestOf(past, rig, now);
  const named = (name: string) => latest.find((reading) => reading.name === name) ?? null;
  const alarms = past.alarms(rig);
  return {
    rig,
    name: record?.rigName ?? rig,
    well: record?.well ?? null,
    timeZone: record?.timeZone ?? "UTC",
    origin: record?.origin ?? null,
    software: record?.software ?? null,
    state: stateOf(named("rig_state")),
    online: seenAt !== null && now - seenAt < silentMs,
    seenAt,
    completeTo,
    lagMs,
    depth: named("depth"),
    rop: named("rop"),
    openAlarms: alarms.length,
    unacknowledged: alarms.filter(({ state }) => state === "unacknowledged" || state === "returned").length,
    worstAlarm: [...alarms].sort(worstFirst)[0] ?? null,
    coverage: past.coverage(rig, now - dayMs, now).spans,
  };
}

/** Unacknowledged before the others, by priority, newest first. */
export function worstFirst(a: AlarmState, b: AlarmState): number {
  const rank = (alarm: AlarmState) => (alarm.state === "unacknowledged" ? 0 : alarm.state === "returned" ? 1 : 2);
  return rank(a) - rank(b) || a.priority - b.priority || b.raisedAt - a.raisedAt;
}

function stateOf(reading: LatestReading | null): string | null {
  if (reading === null || reading.quality !== "good") return null;
  return typeof reading.value === "number" ? (rigStates[reading.value] ?? null) : reading.value;
}
