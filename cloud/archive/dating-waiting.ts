import type { Sqlite } from "../../shared/node/sqlite.ts";
import type { SeqRange } from "../../shared/wire/names.ts";
import { intersection, minus, overlap, rangesOf } from "../../shared/wire/ranges.ts";
import type { EventFrame } from "./archive.ts";
import type { Finds } from "./damage.ts";
import { datingOf } from "./dating.ts";
import { datingEvents } from "./dating-events.ts";
import type { DatingRows } from "./dating-rows.ts";
import type { Definitions } from "./definitions.ts";
import type { EpochRow, EpochRows } from "./epoch-rows.ts";
import type { HeldRows } from "./held.ts";
import type { Names } from "./names.ts";
import { placedReach } from "./placed.ts";
import { sealSql } from "./schema.ts";
import { openTailBatch, type TailRow, tailColumns } from "./tail.ts";

/** Brings what waits to be dated up to what has landed; for the one writer, inside its transaction. */
export interface DatingWaiting {
  /** Events of an epoch landed; `running` is the epoch that runs, by its number, null while that is not known. */
  eventsLanded(rig: number, epoch: number, frames: readonly EventFrame[], running: number | null): void;
  /** Frames landed that nobody can date now, events became lost or quarantined, or another epoch runs: what nothing can date any more waits no longer. */
  settle(rig: number, running: number | null): void;
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

  /** What waits lies in the tail: its frames tell which anchor dates which. */
  function landAnew(rig: number, epoch: number, ranges: readonly SeqRange[]): void {
    for (const row of tail.all(rig, epoch)) {
      if (!ranges.some((range) => overlap(range, row))) continue;
      const opened = openTailBatch(rig, row, definitions.dictionary, finds);
      if (opened === null) continue;
      const frames = { first: row.first, times: opened.batch.times };
      rows.land(rig, epoch, frames, intersection(opened.ranges, ranges));
    }
  }

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

  /** All events that were told of have landed or never will; of a run that stored none nobody was told. */
  function isTold({ no, known }: EpochRow): boolean {
    const events = held.of(no, "events");
    const isEmpty = known.events === 0 && known.telemetry === 0 && held.of(no, "telemetry").length === 0;
    const last = Math.max(isEmpty ? 0 : 1, known.events);
    return last === 0 || minus([{ first: 1, last }], rangesOf(events)).length === 0;
  }

  /**
   * Whether nothing more can date frames of an epoch: another boot runs, and all is told of the epochs of its own and of those of which nobody knows
   * in which boot they ran. A run whose record never lands can name its boot no more: it keeps no other waiting, and its own frames wait for nothing.
   */
  function isOver(rig: number, running: number | null): (epoch: number) => boolean {
    const now = running === null ? null : anchors.bootOf(running);
    if (now === null) return () => false;
    const all = epochs.all(rig);
    const isNamelessTold = all.filter(({ no }) => anchors.bootOf(no) === null).every(isTold);
    if (!isNamelessTold) return () => false;
    const known = new Map<string, boolean>();
    return (epoch) => {
      const boot = anchors.bootOf(epoch);
      if (boot === null) return true;
      let over = known.get(boot);
      if (over === undefined) {
        const own = new Set(anchors.epochsOf(rig, boot));
        over = boot !== now && all.filter(({ no }) => own.has(no)).every(isTold);
        known.set(boot, over);
      }
      return over;
    };
  }

  function settle(rig: number, running: number | null): void {
    if (!rows.someWait(rig)) return;
    for (const { epoch, ranges, anew } of rows.date(rig)) {
      if (anew.length > 0) landAnew(rig, epoch, anew);
      moveBatches(rig, epoch, ranges);
    }
    if (rows.someWait(rig)) rows.giveUp(rig, isOver(rig, running));
  }

  return {
    eventsLanded(rig, epoch, frames, running) {
      events.landed(rig, epoch, frames);
      const tells = frames.some((frame) => frame.events.some(({ type }) => type === "clock" || type === "epoch"));
      const boot = tells ? anchors.bootOf(epoch) : null;
      if (boot !== null) events.boot(rig, boot);
      settle(rig, running);
    },
    settle,
  };
}
