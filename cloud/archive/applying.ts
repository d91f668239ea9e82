import type { Sqlite } from "../../shared/node/sqlite.ts";
import type { Compaction, SpanRow } from "./compaction.ts";

/** Puts compactions in the place of the batches that they were made of. Call inside a transaction of the one writer. */
export function applying(db: Sqlite): (compaction: Compaction) => void {
  const putSpan = db.prepare(
    `insert into span (key, rig, from_at, to_at, versions, readings, stamp, body) values (?, ?, ?, ?, ?, ?, 1, ?)
     on conflict (key) do update set from_at = excluded.from_at, to_at = excluded.to_at, versions = excluded.versions, readings = excluded.readings,
       stamp = stamp + 1, body = excluded.body`,
  );
  const dropRuns = db.prepare("delete from frame_run where span = ?");
  const putRun = db.prepare(
    `insert into frame_run (epoch, first, last, span, from_received, to_received, late)
     values (@epoch, @first, @last, @span, @from_received, @to_received, @late)`,
  );
  const putSegment = db.prepare("insert or replace into segment (key, body) values (?, ?)");
  const dropSegment = db.prepare("delete from segment where key = ?");
  const putMinutes = db.prepare("insert or replace into minutes (key, body) values (?, ?)");
  const putHour = db.prepare(
    `insert or replace into hour (key, version, at, count, uncertain, bad, min, max, avg, last)
     values (@key, @version, @at, @count, @uncertain, @bad, @min, @max, @avg, @last)`,
  );
  // By seq, never by arrival.
  const putLatest = db.prepare(
    `insert into latest (epoch, version, seq, at, low, high, status, reason, text)
     values (@epoch, @version, @seq, @at, @low, @high, @status, @reason, @text)
     on conflict (epoch, version) do update set seq = excluded.seq, at = excluded.at, low = excluded.low, high = excluded.high,
       status = excluded.status, reason = excluded.reason, text = excluded.text
     where excluded.seq >= latest.seq`,
  );
  const remove = db.prepare("delete from tail where no = ?");
  const leave = db.prepare("update tail set counts = ? where no = ?");

  function storeSpan(rig: number, { key, from, to, versions, readings, runs, dropped, body }: SpanRow): void {
    putSpan.run(key, rig, from, to, versions, readings, body);
    dropRuns.run(key);
    for (const run of runs) putRun.run(run);
    for (const segment of dropped) dropSegment.run(segment);
  }

  return ({ rig, spans, segments, minutes, hours, latest, tails }) => {
    for (const { no, left } of tails) {
      const { changes } = left === null ? remove.run(no) : leave.run(left, no);
      if (changes !== 1) throw new Error(`archive: batch ${no} was compacted twice`);
    }
    for (const span of spans) storeSpan(rig, span);
    for (const { key, body } of segments) putSegment.run(key, body);
    for (const { key, body } of minutes) putMinutes.run(key, body);
    for (const hour of hours) putHour.run(hour);
    for (const row of latest) putLatest.run(row);
  };
}
