import type { Sqlite } from "../../shared/node/sqlite.ts";
import type { Compaction, SpanRow } from "./compaction.ts";
import { insertSql, sealSql } from "./schema.ts";

/** Puts compactions in the place of the batches that they were made of. Call inside a transaction of the one writer. */
export function applying(db: Sqlite): (compaction: Compaction) => void {
  const putSpan = db.prepare(
    `${insertSql("span").replace("seal) values (", "seal, stamp) values (").replace(/\)$/, ", 1)")}
     on conflict (key) do update set from_at = excluded.from_at, to_at = excluded.to_at, versions = excluded.versions, readings = excluded.readings,
       stamp = stamp + 1, body = excluded.body, seal = excluded.seal`,
  );
  const dropRuns = db.prepare("delete from frame_run where span = ?");
  const putRun = db.prepare(insertSql("frame_run"));
  const dropThinned = db.prepare("delete from thinned_run where span = ?");
  const putThinned = db.prepare(insertSql("thinned_run"));
  const putSegment = db.prepare(insertSql("segment", "insert or replace into"));
  const dropSegment = db.prepare("delete from segment where key = ?");
  const putMinutes = db.prepare(insertSql("minutes", "insert or replace into"));
  const putHour = db.prepare(insertSql("hour", "insert or replace into"));
  // By seq, never by arrival.
  const putLatest = db.prepare(
    `${insertSql("latest")}
     on conflict (epoch, version) do update set seq = excluded.seq, at = excluded.at, low = excluded.low, high = excluded.high,
       status = excluded.status, reason = excluded.reason, text = excluded.text, seal = excluded.seal
     where excluded.seq >= latest.seq`,
  );
  const remove = db.prepare("delete from tail where no = ?");
  const leave = db.prepare(
    `update tail set counts = @left, seal = ${sealSql("tail", { counts: "@left" })} where no = @no`,
  );

  function storeSpan(rig: number, { key, from, to, versions, readings, runs, thinned, dropped, body }: SpanRow): void {
    putSpan.run({ key, rig, from_at: from, to_at: to, versions, readings, body });
    for (const run of runs) putRun.run(run);
    for (const run of thinned) putThinned.run(run);
    for (const segment of dropped) dropSegment.run(segment);
  }

  return ({ rig, spans, segments, minutes, hours, latest, tails }) => {
    for (const { no, left } of tails) {
      const { changes } = left === null ? remove.run(no) : leave.run({ left, no });
      if (changes !== 1) throw new Error(`archive: batch ${no} was compacted twice`);
    }
    // A frame may go from one of them to another.
    for (const { key } of spans) {
      dropRuns.run(key);
      dropThinned.run(key);
    }
    for (const span of spans) storeSpan(rig, span);
    for (const { key, body } of segments) putSegment.run({ key, body });
    for (const { key, body } of minutes) putMinutes.run({ key, body });
    for (const hour of hours) putHour.run(hour);
    for (const row of latest) putLatest.run(row);
  };
}
