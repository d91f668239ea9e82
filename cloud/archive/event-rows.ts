import type { Sqlite } from "../../shared/node/sqlite.ts";
import { clockStates } from "../../shared/wire/names.ts";
import type { EventFrame } from "./archive.ts";
import type { Definitions } from "./definitions.ts";

/** The tables of events: frames byte by byte, and what is in them as rows. */
export interface EventRows {
  put(rig: number, epoch: number, frame: EventFrame, landedAt: number): void;
}

export function eventRows(db: Sqlite, definitions: Definitions): EventRows {
  const putFrame = db.prepare(
    "insert into event_frame (epoch, seq, received, mono, clock, body) values (?, ?, ?, ?, ?, ?)",
  );
  const putEvent = db.prepare(
    "insert into event (rig, epoch, seq, place, type, received, landed_at, body) values (?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const putRecord = db.prepare("update epoch set record = ? where no = ?");
  return {
    put(rig, epoch, frame, landedAt) {
      const { seq, at, mono, clock, bytes, events } = frame;
      putFrame.run(epoch, seq, at, mono, clockStates.indexOf(clock), bytes);
      for (const [place, event] of events.entries()) {
        const body = JSON.stringify(event);
        putEvent.run(rig, epoch, seq, place, event.type, at, landedAt, body);
        if (event.type === "epoch" && seq === 1) putRecord.run(body, epoch);
        else definitions.put(rig, event);
      }
    },
  };
}
