import { isUnknown } from "./dating.ts";
import { type FrameEntry, placedAt } from "./merge.ts";

/** A stretch of frames that follow one another within a span, as a row. */
export interface FrameRunRow {
  epoch: number;
  first: number;
  last: number;
  span: number;
  /** When they were made, ms UTC: dated where their clock was not known and somebody told. */
  from_received: number;
  to_received: number;
  /** 1 where they came by backfill. */
  late: number;
  /** Checksum over its frames. */
  a: number;
  b: number;
}

/** The frames of a span (by its key), each stretch with consecutive seqs that came the same way, by one clock, as one row. `sums`: two words a frame. */
export function frameRunsOf(
  span: number,
  frames: readonly FrameEntry[],
  sums: Uint32Array,
  epochNoOf: (frame: FrameEntry) => number,
): FrameRunRow[] {
  const rows: FrameRunRow[] = [];
  let before: FrameEntry | null = null;
  for (const [f, frame] of frames.entries()) {
    const row = rows.at(-1);
    const [a, b] = [sums[2 * f] ?? 0, sums[2 * f + 1] ?? 0];
    const { seq } = frame;
    const at = placedAt(frame);
    if (row !== undefined && before !== null && follows(before, frame)) {
      row.last = seq;
      row.to_received = at;
      row.a = (row.a + a) >>> 0;
      row.b = (row.b + b) >>> 0;
    } else {
      const epoch = epochNoOf(frame);
      const late = frame.late ? 1 : 0;
      rows.push({ epoch, first: seq, last: seq, span, from_received: at, to_received: at, late, a, b });
    }
    before = frame;
  }
  return rows;
}

/** By so much the time between two frames may differ from that of the monotonic clock, ms: beyond, the clock was set. */
const SET_MS = 1_000;

/** Whether a frame goes on with the stretch that another one is the last of: the next one, come the same way, by the same clock. */
function follows(before: FrameEntry, { epoch, seq, late, clock, mono, ...time }: FrameEntry): boolean {
  if (before.epoch !== epoch || before.seq + 1 !== seq || before.late !== late) return false;
  if (isUnknown(clock) !== isUnknown(before.clock)) return false;
  return Math.abs(placedAt(time) - placedAt(before) - (mono - before.mono)) <= SET_MS;
}
