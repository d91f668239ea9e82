import type { Id } from "../../shared/domain/id.ts";
import type { Representation } from "../../shared/domain/reading.ts";
import { compress, decompress } from "../../shared/node/compress.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { decodeSegment, encodeSegment } from "../../shared/wire/segment.ts";
import { decodeSpan, encodeSpan, type Span } from "../../shared/wire/span.ts";
import type { BodyRow, SpanRow } from "./compaction.ts";
import { type FrameRunRow, frameRunsOf } from "./frame-runs.ts";
import { ownerOfKey } from "./hour.ts";
import { type FrameEntry, type Merged, type Piece, type Source, tableOf } from "./merge.ts";
import { reachOf } from "./reach.ts";
import { type Segment, segmentRows, segmentRowsOf } from "./segment-rows.ts";

/** Spans on disk: an hour of a rig's frames, by receive time, and a segment for each tag version that has readings in it. */
export interface SpanRows {
  /** The whole span with the readings of these versions; null where there is none. */
  load(key: number, versions: readonly number[]): Source | null;
  /** Numbers of the versions that have a segment in this span. */
  versionsIn(key: number): number[];
  /** The rows that a span with its segments comes to. */
  encode(key: number, merged: Merged): { span: SpanRow; segments: BodyRow[] };
}

export function spanRows(
  db: Sqlite,
  epochNoOf: (rig: number, epoch: Id) => number,
  representationOf: (version: number) => Representation,
): SpanRows {
  const get = db.prepare<[number], Uint8Array>("select body from span where key = ?").pluck();
  const segments = segmentRows(db);
  const runs = db.prepare<[number], FrameRunRow>("select * from frame_run where span = ?");

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
      for (const { version, body } of segments.of(key, versions)) {
        const { frame, readings } = decodeSegment(body, span, decompress);
        pieces.set(version, { frame, readings, start: 0, end: readings.length });
      }
      return { frames: framesOfSpan(span, isLate), pieces };
    },
    versionsIn: segments.versionsIn,
    encode(key, { frames, versions, columns }) {
      const table = tableOf(frames);
      const { bytes, groups } = encodeSpan(table, columns);
      const { frame, readings, starts } = columns;
      const { from, to } = reachOf(readings.at.subarray(0, readings.length), table.times.receivedAt);
      const runs = frameRunsOf(key, frames, (entry) => epochNoOf(ownerOfKey(key), entry.epoch));
      const bodies = versions.map((version, i): Segment => {
        const [start, end] = [starts[i] ?? 0, starts[i + 1] ?? 0];
        const column = { frame, readings, start, end, representation: representationOf(version) };
        const options = { group: groups[i] ?? -1, slots: table.times.receivedAt, compress };
        return { version, body: encodeSegment(column, options) };
      });
      const { groups: versionGroups, rows } = segmentRowsOf(key, bodies);
      const kept = new Set(rows.map((row) => row.key));
      const dropped = segments.keysOf(key).filter((old) => !kept.has(old));
      const named = JSON.stringify(versionGroups);
      const span = { key, from, to, versions: named, readings: readings.length, runs, dropped, body: bytes };
      return { span, segments: rows };
    },
  };
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
