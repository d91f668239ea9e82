import { ClockAnchor } from "../../shared/domain/dating.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { clockStates } from "../../shared/wire/names.ts";
import { soundSql } from "./schema.ts";

const SYNCHRONISED = clockStates.indexOf("synchronised");

/** What landed events tell of the true time of a boot. */
export interface Anchors {
  /** The boot that an epoch (by its number) ran in; null while its record has not landed. */
  bootOf(epoch: number): string | null;
  /** Numbers of the epochs of a rig that ran in a boot. */
  epochsOf(rig: number, boot: string): number[];
  /** All that dates frames of a boot, as on the rig (`shared/domain/anchors-told.ts`): corrections, and records that closed while the clock was synchronised. */
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
  const trueRecord = db.prepare<[number], { at: number; mono: number }>(
    `select received as at, mono from event_frame where epoch = ? and seq = 1 and clock = ${SYNCHRONISED} and ${soundSql("event_frame")}`,
  );

  return {
    bootOf: (epoch) => bootOf.get(epoch) ?? null,
    epochsOf: (rig, boot) => epochsOf.all(rig, boot),
    of(rig, boot) {
      return epochsOf.all(rig, boot).flatMap((epoch) => {
        const told = corrections.all(rig, epoch).map((body) => ClockAnchor.parse(JSON.parse(body)));
        const record = trueRecord.get(epoch);
        return record === undefined ? told : [...told, { ...record, uncertainty: null, by: "time server" as const }];
      });
    },
  };
}
