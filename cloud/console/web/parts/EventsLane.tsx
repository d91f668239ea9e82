import type { AlarmState } from "../../../../shared/domain/alarm.ts";
import type { RigEventRow } from "../../../../shared/domain/api-history.ts";
import { AlarmMark, markLookOf } from "../../../../shared/ui/AlarmMark.tsx";
import type { Zone } from "../../../../shared/ui/format.ts";
import type { System } from "../../../../shared/ui/units.ts";
import { eventText, typeWord } from "../event-text.ts";
import type { StateRun } from "../states.ts";

export interface EventsLaneProps {
  from: number;
  edge: number;
  rows: readonly RigEventRow[];
  /** As they are now: an alarm's mark shows what became of it. */
  alarms: readonly AlarmState[];
  runs: readonly StateRun[];
  zone: Zone;
  system: System;
}

/** A thing on the lane. */
interface Spot {
  at: number;
  priority: number;
  look: ReturnType<typeof markLookOf>;
  letter: string;
  title: string;
}

/** Alarms where they were raised, other events by their letter, connections as boxes; what would lie over each other shows the worst and tells the rest. */
export function EventsLane({ from, edge, rows, alarms, runs, zone, system }: EventsLaneProps) {
  const share = (at: number) => ((at - from) / (edge - from)) * 100;
  const inside = (at: number) => at >= from && at <= edge;
  const spots = apart(
    rows.filter(({ at }) => inside(at)).flatMap((row) => spotOf(row, alarms, zone, system)),
    (edge - from) * 0.026,
  );
  return (
    <ul class="eventslane" aria-label="Events">
      {runs
        .filter(
          ({ state, to, from: begin }) => (state === "connection" || state === "in slips") && to > from && begin < edge,
        )
        .map((run) => (
          <li
            class="connection"
            key={run.from}
            title={`${run.state}, ${zone.minute(run.from)} to ${zone.minute(run.to)}`}
            style={{
              left: `${Math.max(0, share(run.from))}%`,
              width: `${share(run.to) - Math.max(0, share(run.from))}%`,
            }}
          />
        ))}
      {spots.map((spot) => (
        <li
          class="spot"
          key={`${spot.at}${spot.letter}`}
          style={{ left: `${Math.min(98.8, Math.max(1.2, share(spot.at)))}%` }}
          title={spot.title}
        >
          {spot.priority > 0 ? (
            <AlarmMark priority={spot.priority} look={spot.look} size={19} label={spot.title} />
          ) : (
            <span class="letter" aria-hidden="true">
              {spot.letter}
            </span>
          )}
          <span class="hidden">{spot.title}</span>
        </li>
      ))}
    </ul>
  );
}

/** Tags and dictionaries are the product's own book-keeping. */
const letters: Partial<Record<RigEventRow["event"]["type"], string>> = {
  action: "A",
  gap: "G",
  epoch: "S",
  clock: "C",
};

function spotOf({ at, event }: RigEventRow, alarms: readonly AlarmState[], zone: Zone, system: System): Spot[] {
  const title = `${zone.time(at)} ${typeWord(event.type)}: ${eventText(event, system)}`;
  if (event.type !== "alarm") {
    const letter = letters[event.type];
    return letter === undefined ? [] : [{ at, priority: 0, look: "off", letter, title }];
  }
  const { alarm, raisedAt, priority, state } = event.state;
  // Its later changes are no marks of their own.
  if (state !== "unacknowledged" || raisedAt !== event.state.changedAt) return [];
  const now = alarms.find((one) => one.alarm === alarm && one.raisedAt === raisedAt);
  return [{ at: raisedAt, priority, look: now === undefined ? "off" : markLookOf(now.state), letter: "", title }];
}

/** Keeps spots a distance apart: of those that touch the most urgent stays and names the others. */
export function apart(spots: readonly Spot[], distance: number): Spot[] {
  const kept: Spot[] = [];
  for (const spot of [...spots].sort((a, b) => rank(a) - rank(b) || b.at - a.at)) {
    const rival = kept.find((one) => Math.abs(one.at - spot.at) < distance);
    if (rival === undefined) kept.push({ ...spot });
    else rival.title += `\n${spot.title}`;
  }
  return kept.sort((a, b) => a.at - b.at);
}

const rank = ({ priority, look }: Spot) => (priority === 0 ? 9 : priority) + (look === "off" ? 4 : 0);
