import type { AlarmLife, AlarmState } from "../../../shared/domain/alarm.ts";
import type { RigEventRow } from "../../../shared/domain/api-events.ts";
import type { Zone } from "../../../shared/ui/format.ts";
import type { System } from "../../../shared/ui/units.ts";
import { eventText, typeWord } from "./event-text.ts";

/** A thing on the lane of events: an alarm by its priority, or another event (priority 0) by its letter. */
export interface Spot {
  at: number;
  priority: number;
  /** What has become of the alarm; "normal" where it is over, or nothing is known. */
  life: AlarmLife;
  letter: string;
  title: string;
  /** How many lie here, with those that it stands for. */
  many: number;
}

/** Tags and dictionaries are the product's own book-keeping. */
const letters: Partial<Record<RigEventRow["event"]["type"], string>> = {
  action: "A",
  gap: "G",
  epoch: "R",
  clock: "C",
};

/** What stands on the lane, in words. */
export const laneWords = "A action, C clock, G gap, R start of a run; a number: so many at once";

/** Where an event stands on the lane; none for an alarm's later changes and for book-keeping. */
export function spotOf(
  { at, event }: RigEventRow,
  alarms: readonly AlarmState[],
  zone: Zone,
  system: System,
  rows: readonly RigEventRow[],
): Spot[] {
  const title = `${zone.time(at)} ${typeWord(event.type)}: ${eventText(event, system, rows)}`;
  if (event.type !== "alarm") {
    const letter = letters[event.type];
    return letter === undefined ? [] : [{ at, priority: 0, life: "normal", letter, title, many: 1 }];
  }
  const { alarm, raisedAt, priority, state } = event.state;
  // Its later changes are no marks of their own.
  if ((state !== "unacknowledged" && state !== "shelved") || raisedAt !== event.state.changedAt) return [];
  const now = alarms.find((one) => one.alarm === alarm && one.raisedAt === raisedAt);
  return [{ at: raisedAt, priority, life: now?.state ?? "normal", letter: "", title, many: 1 }];
}

/** Keeps spots a distance apart: of those that touch the most urgent stays and names the others. */
export function apart(spots: readonly Spot[], distance: number): Spot[] {
  const kept: Spot[] = [];
  for (const spot of [...spots].sort((a, b) => rank(a) - rank(b) || b.at - a.at)) {
    const rival = kept.find((one) => Math.abs(one.at - spot.at) < distance);
    if (rival === undefined) kept.push({ ...spot });
    else {
      rival.title += `\n${spot.title}`;
      rival.many += spot.many;
    }
  }
  return kept.sort((a, b) => a.at - b.at);
}

const rank = ({ priority, life }: Spot) => (priority === 0 ? 9 : priority) + (life === "normal" ? 4 : 0);
