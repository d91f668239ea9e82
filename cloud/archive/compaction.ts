import type { FrameRunRow } from "./frame-runs.ts";
import type { LatestRow } from "./latest-rows.ts";
import type { ThinnedRunRow } from "./thinned-runs.ts";

/**
 * What some waiting batches of a rig come to, as rows: worked out by a reader, applied by the writer in one short transaction.
 * Plain data, since it crosses threads. True as long as no other compaction of this rig is applied in between.
 */
export interface Compaction {
  /** The rig's number. */
  rig: number;
  spans: SpanRow[];
  segments: BodyRow[];
  minutes: BodyRow[];
  hours: HourRow[];
  latest: LatestRow[];
  /** The batches: out of the tail, or left in it with the seqs (as JSON) that belong to other hours. */
  tails: { no: number; left: string | null }[];
}

export interface BodyRow {
  key: number;
  body: Uint8Array;
}

/** A span's frames: when they were, how many readings they have, and which versions, by the rows of their segments (see `segment-rows.ts`). */
export interface SpanRow extends BodyRow {
  from: number;
  to: number;
  versions: string;
  readings: number;
  runs: FrameRunRow[];
  thinned: ThinnedRunRow[];
  /** Rows of segments that it had before and has no more. */
  dropped: number[];
}

/** An hour of a tag version, for any tool that reads SQL; null where no reading had a number. */
export interface HourRow {
  key: number;
  version: number;
  at: number;
  count: number;
  uncertain: number;
  bad: number;
  min: number | null;
  max: number | null;
  avg: number | null;
  last: number | null;
}
