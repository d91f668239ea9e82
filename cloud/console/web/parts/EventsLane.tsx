import type { AlarmState } from "../../../../shared/domain/alarm.ts";
import type { RigEventRow } from "../../../../shared/domain/api-events.ts";
import { AlarmMark, markLookOf } from "../../../../shared/ui/AlarmMark.tsx";
import type { Zone } from "../../../../shared/ui/format.ts";
import type { System } from "../../../../shared/ui/units.ts";
import { apart, spotOf } from "../spots.ts";
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

/** Alarms where they were raised, other events by their letter, connections as boxes; what would lie over each other shows the worst and tells the rest. */
export function EventsLane({ from, edge, rows, alarms, runs, zone, system }: EventsLaneProps) {
  const share = (at: number) => ((at - from) / (edge - from)) * 100;
  const inside = (at: number) => at >= from && at <= edge;
  const spots = apart(
    rows.filter(({ at }) => inside(at)).flatMap((row) => spotOf(row, alarms, zone, system, rows)),
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
            <AlarmMark priority={spot.priority} look={markLookOf(spot.life)} size={19} label={spot.title} />
          ) : (
            <span class="letter" aria-hidden="true">
              {spot.letter}
            </span>
          )}
          {spot.many > 1 && (
            <small class="many" aria-hidden="true">
              {spot.many}
            </small>
          )}
          <span class="hidden">{spot.title}</span>
        </li>
      ))}
    </ul>
  );
}
