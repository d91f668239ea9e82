import { EpochRecord } from "../../shared/domain/event.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { decodeBatchHeader } from "../../shared/wire/batch.ts";
import { type HeldRange, lastOf } from "../../shared/wire/held.ts";
import { lanes, type SeqRange, streams } from "../../shared/wire/names.ts";
import { intersection, minus, overlap } from "../../shared/wire/ranges.ts";
import type { EpochCoverage, FrameRun } from "./coverage.ts";
import type { Found } from "./damage.ts";
import { datingOf, isUnknown, type UnknownClock } from "./dating.ts";
import { epochRows } from "./epoch-rows.ts";
import { heldReader } from "./held.ts";
import type { Coverage } from "./history.ts";
import { soundSql } from "./schema.ts";
import { eventsCompleteTo } from "./streams.ts";

/**
 * What is known of a rig's epochs, for coverage; calls belong inside one read transaction. Frames that are held and of which something is not as it
 * was written, so far as `found` knows, are in no run.
 */
export function coverageRows(
  db: Sqlite,
  found: Found,
): {
  /** Runs of frames that questions for the readings from `from` to `to` find. */
  epochs(rig: number, from: number, to: number): EpochCoverage[];
  held(rig: number): Coverage["held"];
  /** Up to when its events are complete; null where that is not known. */
  eventsTo(rig: number): number | null;
} {
  const epochs = epochRows(db);
  const completeTo = eventsCompleteTo(db);
  const held = heldReader(db);
  const record = db.prepare<[number], string | null>("select record from epoch where no = ?").pluck();
  const runs = db.prepare<[number], Omit<FrameRun, "late"> & { late: number; span: number; sound: number }>(
    `select first, last, from_received as "from", to_received as "to", late, span, ${soundSql("frame_run")} as sound
     from frame_run where epoch = ? order by first`,
  );
  const tail = db.prepare<
    [number, number],
    { no: number; first: number; last: number; counts: string | null; from: number; to: number; lane: number }
  >(
    `select no, first, last, counts, from_received as "from", to_received as "to", lane from tail
     where rig = ? and epoch = ? and ${soundSql("tail")} order by first`,
  );
  const recordFrame = db.prepare<[number], { clock: number; received: number; dated: number }>(
    `select f.clock, f.received, e.received as dated from event_frame f
     join event e on e.epoch = f.epoch and e.seq = f.seq and e.place = 0 where f.epoch = ? and f.seq = 1`,
  );
  const dating = datingOf(db, found.finds);
  const indexed = db.prepare<[number], { key: number; from: number; to: number }>(
    `select key, from_at as "from", to_at as "to" from span indexed by span_at where rig = ?`,
  );
  const asked = db
    .prepare<[number, number, number], number>("select key from span where rig = ? and to_at >= ? and from_at < ?")
    .pluck();
  const damaged = db.prepare<[number], { first: number; last: number; sound: number }>(
    `select first, last, ${soundSql("damage")} as sound from damage where epoch = ? order by first`,
  );
  const thinnedRuns = db.prepare<[number], SeqRange & { bound: number }>(
    `select first, last, bound from thinned_run where epoch = ? and ${soundSql("thinned_run")} order by first`,
  );
  const waitingBatch = db.prepare<[number], Uint8Array>("select batch from tail where no = ?").pluck();
  const gaps = db.prepare<[number, string], { first: number; last: number; reason: string }>(
    `select body ->> '$.frames.firstSeq' as first, body ->> '$.frames.lastSeq' as last, body ->> '$.reason' as reason
     from event
     where rig = ? and type = 'gap' and body ->> '$.stream' = 'telemetry' and body ->> '$.frames.epoch' = ? and ${soundSql("event")}`,
  );
  const holes = db.prepare<[number, number], EpochCoverage["holes"][number]>(
    `select body ->> '$.from' as "from", body ->> '$.to' as "to", body ->> '$.reason' as reason
     from event where rig = ? and epoch = ? and type = 'gap' and body ->> '$.stream' = 'telemetry'
       and body ->> '$.frames' is null and body ->> '$.tags' is null and ${soundSql("event")}`,
  );

  /** Spans of a rig that a question for `from` to `to` would find if it should. */
  function reachable(rig: number, from: number, to: number): Map<number, { from: number; to: number }> {
    const hits = new Set(asked.all(rig, from, to));
    const all = indexed.all(rig).filter((span) => span.to < from || span.from >= to || hits.has(span.key));
    return new Map(all.map((span) => [span.key, span]));
  }

  function runsOf(
    rig: number,
    epoch: number,
    spans: ReturnType<typeof reachable>,
    whole: readonly HeldRange[],
    stretches: readonly UnknownClock[],
  ): FrameRun[] {
    const compacted = runs.all(epoch).flatMap(({ span: key, sound, ...run }): FrameRun[] => {
      const span = spans.get(key);
      const there = sound === 1 && span !== undefined && span.from <= run.from && run.to <= span.to;
      if (sound !== 1) found.finds({ type: "repeated", table: "frame_run" });
      return there && !found.spans.has(key) ? [{ ...run, late: run.late === 1 }] : [];
    });
    const waiting = tail.all(rig, epoch).flatMap(({ no, counts, lane, ...run }): FrameRun[] => {
      if (found.tails.has(no)) return [];
      const late = lanes[lane] === "backfill";
      if (counts === null) return [{ ...run, late }];
      const ranges: { first: number; last: number }[] = JSON.parse(counts);
      return ranges.map((range) => partOf({ ...run, late }, range));
    });
    const there = [...compacted, ...waiting].flatMap((run) =>
      intersection([run], whole).map((part) => partOf(run, part)),
    );
    return joinedRuns(there.flatMap((run) => withDates(run, stretches)).sort((one, other) => one.first - other.first));
  }

  /** When the daemon of an epoch started; null where its clock was not known then and nobody told since. */
  function startOf(epoch: number, { startedAt }: EpochRecord): number | null {
    const frame = recordFrame.get(epoch);
    if (frame === undefined || !isUnknown(frame.clock)) return startedAt;
    return frame.dated === frame.received ? null : startedAt + frame.dated - frame.received;
  }

  /** Within which bound held frames are thinned, by the rows and the batches that they lie in. */
  function thinnedOf(rig: number, epoch: number, list: readonly HeldRange[]): EpochCoverage["thinned"] {
    const thinned = list.filter(({ state }) => state === "thinned");
    if (thinned.length === 0) return [];
    const waiting = tail.all(rig, epoch).flatMap(({ no, first, last }) => {
      const batch = intersection([{ first, last }], thinned).length === 0 ? undefined : waitingBatch.get(no);
      const bound = batch === undefined ? null : decodeBatchHeader(batch).header.thinned;
      return bound === null ? [] : [{ first, last, bound }];
    });
    return [...thinnedRuns.all(epoch), ...waiting].flatMap((one) =>
      intersection([one], thinned).map((part) => ({ ...part, bound: one.bound })),
    );
  }

  return {
    epochs(rig, from, to) {
      const spans = reachable(rig, from, to);
      const dated = dating(rig);
      return epochs.all(rig).map((row) => {
        const json = record.get(row.no);
        const parsed = typeof json === "string" ? EpochRecord.parse(JSON.parse(json)) : null;
        const list = held(row.no, "telemetry");
        const whole = list.filter(({ state }) => state !== "lost" && state !== "quarantined");
        const stretches = dated.of(row.epoch);
        const { predecessor } = row;
        return {
          epoch: row.epoch,
          startedAt: parsed === null ? null : startOf(row.no, parsed),
          predecessor:
            predecessor === undefined || predecessor === null || predecessor === "unknown" ? null : predecessor.epoch,
          known: Math.max(row.known.telemetry, lastOf(list)),
          held: list,
          runs: runsOf(rig, row.no, spans, whole, stretches),
          undated: stretches
            .filter(({ anchor }) => anchor === null)
            .flatMap((stretch) => intersection([stretch], whole).map((part) => ({ ...part, over: stretch.over }))),
          damaged: damaged.all(row.no).filter(({ sound }) => sound === 1),
          thinned: thinnedOf(rig, row.no, list),
          gaps: gaps.all(rig, row.epoch),
          holes: holes.all(rig, row.no),
        };
      });
    },
    eventsTo: (rig) =>
      completeTo(epochs.all(rig).map(({ no, known }) => ({ no, known: known.events, ranges: held(no, "events") }))),
    held: (rig) =>
      epochs.all(rig).flatMap(({ no, epoch, known }) =>
        streams.map((stream) => {
          const ranges = held(no, stream);
          return { epoch, stream, known: Math.max(known[stream], lastOf(ranges)), ranges };
        }),
      ),
  };
}

/** The parts of a run that have a time, those marked that were given one afterwards. */
function withDates(run: FrameRun, stretches: readonly UnknownClock[]): FrameRun[] {
  const here = stretches.filter((stretch) => overlap(stretch, run));
  if (here.length === 0) return [run];
  const given = here.filter(({ anchor }) => anchor !== null).flatMap((stretch) => intersection([run], [stretch]));
  return [
    ...minus([run], here).map((part) => partOf(run, part)),
    ...given.map((part) => ({ ...partOf(run, part), dated: true })),
  ];
}

/** A part of a run, as if its frames had come evenly. */
function partOf(run: FrameRun, { first, last }: SeqRange): FrameRun {
  const timeOf = (seq: number) =>
    run.from + ((run.to - run.from) * (seq - run.first)) / Math.max(1, run.last - run.first);
  return { ...run, first, last, from: timeOf(first), to: timeOf(last) };
}

/** Frames that follow one another further apart than this, ms, were not: the longest tick is half of it, and beyond it a clock was set. */
const APART_MS = 120_000;

/** Neighbours that follow one another as one; a thinned frame and its original count once. A frame lasts until the next one. */
function joinedRuns(sorted: readonly FrameRun[]): FrameRun[] {
  const runs: FrameRun[] = [];
  for (const run of sorted) {
    const before = runs.at(-1);
    if (before === undefined || run.first > before.last) {
      const apart = before === undefined ? 0 : run.from - before.to;
      if (before !== undefined && run.first === before.last + 1 && apart >= 0 && apart <= APART_MS) {
        if (run.late === before.late && run.dated === before.dated) {
          runs[runs.length - 1] = { ...before, last: run.last, to: run.to };
          continue;
        }
        before.to = run.from;
      }
      runs.push({ ...run });
      continue;
    }
    for (const left of minus([run], [before])) if (left.first > before.last) runs.push({ ...run, ...left });
  }
  return runs;
}
