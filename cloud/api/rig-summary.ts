import type { AlarmState } from "../../shared/domain/alarm.ts";
import type { LatestReading } from "../../shared/domain/api-latest.ts";
import type { RigSummary } from "../../shared/domain/api-rigs.ts";
import type { RigId } from "../../shared/domain/id.ts";
import { rigStates } from "../../shared/domain/rig-state.ts";
import type { History } from "../archive/history.ts";
import type { Contacts } from "../live/contacts.ts";
import { coverageNow } from "./coverage-now.ts";
import { latestOf } from "./latest.ts";

const dayMs = 86_400_000;

/** A rig's row in the fleet, from what landed; null where nothing is known. */
export async function rigSummary(history: History, contacts: Contacts, rig: RigId, now: number): Promise<RigSummary> {
  const [facts, latest, alarms, coverage] = await Promise.all([
    history.rig(rig),
    latestOf(history, rig, now),
    alarmsOf(history, rig),
    coverageNow(history, contacts, rig, { start: now - dayMs, end: now }, now),
  ]);
  const record = facts?.record ?? null;
  const named = (name: string) => latest.find((reading) => reading.name === name) ?? null;
  return {
    rig,
    name: record?.rigName ?? rig,
    well: record?.well ?? null,
    timeZone: record?.timeZone ?? "UTC",
    origin: record?.origin ?? null,
    software: record?.software ?? null,
    state: stateOf(named("rig_state")),
    ...contacts.of(rig, facts, now),
    completeTo: coverage.completeTo,
    depth: named("depth"),
    rop: named("rop"),
    openAlarms: alarms.filter((alarm) => rankOf(alarm) < ASIDE).length,
    unacknowledged: alarms.filter(({ state }) => state === "unacknowledged" || state === "returned").length,
    worstAlarm: alarms[0] ?? null,
    coverage: coverage.spans,
  };
}

/** Alarms that are not normal, worst first. */
export async function alarmsOf(history: Pick<History, "alarms">, rig: RigId): Promise<AlarmState[]> {
  const alarms = await history.alarms(rig);
  return alarms.map(({ state }) => state).sort(worstFirst);
}

/** Unacknowledged, then returned, then acknowledged, by priority and newest first; then those that were put aside. */
export function worstFirst(a: AlarmState, b: AlarmState): number {
  return rankOf(a) - rankOf(b) || a.priority - b.priority || b.raisedAt - a.raisedAt;
}

const ranks: Partial<Record<AlarmState["state"], number>> = { unacknowledged: 0, returned: 1, acknowledged: 2 };
/** Shelved, suppressed or out of service: not open. */
const ASIDE = 3;
const rankOf = ({ state }: AlarmState): number => ranks[state] ?? ASIDE;

function stateOf(reading: LatestReading | null): string | null {
  if (reading === null || reading.quality !== "good") return null;
  return typeof reading.value === "number" ? (rigStates[reading.value] ?? null) : reading.value;
}
