import type { Id } from "../../shared/domain/id.ts";
import type { Representation } from "../../shared/domain/reading.ts";
import { compress, decompress } from "../../shared/node/compress.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { decodeSegment, encodeSegment } from "../../shared/wire/segment.ts";
import { decodeSpan, encodeSpan, type Span } from "../../shared/wire/span.ts";
import { hourKey, hourOfKey, ownerOfKey } from "./hour.ts";
import { type FrameEntry, type Merged, type Piece, type Source, tableOf } from "./merge.ts";
import { reachOf } from "./reach.ts";

/** A stretch of frames that follow one another within a span, as a row. */
export interface FrameRunRow {
  epoch: number;
  first: number;
  last: number;
  span: number;
  from_received: number;
  to_received: number;
  late: number;
}

/** Spans on disk: an hour of a rig's frames, by receive time, and a segment for each tag version that has readings in it. */
export interface SpanRows {
  /** The whole span with the readings of these versions; null where there is none. */
  load(key: number, versions: readonly number[]): Source | null;
  /** Numbers of the versions that have a segment in this span. */
  versionsIn(key: number): number[];
  store(key: number, rig: number, merged: Merged): void;
}

export function spanRows(
  db: Sqlite,
  epochNoOf: (rig: number, epoch: Id) => number,
  representationOf: (version: number) => Representation,
): SpanRows {
  const get = db.prepare<[number], Uint8Array>("select body from span where key = ?").pluck();
  const put = db.prepare(
    `insert into span (key, rig, from_at, to_at, versions, readings, stamp, body) values (?, ?, ?, ?, ?, ?, 1, ?)
     on conflict (key) do update set from_at = excluded.from_at, to_at = excluded.to_at, versions = excluded.versions, readings = excluded.readings,
       stamp = stamp + 1, body = excluded.body`,
  );
  const versionsOf = db.prepare<[number], string>("select versions from span where key = ?").pluck();
  const runs = db.prepare<[number], FrameRunRow>("select * from frame_run where span = ?");
  const dropRuns = db.prepare("delete from frame_run where span = ?");
  const putRun = db.prepare(
    `insert into frame_run (epoch, first, last, span, from_received, to_received, late) values (?, ?, ?, ?, ?, ?, ?)`,
  );
  const getSegment = db.prepare<[number], Uint8Array>("select body from segment where key = ?").pluck();
  const putSegment = db.prepare("insert or replace into segment (key, body) values (?, ?)");

  function storeRuns(key: number, rig: number, frames: readonly FrameEntry[]): void {
    dropRuns.run(key);
    for (const [from, to] of runsOf(frames)) {
      const [first, last] = [frames[from], frames[to]];
      if (first === undefined || last === undefined) continue;
      const epoch = epochNoOf(rig, first.epoch);
      putRun.run(epoch, first.seq, last.seq, key, first.receivedAt, last.receivedAt, first.late ? 1 : 0);
    }
  }

  return {
    load(key, versions) {
      const body = get.get(key);
      if (body === undefined) return null;
      const span = decodeSpan(body);
      const late = runs.all(key).filter((run) => run.late === 1);
      const isLate = (epoch: Id, seq: number) => {
        if (late.length === 0) return false;
        const no = epochNoOf(ownerOfKey(key), epoch);
        return late.some((run) => run.epoch === no && run.first <= seq && seq <= run.last);
      };
      const pieces = new Map<number, Piece>();
      for (const version of versions) {
        const segment = getSegment.get(segmentKey(version, key));
        if (segment === undefined) continue;
        const { frame, readings } = decodeSegment(segment, span, decompress);
        pieces.set(version, { frame, readings, start: 0, end: readings.length });
      }
      return { frames: framesOfSpan(span, isLate), pieces };
    },
    versionsIn: (key) => JSON.parse(versionsOf.get(key) ?? "[]"),
    store(key, rig, { frames, versions, columns }) {
      const table = tableOf(frames);
      const { bytes, groups } = encodeSpan(table, columns);
      const { from, to } = reachOf(columns.readings.at.subarray(0, columns.readings.length), table.times.receivedAt);
      put.run(key, rig, from, to, JSON.stringify(versions), columns.readings.length, bytes);
      storeRuns(key, rig, frames);
      const { frame, readings, starts } = columns;
      for (const [i, version] of versions.entries()) {
        const [start, end] = [starts[i] ?? 0, starts[i + 1] ?? 0];
        const column = { frame, readings, start, end, representation: representationOf(version) };
        const options = { group: groups[i] ?? -1, slots: table.times.receivedAt, compress };
        putSegment.run(segmentKey(version, key), encodeSegment(column, options));
      }
    },
  };
}

/** Key of the segment of a version in a span. */
export function segmentKey(version: number, span: number): number {
  return hourKey(version, hourOfKey(span));
}

function framesOfSpan({ table }: Span, isLate: (epoch: Id, seq: number) => boolean): FrameEntry[] {
  const { receivedAt, mono, clock } = table.times;
  const frames: FrameEntry[] = [];
  for (const { epoch, dictionary, firstSeq, count } of table.runs) {
    for (let seq = firstSeq; seq < firstSeq + count; seq++) {
      const i = frames.length;
      frames.push({
        epoch,
        seq,
        dictionary,
        receivedAt: receivedAt[i] ?? 0,
        mono: mono[i] ?? 0,
        clock: clock[i] ?? 2,
        late: isLate(epoch, seq),
      });
    }
  }
  return frames;
}

/** First and last position of each stretch of frames with consecutive seqs that came the same way. */
function runsOf(frames: readonly FrameEntry[]): [number, number][] {
  const runs: [number, number][] = [];
  for (const [i, frame] of frames.entries()) {
    const before = frames[i - 1];
    const run = runs.at(-1);
    const follows = before?.epoch === frame.epoch && before.seq + 1 === frame.seq && before.late === frame.late;
    if (run !== undefined && follows) run[1] = i;
    else runs.push([i, i]);
  }
  return runs;
}
