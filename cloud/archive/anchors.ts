import { ClockAnchor } from "../../shared/domain/dating.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { soundSql } from "./schema.ts";

/** What landed events tell of the true time of a boot. */
export interface Anchors {
  /** The boot that an epoch (by its number) ran in; null while its record has not landed. */
  bootOf(epoch: number): string | null;
  /** Numbers of the epochs of a rig that ran in a boot. */
  epochsOf(rig: number, boot: string): number[];
  /** All that dates frames of a boot: corrections that the rig told, and events that closed while its clock was synchronised. */
  of(rig: number, boot: string): ClockAnchor[];
}

export function anchorsOf(db: Sqlite): Anchors {
  const bootOf = db.prepare<[number], string | null>("select record ->> '$.boot' from epoch where no = ?").pluck();
  const epochsOf = db
    .prepare<[number, string], number>("select no from epoch where rig = ? and record ->> '$.boot' = ? order by no")
    .pluck();
  const corrections = db
    .prepare<[number, number], string>(
      `select body ->> '$.correction' from event
       where rig = ? and epoch = ? and type = 'clock' and body ->> '$.correction' is not null and ${soundSql("event")} order by seq`,
    )
    .pluck();
  const trueFrame = (order: "asc" | "desc") =>
    db.prepare<[number], { at: number; mono: number }>(
      `select received as at, mono from event_frame
       where epoch = ? and clock = 0 and ${soundSql("event_frame")} order by seq ${order} limit 1`,
    );
  const [first, last] = [trueFrame("asc"), trueFrame("desc")];

  return {
    bootOf: (epoch) => bootOf.get(epoch) ?? null,
    epochsOf: (rig, boot) => epochsOf.all(rig, boot),
    of(rig, boot) {
      return epochsOf.all(rig, boot).flatMap((epoch) => {
        const told = corrections.all(rig, epoch).map((body) => ClockAnchor.parse(JSON.parse(body)));
        const frames = [first.get(epoch), last.get(epoch)].flatMap((frame) => frame ?? []);
        return [...told, ...frames.map((frame) => ({ ...frame, uncertainty: null, by: "time server" as const }))];
      });
    },
  };
}
