import { EpochRecord } from "../../shared/domain/event.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { lastOf } from "../../shared/wire/held.ts";
import { lanes, streams } from "../../shared/wire/names.ts";
import { minus } from "../../shared/wire/ranges.ts";
import type { EpochCoverage, FrameRun } from "./coverage.ts";
import { epochRows } from "./epoch-rows.ts";
import { heldReader } from "./held.ts";
import type { Coverage } from "./history.ts";

/** What is known of a rig's epochs, for coverage; calls belong inside one read transaction. */
export function coverageRows(db: Sqlite): {
  epochs(rig: number): EpochCoverage[];
  held(rig: number): Coverage["held"];
} {
  const epochs = epochRows(db);
  const held = heldReader(db);
  const record = db.prepare<[number], string | null>("select record from epoch where no = ?").pluck();
  const runs = db.prepare<[number], Omit<FrameRun, "late"> & { late: number }>(
    `select first, last, from_received as "from", to_received as "to", late from frame_run where epoch = ? order by first`,
  );
  const tail = db.prepare<
    [number],
    { first: number; last: number; counts: string | null; from: number; to: number; lane: number }
  >(
    `select first, last, counts, from_received as "from", to_received as "to", lane from tail where epoch = ? order by first`,
  );
  const gaps = db.prepare<[number, string], { first: number; last: number; reason: string }>(
    `select body ->> '$.frames.firstSeq' as first, body ->> '$.frames.lastSeq' as last, body ->> '$.reason' as reason
     from event where rig = ? and type = 'gap' and body ->> '$.stream' = 'telemetry' and body ->> '$.frames.epoch' = ?`,
  );
  const holes = db.prepare<[number, number], EpochCoverage["holes"][number]>(
    `select body ->> '$.from' as "from", body ->> '$.to' as "to", body ->> '$.reason' as reason
     from event where rig = ? and epoch = ? and type = 'gap' and body ->> '$.stream' = 'telemetry'
       and body ->> '$.frames' is null and body ->> '$.tags' is null`,
  );

  function runsOf(epoch: number): FrameRun[] {
    const compacted = runs.all(epoch).map((run) => ({ ...run, late: run.late === 1 }));
    const waiting = tail.all(epoch).flatMap(({ counts, lane, ...run }): FrameRun[] => {
      const late = lanes[lane] === "backfill";
      if (counts === null) return [{ ...run, late }];
      const ranges: { first: number; last: number }[] = JSON.parse(counts);
      const timeOf = (seq: number) =>
        run.from + ((run.to - run.from) * (seq - run.first)) / Math.max(1, run.last - run.first);
      return ranges.map(({ first, last }) => ({ first, last, from: timeOf(first), to: timeOf(last), late }));
    });
    return joinedRuns([...compacted, ...waiting].sort((one, other) => one.first - other.first));
  }

  return {
    epochs: (rig) =>
      epochs.all(rig).map((row) => {
        const json = record.get(row.no);
        const parsed = typeof json === "string" ? EpochRecord.parse(JSON.parse(json)) : null;
        const list = held(row.no, "telemetry");
        const { predecessor } = row;
        return {
          epoch: row.epoch,
          startedAt: parsed?.startedAt ?? null,
          predecessor:
            predecessor === undefined || predecessor === null || predecessor === "unknown" ? null : predecessor.epoch,
          known: Math.max(row.known.telemetry, lastOf(list)),
          held: list,
          runs: runsOf(row.no),
          gaps: gaps.all(rig, row.epoch),
          holes: holes.all(rig, row.no),
        };
      }),
    held: (rig) =>
      epochs.all(rig).flatMap(({ no, epoch, known }) =>
        streams.map((stream) => {
          const ranges = held(no, stream);
          return { epoch, stream, known: Math.max(known[stream], lastOf(ranges)), ranges };
        }),
      ),
  };
}

/** Neighbours that follow one another as one; a thinned frame and its original count once. A frame lasts until the next one. */
function joinedRuns(sorted: readonly FrameRun[]): FrameRun[] {
  const runs: FrameRun[] = [];
  for (const run of sorted) {
    const before = runs.at(-1);
    if (before === undefined || run.first > before.last) {
      if (before !== undefined && run.first === before.last + 1) {
        if (run.late === before.late) {
          runs[runs.length - 1] = { ...before, last: run.last, to: run.to };
          continue;
        }
        before.to = Math.max(before.to, run.from);
      }
      runs.push({ ...run });
      continue;
    }
    for (const left of minus([run], [before])) if (left.first > before.last) runs.push({ ...run, ...left });
  }
  return runs;
}
