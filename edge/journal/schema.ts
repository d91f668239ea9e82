import type { Id } from "../../shared/domain/id.ts";
import type { Migration, Sqlite } from "../../shared/node/sqlite.ts";
import type { Stream } from "../../shared/wire/names.ts";
import { DamageError } from "./damage.ts";
import { layOutSeal, layOutSeals } from "./note-seals.ts";

/**
 * A frame's key is one number: its stream's base plus its seq, so that a stream's frames lie together and intervals of keys never cross streams.
 * Delivered telemetry moves from `frame` into `span`, whose `part`s hold the segments of several tags, named by the first. `freed` and `gone` hold intervals of keys: a frame is owed while it is in neither. `thinned` holds those of rows of which readings were left out. `dictionary_from` says which dictionary a stream's frames have
 * from a key on. `definition` says which events frame tells a tag version or dictionary.
 * `anchor` says what the true time of a boot was at moments of its monotonic clock. What stands as `at`, `from_at` and `to_at` is when frames closed, by which they
 * are found: the rig's own time, or where its clock was not known the one that follows from the anchors, as soon as there is one; bodies keep their own.
 * A packed frame may be owed again: it is sent from its span. `seal` guards a row against bits that change: of `frame`, `span` and `part` as in seal.ts, of `anchor` as in anchors.ts, of the other small tables as in note-seals.ts.
 * `broken`, `broken_span` and `broken_part` keep aside what the disk did not keep as it was written.
 */
export const migrations: readonly Migration[] = [
  (db) =>
    db.exec(`
      create table epoch (no integer primary key, id text not null unique, record text not null, told text) strict;
      create table frame (
        key integer primary key, at integer not null, count integer not null, a integer not null, b integer not null, body blob not null
      ) strict;
      create index frame_at on frame (at);
      create table span (
        first integer primary key, last integer not null, from_at integer not null, to_at integer not null,
        a integer not null, b integer not null, dictionary text not null, body blob not null
      ) strict;
      create index span_to_at on span (to_at);
      create table part (span integer not null, tag integer not null, body blob not null, primary key (span, tag)) strict, without rowid;
      create table dictionary_from (key integer primary key, hash text not null) strict;
      create table definition (hash text primary key, kind text not null, body text not null, frame integer not null) strict, without rowid;
      create table freed (first integer primary key, last integer not null) strict;
      create table gone (first integer primary key, last integer not null, a integer not null, b integer not null, evicted integer not null) strict;
      create table open_alarm (alarm text primary key, state text not null) strict, without rowid;
      create table note (name text primary key, value text not null) strict, without rowid;
    `),
  (db) =>
    db.exec(`
      create table broken (
        no integer primary key, key integer not null unique, at integer not null, count integer not null,
        a integer not null, b integer not null, owed integer not null, body blob not null
      ) strict;
    `),
  (db) => {
    // Written with the formats of before: nothing was released with them, so there is no reader of them.
    if (db.prepare("select exists (select 1 from span)").pluck().get() !== 0)
      throw new Error(
        "this journal's history was packed by an earlier release and cannot be read; begin with a new file",
      );
  },
  (db) =>
    db.exec(`
      alter table frame add column seal integer;
      alter table span add column seal integer;
      alter table part add column seal integer;
      create table broken_span (first integer primary key, last integer not null, dictionary text not null, body blob not null) strict;
      create table broken_part (span integer not null, tag integer not null, body blob not null, primary key (span, tag)) strict, without rowid;
    `),
  // What the cloud states of an epoch is kept as sums from here on; null is asked for again.
  (db) => db.exec("update epoch set told = null"),
  layOutSeals,
  (db) => {
    db.exec("create table thinned (first integer primary key, last integer not null) strict");
    layOutSeal(db, "thinned");
  },
  (db) =>
    db.exec(`
      create table anchor (
        boot text not null, mono real not null, at integer not null, uncertainty real, told_by text not null, seal integer not null,
        primary key (boot, mono)
      ) strict, without rowid;
    `),
];

/** The column `body` as bytes, in a query: where a bit of its row has changed SQLite may give anything. */
export const bodyBytes = "coalesce(cast(body as blob), x'') as body";

/** A key is (epoch's number × 2 + stream) × SEQS + seq; telemetry is stream 0, events 1. */
export const SEQS = 2 ** 32;
export const MOST_SEQ = SEQS - 1;

/** SQL that is the number of the stream that a key belongs to. */
export const streamOf = (key: string) => `(${key} / ${SEQS}) % 2`;
/** SQL that chooses the frames of telemetry among rows. */
export const ofTelemetry = `${streamOf("key")} = 0`;

/** Key of seq 0 of a stream of the epoch with this number in the file. */
export function baseOf(epochNo: number, stream: Stream): number {
  return (epochNo * 2 + (stream === "events" ? 1 : 0)) * SEQS;
}

/** The parts of a key. */
export function partsOf(key: number): { epochNo: number; stream: Stream; seq: number; base: number } {
  const streamNo = Math.floor(key / SEQS);
  return {
    epochNo: Math.floor(streamNo / 2),
    stream: streamNo % 2 === 1 ? "events" : "telemetry",
    seq: key - streamNo * SEQS,
    base: streamNo * SEQS,
  };
}

/** Which number an epoch has in the file, and back. Both throw for an epoch that is not in it: a number without one is damage. */
export interface EpochNumbers {
  numberOf(epoch: Id): number;
  epochOf(no: number): Id;
  has(epoch: Id): boolean;
}

export function epochNumbers(db: Sqlite): EpochNumbers {
  const number = db.prepare<[Id], number>("select no from epoch where id = ?").pluck();
  const id = db.prepare<[number], Id>("select id from epoch where no = ?").pluck();
  return {
    numberOf(epoch) {
      const no = number.get(epoch);
      if (no === undefined) throw new Error(`epoch ${epoch} is not in this journal`);
      return no;
    },
    epochOf(no) {
      const epoch = id.get(no);
      if (epoch === undefined) throw new DamageError(`epoch number ${no} is not in this journal`);
      return epoch;
    },
    has: (epoch) => number.get(epoch) !== undefined,
  };
}
