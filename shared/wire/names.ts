/** What a rig's frames are numbered in. Telemetry: one frame a tick. Events: a frame closes at once. */
export const streams = ["telemetry", "events"] as const;
export type Stream = (typeof streams)[number];

/** The order in which frames go up: events before live (newest first) before backfill (oldest first). */
export const lanes = ["events", "live", "backfill"] as const;
export type Lane = (typeof lanes)[number];

/** How true the rig's clock was when a frame closed. */
export const clockStates = ["synchronised", "free-running", "unknown"] as const;
export type ClockState = (typeof clockStates)[number];

/** Consecutive seqs of one stream of one epoch, both ends included. */
export interface SeqRange {
  first: number;
  last: number;
}

/** What the cloud has of a frame; it only rises, left to right. `expired` (raw values gone by retention) is final. */
export const heldStates = ["lost", "quarantined", "thinned", "stored", "expired"] as const;
export type HeldState = (typeof heldStates)[number];

/** Two 32-bit sums over the readings of a range of frames; they add up: of columns to a frame, of frames to a range. */
export interface Checksum {
  a: number;
  b: number;
}

/** The formats that this release reads and writes, best first. A rig sends only what the hello's answer lists. */
export const batchFormats = [2] as const;
export const segmentFormats = [2] as const;
