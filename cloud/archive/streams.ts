import type { EpochMs } from "../../shared/domain/id.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { type HeldRange, lastOf, watermarkOf } from "../../shared/wire/held.ts";
import type { Stream } from "../../shared/wire/names.ts";
import { countOf } from "../../shared/wire/ranges.ts";
import { unknownClock } from "./dating.ts";
import { soundSql } from "./schema.ts";

/** How far a stream of a rig is here. */
export interface StreamCoverage {
  stream: Stream;
  /** Everything up to here is stored or accounted for, by the rig's clock; null where that is not known. */
  completeTo: EpochMs | null;
  /** Frames that were told of and are held in no state: the rig owes them, or says at its next hello that it has them no more. */
  underWay: number;
}

interface HeldStream {
  stream: Stream;
  known: number;
  ranges: readonly HeldRange[];
}

/** Frames that were told of and are held in no state. */
export function underWayOf(held: readonly HeldStream[], stream: Stream): number {
  return held.reduce(
    (sum, one) => (one.stream === stream ? sum + Math.max(one.known, lastOf(one.ranges)) - countOf(one.ranges) : sum),
    0,
  );
}

/**
 * Up to when the events of a rig are complete; calls belong inside one read transaction. Events whose clock was not known count by the time that they were
 * given; while they have none they move nothing.
 */
export function eventsCompleteTo(
  db: Sqlite,
): (epochs: readonly { no: number; known: number; ranges: readonly HeldRange[] }[]) => EpochMs | null {
  const newest = db
    .prepare<[number, number], number>(
      `select case when clock = ${unknownClock} then given else received end from (
         select seq, clock, received,
           (select e.received from event e where e.epoch = f.epoch and e.seq = f.seq and e.place = 0 and e.dated = 1) as given
         from event_frame f where epoch = ? and seq <= ? and ${soundSql("event_frame")})
       where clock <> ${unknownClock} or given is not null order by seq desc limit 1`,
    )
    .pluck();
  return (epochs) => {
    let complete = Number.POSITIVE_INFINITY;
    let end = Number.NEGATIVE_INFINITY;
    for (const { no, known, ranges } of epochs) {
      const last = Math.max(known, lastOf(ranges));
      if (last === 0) continue;
      const reached = watermarkOf(ranges);
      const at = newest.get(no, Math.max(reached, 1));
      // Nothing of a run is here yet that has a time: nobody knows since when more is under way.
      if (reached < last && at === undefined) return null;
      if (at === undefined) continue;
      if (reached < last) complete = Math.min(complete, at);
      end = Math.max(end, newest.get(no, last) ?? at);
    }
    const to = Math.min(complete, end);
    return Number.isFinite(to) ? to : null;
  };
}
