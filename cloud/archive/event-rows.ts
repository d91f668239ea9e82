import type { Sqlite } from "../../shared/node/sqlite.ts";
import { clockStates } from "../../shared/wire/names.ts";
import type { EventFrame } from "./archive.ts";
import type { Definitions } from "./definitions.ts";
import { insertSql, sealSql } from "./schema.ts";

/** The tables of events: frames byte by byte, and what is in them as rows. */
export interface EventRows {
  put(rig: number, epoch: number, frame: EventFrame, landedAt: number): void;
}

export function eventRows(db: Sqlite, definitions: Definitions): EventRows {
  const putFrame = db.prepare(insertSql("event_frame"));
  const putEvent = db.prepare(insertSql("event"));
  const putRecord = db.prepare(
    `update epoch set record = @record, seal = ${sealSql("epoch", { record: "@record" })} where no = @no`,
  );
  return {
    put(rig, epoch, frame, landedAt) {
      const { seq, at, mono, clock, bytes, events } = frame;
      putFrame.run({ epoch, seq, received: at, mono, clock: clockStates.indexOf(clock), body: bytes });
      for (const [place, event] of events.entries()) {
        const body = JSON.stringify(event);
        putEvent.run({ rig, epoch, seq, place, type: event.type, received: at, landed_at: landedAt, body, dated: 0 });
        if (event.type === "epoch" && seq === 1) putRecord.run({ record: body, no: epoch });
        else definitions.put(rig, event);
      }
    },
  };
}
