import { type ClockAnchor, datingBy, shiftOf } from "../../shared/domain/dating.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import type { Anchors } from "./anchors.ts";
import type { EventFrame } from "./archive.ts";
import { unknownClock } from "./dating.ts";
import { sealSql, soundSql } from "./schema.ts";

/** Gives events that closed while their clock was not known their place in time, once; their frames and what they say stay as they came. For the one writer. */
export interface DatingEvents {
  /** Those of frames that have just landed. */
  landed(rig: number, epoch: number, frames: readonly EventFrame[]): void;
  /** All of a boot that have none yet: something was told of its true time. */
  boot(rig: number, boot: string): void;
}

/** When a frame of events closed, by its rig's own clocks. */
interface Closed {
  seq: number;
  at: number;
  mono: number;
}

export function datingEvents(db: Sqlite, anchors: Anchors): DatingEvents {
  const unknown = db.prepare<[number], Closed>(
    `select seq, received as at, mono from event_frame f where epoch = ? and clock = ${unknownClock} and ${soundSql("event_frame")}
       and exists (select 1 from event e where e.epoch = f.epoch and e.seq = f.seq and e.dated = 0)`,
  );
  const move = db.prepare(
    `update event set received = @at, dated = 1, seal = ${sealSql("event", { received: "@at", dated: "1" })} where epoch = @epoch and seq = @seq`,
  );

  function date(epoch: number, frames: readonly Closed[], known: readonly ClockAnchor[]): void {
    const anchorAt = datingBy(known);
    for (const { seq, at: receivedAt, mono } of frames) {
      const at = receivedAt + shiftOf({ receivedAt, mono }, anchorAt(mono));
      if (!Number.isNaN(at)) move.run({ at, epoch, seq });
    }
  }

  return {
    landed(rig, epoch, frames) {
      const undated = frames.filter(({ clock }) => clock === "unknown");
      const boot = undated.length === 0 ? null : anchors.bootOf(epoch);
      if (boot !== null) date(epoch, undated, anchors.of(rig, boot));
    },
    boot(rig, boot) {
      const known = anchors.of(rig, boot);
      if (known.length === 0) return;
      for (const epoch of anchors.epochsOf(rig, boot)) date(epoch, unknown.all(epoch), known);
    },
  };
}
