import type { AlarmState } from "../../shared/domain/alarm.ts";
import { longestShelveMs, SHORTEST_SHELVE_MS } from "../../shared/domain/shelving.ts";
import { isActive, unshelve } from "./life.ts";
import type { Moment } from "./watch.ts";

/** What somebody asks when an alarm is to be shelved. */
export interface ShelveAsk {
  who: string;
  why: string;
  forMs: number;
}

/** Why an alarm may not be shelved for so long, for the person who asks, and the field at fault; null where it may. */
export function whyNotShelved(alarm: AlarmState, forMs: number): { message: string; field: string } | null {
  const most = longestShelveMs(alarm.priority);
  if (most === 0) return { message: `An alarm of priority ${alarm.priority} is never shelved.`, field: "alarm" };
  if (forMs <= most && forMs >= SHORTEST_SHELVE_MS && Number.isInteger(forMs)) return null;
  const hours = most / 3_600_000;
  return { message: `An alarm of priority ${alarm.priority} is shelved for 1 min to ${hours} h.`, field: "forMs" };
}

/** Puts an alarm aside for a time. Null where that is not allowed, or it is shelved or out of the list already. */
export function shelve(before: AlarmState, ask: ShelveAsk, boot: string, { at, mono }: Moment): AlarmState | null {
  if (!["unacknowledged", "acknowledged", "returned"].includes(before.state)) return null;
  if (whyNotShelved(before, ask.forMs) !== null) return null;
  const { unshelved: _, ...rest } = before;
  const active = isActive(before);
  const shelving = { at, until: at + ask.forMs, active, untilMono: mono + ask.forMs, boot, ...ask };
  return { ...rest, state: "shelved", changedAt: at, shelving };
}

/** A wall clock that is off by more than this against the monotonic one has stepped, ms. */
const STEP_MS = 5_000;

/**
 * Until when an alarm of an earlier run stays shelved, on the monotonic clock of this boot. After another boot only a wall clock that is sure can tell how long the machine was
 * off; where it is not, or went back, the alarm returns at once: null.
 */
export function restoredUntil(alarm: AlarmState, boot: string, now: Moment, clockSure: boolean): number | null {
  const { shelving } = alarm;
  if (shelving === undefined) return null;
  if (shelving.boot === boot) return shelving.untilMono;
  if (!clockSure || now.at < shelving.at) return null;
  return now.mono + Math.min(shelving.until - now.at, shelving.forMs);
}

/**
 * What becomes of a shelved alarm now: it returns when its time is up by either clock, whichever is first, so that no step of the wall clock keeps it longer;
 * after a step back the time that is shown is made earlier. Null where nothing changes.
 */
export function settle(alarm: AlarmState, untilMono: number | null, boot: string, now: Moment): AlarmState | null {
  const { shelving } = alarm;
  if (shelving === undefined) return null;
  if (untilMono === null) return unshelve(alarm, "clock not sure", null, now.at);
  const rest = untilMono - now.mono;
  if (rest <= 0 || now.at >= shelving.until) return unshelve(alarm, "time is up", null, now.at);
  const late = shelving.until - now.at > rest + STEP_MS;
  if (!late && shelving.boot === boot) return null;
  const until = Math.min(shelving.until, Math.floor(now.at + rest));
  return { ...alarm, changedAt: now.at, shelving: { ...shelving, until, untilMono, boot } };
}
