import Database from "better-sqlite3";
import { datingBy, shiftOf } from "../../shared/domain/dating.ts";
import type { Id, RigId } from "../../shared/domain/id.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { lastOf } from "../../shared/wire/held.ts";
import { type Checksum, lanes, type SeqRange, type Stream } from "../../shared/wire/names.ts";
import { alarmRows } from "./alarm-rows.ts";
import type { EventsLanding, Store, TelemetryLanding } from "./archive.ts";
import { cutHeld } from "./cut.ts";
import type { Finds } from "./damage.ts";
import { datingOf, isUnknown } from "./dating.ts";
import { datingRows } from "./dating-rows.ts";
import { datingWaiting } from "./dating-waiting.ts";
import type { Definitions } from "./definitions.ts";
import { type EpochRow, epochRows } from "./epoch-rows.ts";
import { eventRows } from "./event-rows.ts";
import { heldRows } from "./held.ts";
import { keptRows } from "./kept-rows.ts";
import type { Names } from "./names.ts";
import { placedReach } from "./placed.ts";
import { rigRows } from "./rig-rows.ts";
import { insertSql } from "./schema.ts";
import { batchSeal } from "./tail.ts";

/** Works out the checksum of some stored frames of an epoch (by its number). */
export type SumOf = (rig: number, epoch: number, stream: Stream, range: SeqRange) => Checksum;

/**
 * What ingest may do inside a transaction, on SQLite. `flush` ends it: it writes what many batches of a group come to together. `forget` drops what
 * was remembered of a transaction that was rolled back.
 */
export function sqliteStore(
  db: Sqlite,
  names: Names,
  sumOf: SumOf,
  definitions: Definitions,
  finds: Finds,
): Store & { flush(): void; forget(): void } {
  const held = heldRows(db);
  const epochs = epochRows(db);
  const events = eventRows(db, definitions);
  const alarms = alarmRows(db);
  const kept = keptRows(db);
  const rigs = rigRows(db);
  const dating = datingRows(db);
  const datings = datingOf(db, finds);
  const waiting = datingWaiting({ db, rows: dating, held, epochs, names, definitions, finds });
  const lastTail = db
    .prepare<[], number>("select coalesce((select seq from sqlite_sequence where name = 'tail'), 0)")
    .pluck();
  const putTail = db.prepare(
    insertSql("tail")
      .replace("seal) values", "seal, batch_seal, batch) values")
      .replace(/\)$/, ", @batch_seal, @batch)"),
  );

  const heldOf = (rig: number, row: EpochRow, stream: Stream, cuts: readonly number[]) =>
    cutHeld(held.of(row.no, stream), cuts, (range) => sumOf(rig, row.no, stream, range));

  /** Null where a row does not read: one damaged row must not leave its rig without any answer. Counted; the range is stated whole. */
  function sumIfThere(rig: number, epoch: number, stream: Stream, range: SeqRange): Checksum | null {
    try {
      return sumOf(rig, epoch, stream, range);
    } catch (error) {
      if (error instanceof Database.SqliteError) throw error;
      kept.count("ranges that cannot be summed", 1);
      return null;
    }
  }

  function runningNo(rig: number): number | null {
    const running = rigs.runningOf(rig);
    return running === null ? null : names.epochNo(rig, running);
  }

  /** A successor's record tells how far its predecessor got. */
  function tellPredecessor(rig: number, record: { epoch: Id; predecessor: EpochRow["predecessor"] }): void {
    const own = epochs.get(names.epochNo(rig, record.epoch));
    epochs.know(own.no, record.predecessor, own.known);
    const before = record.predecessor;
    if (before === null || before === undefined || before === "unknown") return;
    const row = epochs.get(names.epochNo(rig, before.epoch));
    epochs.know(row.no, row.predecessor, {
      telemetry: Math.max(row.known.telemetry, before.last.telemetry),
      events: Math.max(row.known.events, before.last.events),
    });
  }

  return {
    held(rig, epoch, stream, cuts) {
      const no = names.rigNo(rig);
      const row = epochs.get(names.epochNo(no, epoch));
      const list = heldOf(no, row, stream, cuts);
      return { held: list, known: Math.max(row.known[stream], lastOf(list)) };
    },
    putHeld: (rig, epoch, stream, list) => held.put(names.epochNo(names.rigNo(rig), epoch), stream, list),
    putMissing(rig, epoch, stream, list) {
      const no = names.rigNo(rig);
      held.put(names.epochNo(no, epoch), stream, list);
      if (stream === "events") waiting.settle(no, runningNo(no));
    },
    epochs(rig, cutsOf) {
      const no = names.rigNo(rig);
      const all = held.ofRig(no);
      return epochs.all(no).map((row) => {
        const listOf = (stream: Stream) =>
          cutHeld(all(row.no, stream), cutsOf(row.epoch, stream), (range) => sumIfThere(no, row.no, stream, range));
        const lists = { telemetry: listOf("telemetry"), events: listOf("events") };
        const known = {
          telemetry: Math.max(row.known.telemetry, lastOf(lists.telemetry)),
          events: Math.max(row.known.events, lastOf(lists.events)),
        };
        return { epoch: row.epoch, predecessor: row.predecessor, known, held: lists };
      });
    },
    know: (rig, epoch, predecessor, known) => epochs.know(names.epochNo(names.rigNo(rig), epoch), predecessor, known),
    running(rig, epoch, answer) {
      const no = names.rigNo(rig);
      const before = rigs.runningOf(no);
      rigs.setRunning(no, epoch, answer);
      if (before === epoch) return;
      alarms.switchTo(no, names.epochNo(no, epoch));
      waiting.settle(no, names.epochNo(no, epoch));
    },
    runningOf: (rig) => rigs.runningOf(names.rigNo(rig)),
    dictionary: (rig, hash) => definitions.dictionary(names.rigNo(rig), hash),
    landTelemetry(rig: RigId, batch: TelemetryLanding) {
      const { first, last, ranges, landedAt, times, readings } = batch;
      const no = names.rigNo(rig);
      const whole = ranges.length === 1 && ranges[0]?.first === first && ranges[0].last === last;
      const epoch = names.epochNo(no, batch.epoch);
      const isUndated = dating.land(no, epoch, { first, times }, ranges);
      const shifts = times.clock.some(isUnknown) ? datings(no).shifts(batch.epoch, times, (f) => first + f) : null;
      const reach = placedReach(times.receivedAt, batch, shifts);
      putTail.run({
        no: (lastTail.get() ?? 0) + 1,
        rig: no,
        epoch,
        first,
        last,
        counts: whole ? null : JSON.stringify(ranges),
        dictionary: batch.dictionary,
        from_at: reach.at.from,
        to_at: reach.at.to,
        from_received: reach.received.from,
        to_received: reach.received.to,
        landed_at: landedAt,
        lane: lanes.indexOf(batch.lane),
        readings: readings.length,
        batch: batch.batch,
        batch_seal: batchSeal(epoch, first, last, batch.batch),
      });
      const live = batch.lane === "live";
      const current = live && rigs.runningOf(no) === batch.epoch;
      rigs.note(no, {
        landedAt,
        ...(live && reach.latest !== null ? { liveAt: reach.latest } : {}),
        ...(current ? { dictionary: batch.dictionary } : {}),
      });
      if (isUndated) waiting.settle(no, runningNo(no));
    },
    landEvents(rig: RigId, { epoch, landedAt, frames }: EventsLanding) {
      const no = names.rigNo(rig);
      const epochNo = names.epochNo(no, epoch);
      const current = rigs.runningOf(no) === epoch;
      for (const frame of frames) {
        events.put(no, epochNo, frame, landedAt);
        for (const event of frame.events) {
          if (event.type === "epoch" && frame.seq === 1) tellPredecessor(no, event);
          if (current) alarms.apply(no, epochNo, frame.seq, event);
        }
      }
      rigs.note(no, { landedAt });
      waiting.eventsLanded(no, epochNo, frames, runningNo(no));
    },
    shifts(rig, epoch, { receivedAt, mono, clock }) {
      if (!clock.some(isUnknown)) return null;
      const no = names.rigNo(rig);
      const boot = dating.anchors.bootOf(names.epochNo(no, epoch));
      const anchorAt = datingBy(boot === null ? [] : dating.anchors.of(no, boot));
      return Float64Array.from(clock, (state, f) => {
        const frame = { receivedAt: receivedAt[f] ?? 0, mono: mono[f] ?? 0 };
        return isUnknown(state) ? shiftOf(frame, anchorAt(frame.mono)) : 0;
      });
    },
    quarantine: (rig, message, { epoch, stream, ranges }) =>
      kept.quarantine(names.rigNo(rig), message, epoch, stream, ranges),
    aside: kept.aside,
    count: (name, by = 1) => kept.count(name, by),
    flush() {
      held.flush();
      rigs.flush();
      kept.flush();
    },
    forget() {
      names.forget();
      held.forget();
      rigs.forget();
      epochs.forget();
      kept.forget();
      definitions.forget();
    },
  };
}
