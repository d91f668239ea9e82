import type { Sqlite } from "../../shared/node/sqlite.ts";
import type { SeqRange } from "../../shared/wire/names.ts";
import { minus } from "../../shared/wire/ranges.ts";
import { decodeSpan } from "../../shared/wire/span.ts";
import { DAY, hourKey, hourOf, hourOfKey, ownerOfKey } from "./hour.ts";
import { minutesKey, staleMinutes } from "./minute-rows.ts";
import { insertSql, sealSql, soundSql } from "./schema.ts";
import { type Groups, rowKey } from "./segment-rows.ts";

/** Stretches of telemetry, by their epoch. */
export type Hurt = { epoch: number; ranges: SeqRange[] }[];

/** Takes damaged parts of spans out; for the one writer, inside its transaction. */
export interface SpanMending {
  /** Without one row of segments; the span's other readings stay. Gives the frames that lose by it. */
  withoutSegment(span: number, row: number): Hurt;
  /** Without the span and all that is void without it. */
  without(span: number): Hurt;
  /** Spans that frames name and that are not there. */
  missing(): number[];
  /** A day's minutes are to be worked out from the segments. */
  minutesAnew(key: number): void;
}

interface SpanRow {
  rig: number;
  versions: string;
  body: Uint8Array;
  from: number;
  to: number;
}

/** More days than a span's readings lie in when clocks are right: then all of a rig's minutes are worked out anew. */
const MANY_DAYS = 400;

export function spanMending(db: Sqlite): SpanMending {
  const get = db.prepare<[number], SpanRow>(
    `select rig, versions, body, from_at as "from", to_at as "to" from span where key = ? and ${soundSql("span")}`,
  );
  const runs = db.prepare<[number], SeqRange & { epoch: number }>(
    `select epoch, first, last from frame_run where span = ? and ${soundSql("frame_run")}`,
  );
  const missing = db
    .prepare<[], number>("select distinct span from frame_run where span not in (select key from span)")
    .pluck();
  const dropRuns = db.prepare("delete from frame_run where span = ?");
  const dropThinned = db.prepare("delete from thinned_run where span = ?");
  const dropSpan = db.prepare("delete from span where key = ?");
  const dropSegment = db.prepare("delete from segment where key = ?");
  const regroup = db.prepare(
    `update span set versions = @versions, stamp = stamp + 1, seal = ${sealSql("span", { versions: "@versions" })} where key = @key`,
  );
  const epochNo = db.prepare<[number, string], number>("select no from epoch where rig = ? and epoch = ?").pluck();
  const asked = db.prepare<[number], SeqRange>("select first, last from damage where epoch = ?");
  const versionsOf = db.prepare<[number], number>("select no from tag_version where rig = ?").pluck();
  const putMinutes = db.prepare(insertSql("minutes", "insert or replace into"));
  const allMinutes = db.prepare<[], number>("select key from minutes").pluck();
  const minutesAnew = (key: number) => void putMinutes.run({ key, body: staleMinutes });

  function dropFrames(span: number): Hurt {
    const hurt = runs.all(span).map(({ epoch, first, last }) => ({ epoch, ranges: [{ first, last }] }));
    dropRuns.run(span);
    dropThinned.run(span);
    return hurt;
  }

  /** Frames of a span that no row names and that are not asked for already: such rows would be made anew of what is left of the span. */
  function unnamed(span: number, { rig, body }: SpanRow): Hurt {
    const named = runs.all(span);
    return decodeSpan(body).table.runs.flatMap(({ epoch: id, firstSeq, count }) => {
      const epoch = epochNo.get(rig, id);
      if (epoch === undefined) return [];
      const known = [...named.filter((run) => run.epoch === epoch), ...asked.all(epoch)];
      return [{ epoch, ranges: minus([{ first: firstSeq, last: firstSeq + count - 1 }], known) }];
    });
  }

  /** What these versions' summaries of the span's days were made of is not all there any more. */
  function summariesAnew(versions: readonly number[], row: SpanRow | undefined): void {
    const days = row === undefined ? MANY_DAYS + 1 : (hourOf(row.to) - hourOf(row.from)) / 24 + 1;
    if (row === undefined || days > MANY_DAYS) {
      const wanted = new Set(versions);
      for (const key of allMinutes.all()) if (wanted.has(ownerOfKey(key))) minutesAnew(key);
      return;
    }
    for (const version of versions) {
      const last = minutesKey(version, row.to);
      for (let at = row.from; minutesKey(version, at) <= last; at += DAY) minutesAnew(minutesKey(version, at));
    }
  }

  function without(span: number): Hurt {
    const row = get.get(span);
    // A row under a key that no frame names is a row that lies where it should not.
    if (row === undefined && runs.get(span) === undefined) {
      dropSpan.run(span);
      return [];
    }
    const versions = versionsOf.all(ownerOfKey(span));
    for (const version of versions) dropSegment.run(hourKey(version, hourOfKey(span)));
    summariesAnew(versions, row);
    dropSpan.run(span);
    return dropFrames(span);
  }

  return {
    minutesAnew,
    missing: () => missing.all(),
    without,
    withoutSegment(span, row) {
      const found = get.get(span);
      if (found === undefined) return without(span);
      const groups: Groups = JSON.parse(found.versions);
      const left = groups.filter((group) => rowKey(span, group) !== row);
      dropSegment.run(row);
      summariesAnew(groups.flat(), found);
      regroup.run({ key: span, versions: JSON.stringify(left) });
      return [...unnamed(span, found), ...dropFrames(span)];
    },
  };
}
