import type { Sqlite } from "../../shared/node/sqlite.ts";
import type { SeqRange } from "../../shared/wire/names.ts";
import { minus, overlap, rangesOf } from "../../shared/wire/ranges.ts";
import type { EventFrame } from "./archive.ts";
import type { Finds } from "./damage.ts";
import { datingOf } from "./dating.ts";
import { datingEvents } from "./dating-events.ts";
import type { DatingRows } from "./dating-rows.ts";
import type { Definitions } from "./definitions.ts";
import type { EpochRows } from "./epoch-rows.ts";
import type { HeldRows } from "./held.ts";
import type { Names } from "./names.ts";
import { placedReach } from "./placed.ts";
import { sealSql } from "./schema.ts";
import { openTailBatch, type TailRow, tailColumns } from "./tail.ts";

/** Brings what waits to be dated up to what has landed; for the one writer, inside its transaction. */
export interface DatingWaiting {
  /** Events of an epoch landed; `running` is the epoch that runs, by its number, null while that is not known. */
  eventsLanded(rig: number, epoch: number, frames: readonly EventFrame[], running: number | null): void;
  /** Frames landed that nobody can date now. */
  undatedLanded(rig: number, running: number | null): void;
}

interface Parts {
  db: Sqlite;
  rows: DatingRows;
  held: HeldRows;
  epochs: EpochRows;
  names: Names;
  definitions: Definitions;
  finds: Finds;
}

export function datingWaiting({ db, rows, held, epochs, names, definitions, finds }: Parts): DatingWaiting {
  const { anchors } = rows;
  const events = datingEvents(db, anchors);
  const dating = datingOf(db, finds);
  const tail = db.prepare<[number, number], TailRow>(`select ${tailColumns} from tail where rig = ? and epoch = ?`);
  const reach = {
    from_at: "@from_at",
    to_at: "@to_at",
    from_received: "@from_received",
    to_received: "@to_received",
  };
  const move = db.prepare(
    `update tail set from_at = @from_at, to_at = @to_at, from_received = @from_received, to_received = @to_received,
       seal = ${sealSql("tail", reach)} where no = @no`,
  );

  /** Waiting batches are found by the times that their frames have now. */
  function moveBatches(rig: number, epoch: number, ranges: readonly SeqRange[]): void {
    const dated = dating(rig);
    for (const row of tail.all(rig, epoch)) {
      if (!ranges.some((range) => overlap(range, row))) continue;
      const opened = openTailBatch(rig, row, definitions.dictionary, finds);
      if (opened === null) continue;
      const { times, columns } = opened.batch;
      const shifts = dated.shifts(names.epochOf(epoch), times, (f) => row.first + f);
      const { at, received } = placedReach(times.receivedAt, columns, shifts);
      const columnsOf = { from_at: at.from, to_at: at.to, from_received: received.from, to_received: received.to };
      move.run({ no: row.no, ...columnsOf });
    }
  }

  /** Another boot runs, and all events of this one's epochs have landed or never will: nothing more is told of its true time. */
  function isOver(rig: number, running: number | null): (boot: string) => boolean {
    const now = running === null ? null : anchors.bootOf(running);
    const all = epochs.all(rig);
    const nameless = all.some(({ no }) => anchors.bootOf(no) === null);
    return (boot) => {
      if (now === null || now === boot || nameless) return false;
      const own = new Set(anchors.epochsOf(rig, boot));
      return all
        .filter(({ no }) => own.has(no))
        .every(({ no, known }) => {
          const last = Math.max(1, known.events);
          return minus([{ first: 1, last }], rangesOf(held.of(no, "events"))).length === 0;
        });
    };
  }

  function settle(rig: number, running: number | null): void {
    if (!rows.someWait(rig)) return;
    for (const { epoch, ranges } of rows.date(rig)) moveBatches(rig, epoch, ranges);
    rows.giveUp(rig, isOver(rig, running));
  }

  return {
    eventsLanded(rig, epoch, frames, running) {
      events.landed(rig, epoch, frames);
      const tells = frames.some((frame) => frame.events.some(({ type }) => type === "clock" || type === "epoch"));
      const boot = tells ? anchors.bootOf(epoch) : null;
      if (boot !== null) events.boot(rig, boot);
      settle(rig, running);
    },
    undatedLanded: settle,
  };
}
