import type { Migration } from "../../shared/node/sqlite.ts";

/** Columns that a table's seal is over, in their order; see `shared/node/seal.ts`. A waiting batch's bytes have a seal of their own. */
export const sealed = {
  rig: "no, rig, running, answer, dictionary, landed_at, live_at",
  epoch: "no, rig, epoch, predecessor, known_telemetry, known_events, record",
  held: "epoch, stream, first, last, state, a, b",
  tail: "no, rig, epoch, first, last, counts, dictionary, from_at, to_at, from_received, to_received, landed_at, lane, readings",
  tag_version: "no, rig, hash, tag, version, valid_from",
  dictionary: "rig, hash, parent, keep, added",
  event_frame: "epoch, seq, received, mono, clock, body",
  event: "rig, epoch, seq, place, type, received, landed_at, body, dated",
  alarm: "rig, alarm, epoch, seq, state",
  damage: "epoch, first, last, found_at",
  span: "key, rig, from_at, to_at, versions, readings, body",
  frame_run: "epoch, first, last, span, from_received, to_received, late, a, b",
  thinned_run: "epoch, first, last, span, bound, sums",
  segment: "key, body",
  minutes: "key, body",
  hour: "key, version, at, count, uncertain, bad, min, max, avg, last",
  latest: "epoch, version, seq, at, low, high, status, reason, text",
  dating: "rig, epoch, first, last, from_mono, to_mono, at, mono, uncertainty, told_by, over",
} as const;
export type SealedTable = keyof typeof sealed;

/** SQL for the seal of a row as it stands; `over` replaces columns by what they are about to be. */
export function sealSql(table: SealedTable, over: Readonly<Record<string, string>> = {}): string {
  const columns = sealed[table].split(", ").map((column) => over[column] ?? column);
  return `seal_of('${table}', ${columns.join(", ")})`;
}

/** SQL that is 1 for a row that is as it was written. */
export function soundSql(table: SealedTable): string {
  return `seal = ${sealSql(table)}`;
}

/** SQL that puts a row with its seal; the parameters are named as the columns. */
export function insertSql(table: SealedTable, verb = "insert into"): string {
  const columns = sealed[table];
  const values = columns.replaceAll(/(\w+)/g, "@$1");
  return `${verb} ${table} (${columns}, seal) values (${values}, seal_of('${table}', ${values}))`;
}

/**
 * Rows of hours and days have one integer as their key: hour (or day) since 2000 × 2^28 + what they belong to (see `hour.ts`), so that new rows
 * go to the end of their table and its pages are full. `version` is a tag version's number. Times are ms UTC; `at` is a reading's own time,
 * `received` the rig's when it accepted the frame, `landed_at` ours. A row's `seal` is over its other columns.
 * `dating` has the frames of unknown clock, in stretches, and what dates them (see `dating.ts`): what is said of their time anywhere else in the file but
 * in batches and segments, which stay as they came, is the time that they were given, where they were.
 * An event whose frame's clock was not known is `dated` (1) once `received` is the time that it was given, which may be what the frame said itself.
 * Minutes with an empty body are to be worked out from segments. `damage` names frames that the archive held and has lost in part or whole.
 */
export const migrations: readonly Migration[] = [
  (db) =>
    db.exec(`
      create table note (name text primary key, value text not null) strict, without rowid;
      create table counter (name text primary key, value integer not null) strict, without rowid;

      create table rig (
        no integer primary key, rig text not null unique, running text, answer text, dictionary text, landed_at integer, live_at integer, seal integer not null
      ) strict;
      create table epoch (
        no integer primary key, rig integer not null references rig, epoch text not null,
        predecessor text, known_telemetry integer not null default 0, known_events integer not null default 0,
        record text, seal integer not null, unique (rig, epoch)
      ) strict;
      create table held (
        epoch integer not null references epoch, stream integer not null, first integer not null, last integer not null,
        state integer not null, a integer not null, b integer not null, seal integer not null, primary key (epoch, stream, first)
      ) strict, without rowid;

      create table tail (
        no integer primary key autoincrement, rig integer not null, epoch integer not null, first integer not null, last integer not null,
        counts text, dictionary text not null, from_at integer not null, to_at integer not null,
        from_received integer not null, to_received integer not null,
        landed_at integer not null, lane integer not null, readings integer not null,
        seal integer not null, batch_seal integer not null, batch blob not null
      ) strict;
      create index tail_rig on tail (rig, no);

      create table tag_version (
        no integer primary key, rig integer not null, hash text not null, tag text not null, version text not null,
        valid_from integer not null, seal integer not null, unique (rig, hash)
      ) strict;
      create index tag_version_tag on tag_version (rig, tag);
      create table dictionary (
        rig integer not null, hash text not null, parent text, keep integer not null, added text not null, seal integer not null, primary key (rig, hash)
      ) strict, without rowid;

      create table event_frame (
        epoch integer not null, seq integer not null, received integer not null, mono real not null, clock integer not null,
        seal integer not null, body blob not null, primary key (epoch, seq)
      ) strict, without rowid;
      create table event (
        no integer primary key, rig integer not null, epoch integer not null, seq integer not null, place integer not null,
        type text not null, received integer not null, landed_at integer not null, body text not null, seal integer not null, unique (epoch, seq, place)
      ) strict;
      create index event_received on event (rig, received);
      create index event_type on event (rig, type, received);
      create table alarm (
        rig integer not null, alarm text not null, epoch integer not null, seq integer not null, state text not null, seal integer not null,
        primary key (rig, alarm)
      ) strict, without rowid;

      create table span (
        key integer primary key, rig integer not null, from_at integer not null, to_at integer not null, versions text not null,
        readings integer not null, stamp integer not null, seal integer not null, body blob not null
      ) strict;
      create index span_at on span (rig, to_at, from_at);
      create table frame_run (
        epoch integer not null, first integer not null, last integer not null, span integer not null,
        from_received real not null, to_received real not null, late integer not null,
        a integer not null, b integer not null, seal integer not null, primary key (epoch, first)
      ) strict, without rowid;
      create index frame_run_span on frame_run (span);
      create table segment (key integer primary key, seal integer not null, body blob not null) strict;
      create table damage (
        epoch integer not null, first integer not null, last integer not null, found_at integer not null, seal integer not null,
        primary key (epoch, first, last)
      ) strict, without rowid;
      create table minutes (key integer primary key, seal integer not null, body blob not null) strict;
      create index minutes_stale on minutes (key) where length(body) = 0;
      create table hour (
        key integer primary key, version integer not null, at integer not null, count integer not null,
        uncertain integer not null, bad integer not null, min real, max real, avg real, last real, seal integer not null
      ) strict;
      create table latest (
        epoch integer not null, version integer not null, seq integer not null, at real not null, low integer not null, high integer not null,
        status integer not null, reason integer not null, text text, seal integer not null, primary key (epoch, version)
      ) strict, without rowid;

      create table dating (
        rig integer not null, epoch integer not null, first integer not null, last integer not null, from_mono real not null, to_mono real not null,
        at integer, mono real, uncertainty real, told_by integer, over integer not null, seal integer not null, primary key (rig, epoch, first)
      ) strict, without rowid;

      create table quarantine (
        no integer primary key, rig integer, landed_at integer not null, topic text not null, problem text not null,
        epoch text, stream text, first integer, last integer, message blob not null
      ) strict;
      create index quarantine_name on quarantine (rig, epoch, stream, first);
      create table aside (
        no integer primary key, landed_at integer not null, topic text not null, problem text not null, message blob not null
      ) strict;
    `),
  (db) =>
    db.exec(`
      create table thinned_run (
        epoch integer not null, first integer not null, last integer not null, span integer not null, bound real not null,
        seal integer not null, sums blob not null, primary key (epoch, first)
      ) strict, without rowid;
      create index thinned_run_span on thinned_run (span);
    `),
  (db) => {
    // Nothing was released with the layout of before, so there is no reader of it.
    if (db.prepare("select 1 from sqlite_master where name = 'dating'").get() === undefined)
      throw new Error(
        "this archive was written by an earlier version, which did not date frames; begin with a new file",
      );
  },
  (db) => db.exec("create index dating_waiting on dating (rig) where at is null and over = 0"),
  (db) =>
    // A damaged row keeps its seal, which fails under this layout too. A clock that was not known counts 2.
    db.exec(`
      alter table event add column dated integer not null default 0;
      update event set dated = new.dated,
        seal = seal_of('event', event.rig, event.epoch, event.seq, event.place, event.type, event.received, event.landed_at, event.body, new.dated)
      from (
        select e.no, coalesce(f.clock = 2 and f.received <> e.received, 0) as dated
        from event e left join event_frame f on f.epoch = e.epoch and f.seq = e.seq
        where e.seal = seal_of('event', e.rig, e.epoch, e.seq, e.place, e.type, e.received, e.landed_at, e.body)
      ) as new where new.no = event.no;
    `),
];
