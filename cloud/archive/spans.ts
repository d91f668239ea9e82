import type { Id } from "../../shared/domain/id.ts";
import { representationOf, type TagVersion } from "../../shared/domain/tag.ts";
import { compress, decompress } from "../../shared/node/compress.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { countOf } from "../../shared/wire/ranges.ts";
import { decodeSegment, encodeSegment } from "../../shared/wire/segment.ts";
import { decodeSpan, encodeSpan, type Span } from "../../shared/wire/span.ts";
import type { BodyRow, SpanRow } from "./compaction.ts";
import type { Finds } from "./damage.ts";
import { type Dating, nothingUndated } from "./dating.ts";
import { type FrameRunRow, frameRunsOf } from "./frame-runs.ts";
import { frameSums, piecesOf } from "./frame-sums.ts";
import { ownerOfKey } from "./hour.ts";
import { type FrameEntry, type Merged, type Piece, placedAt, type Source, tableOf } from "./merge.ts";
import { placed, spanShifts } from "./placed.ts";
import { reachOf } from "./reach.ts";
import { soundSql } from "./schema.ts";
import { type Segment, segmentRows, segmentRowsOf } from "./segment-rows.ts";
import { thinnedRows, thinnedRunsOf } from "./thinned-runs.ts";

/** Spans on disk: an hour of a rig's frames, by receive time, and a segment for each tag version that has readings in it. */
export interface SpanRows {
  /** The whole span with the readings of these versions, dated by `dating`; null where there is none. What is not as it was written is left out and told. */
  load(key: number, versions: readonly number[], dating?: Dating): Source | null;
  /** Numbers of the versions that have a segment in this span. */
  versionsIn(key: number): number[];
  /** The rows that a span with its segments comes to. */
  encode(key: number, merged: Merged): { span: SpanRow; segments: BodyRow[] };
  /** The rows that name a span's frames, worked out anew. */
  runsOf(key: number, source: Source): FrameRunRow[];
  /** Whether the frames of a span, all of whose segments are given, still have the checksums that they came with; a thinned one has its original's, and is guarded by seals alone. */
  proves(key: number, source: Source): boolean;
}

export function spanRows(
  db: Sqlite,
  epochNoOf: (rig: number, epoch: Id) => number,
  versionOf: (version: number) => TagVersion,
  finds: Finds,
): SpanRows {
  const get = db.prepare<[number], { body: Uint8Array; sound: number }>(
    `select body, ${soundSql("span")} as sound from span where key = ?`,
  );
  const segments = segmentRows(db, finds);
  const runs = db.prepare<[number], FrameRunRow>(
    `select * from frame_run where span = ? and ${soundSql("frame_run")} order by epoch, first`,
  );
  const thinnedIn = thinnedRows(db);
  const noOf = (key: number) => (entry: FrameEntry) => epochNoOf(ownerOfKey(key), entry.epoch);

  return {
    load(key, versions, dating = nothingUndated) {
      const row = get.get(key);
      if (row === undefined) return null;
      if (row.sound !== 1) {
        finds({ type: "span", span: key });
        return null;
      }
      const span = decodeSpan(row.body);
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
      const original = thinnedIn(key);
      const thinnedOf = (epoch: Id, seq: number) => original(epochNoOf(ownerOfKey(key), epoch), seq);
      return { frames: framesOfSpan(span, isLate, thinnedOf, dating), pieces };
    },
    versionsIn: segments.versionsIn,
    encode(key, merged) {
      const { frames, versions, columns } = merged;
      const table = tableOf(frames);
      const { bytes, groups } = encodeSpan(table, columns);
      const { frame, readings, starts } = columns;
      const { at, length } = placed(frames, frame, readings, 0, readings.length) ?? readings;
      const { from, to } = reachOf(at.subarray(0, length), Float64Array.from(frames, placedAt));
      const runs = frameRunsOf(key, frames, frameSums(frames, piecesOf(merged), versionOf), noOf(key));
      const thinned = thinnedRunsOf(key, frames, noOf(key));
      const bodies = versions.map((version, i): Segment => {
        const [start, end] = [starts[i] ?? 0, starts[i + 1] ?? 0];
        const column = { frame, readings, start, end, representation: representationOf(versionOf(version).kind) };
        const options = { group: groups[i] ?? -1, slots: table.times.receivedAt, compress };
        return { version, body: encodeSegment(column, options) };
      });
      const { groups: versionGroups, rows } = segmentRowsOf(key, bodies);
      const kept = new Set(rows.map((row) => row.key));
      const dropped = segments.keysOf(key).filter((old) => !kept.has(old));
      const named = JSON.stringify(versionGroups);
      const span = { key, from, to, versions: named, readings: readings.length, runs, thinned, dropped, body: bytes };
      return { span, segments: rows };
    },
    runsOf: (key, { frames, pieces }) =>
      frameRunsOf(
        key,
        frames.filter((frame) => frame !== null),
        frameSums(frames, pieces, versionOf),
        noOf(key),
      ),
    proves(key, { frames, pieces }) {
      const sums = frameSums(frames, pieces, versionOf);
      const left = new Map(runs.all(key).map((run) => [run, { count: countOf([run]), a: run.a, b: run.b }]));
      for (const [f, frame] of frames.entries()) {
        const no = frame === null ? -1 : noOf(key)(frame);
        for (const [run, rest] of left) {
          if (frame === null || run.epoch !== no || frame.seq < run.first || frame.seq > run.last) continue;
          rest.count--;
          rest.a = (rest.a - (sums[2 * f] ?? 0)) >>> 0;
          rest.b = (rest.b - (sums[2 * f + 1] ?? 0)) >>> 0;
        }
      }
      return [...left.values()].every(({ count, a, b }) => count === 0 && a === 0 && b === 0);
    },
  };
}

function framesOfSpan(
  { table }: Span,
  isLate: (epoch: Id, seq: number) => boolean,
  thinnedOf: (epoch: Id, seq: number) => FrameEntry["thinned"],
  dating: Dating,
): FrameEntry[] {
  const { receivedAt, mono, clock } = table.times;
  const shifts = spanShifts(table, dating);
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
        thinned: thinnedOf(epoch, seq),
        shift: shifts?.[i] ?? 0,
      });
    }
  }
  return frames;
}
