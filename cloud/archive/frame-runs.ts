import type { FrameEntry } from "./merge.ts";

/** A stretch of frames that follow one another within a span, as a row. */
export interface FrameRunRow {
  epoch: number;
  first: number;
  last: number;
  span: number;
  from_received: number;
  to_received: number;
  /** 1 where they came by backfill. */
  late: number;
  /** Checksum over its frames. */
  a: number;
  b: number;
}

/** The frames of a span (by its key), each stretch with consecutive seqs that came the same way as one row. `sums`: two words a frame. */
export function frameRunsOf(
  span: number,
  frames: readonly FrameEntry[],
  sums: Uint32Array,
  epochNoOf: (frame: FrameEntry) => number,
): FrameRunRow[] {
  const rows: FrameRunRow[] = [];
  let before: FrameEntry | undefined;
  for (const [f, frame] of frames.entries()) {
    const row = rows.at(-1);
    const [a, b] = [sums[2 * f] ?? 0, sums[2 * f + 1] ?? 0];
    const { seq, receivedAt } = frame;
    if (row !== undefined && before?.epoch === frame.epoch && before.seq + 1 === seq && before.late === frame.late) {
      row.last = seq;
      row.to_received = receivedAt;
      row.a = (row.a + a) >>> 0;
      row.b = (row.b + b) >>> 0;
    } else {
      const epoch = epochNoOf(frame);
      const late = frame.late ? 1 : 0;
      rows.push({ epoch, first: seq, last: seq, span, from_received: receivedAt, to_received: receivedAt, late, a, b });
    }
    before = frame;
  }
  return rows;
}
