import type { RigEvent } from "../shared/domain/event.ts";
import type { EpochMs, Id, RigId } from "../shared/domain/id.ts";
import type { Block } from "../shared/domain/reading.ts";
import type { Lane, SeqRange } from "../shared/wire/names.ts";

/** What ingest tells the rest of the cloud right after the commit. Plain data: it crosses from the worker's thread. */
export type Landed = LandedReadings | LandedEvents | LostBeyond | RigNotice;

/** Readings of a batch, as columns. */
export interface LandedReadings {
  type: "readings";
  rig: RigId;
  epoch: Id;
  /** The epoch is the one that runs under the newest answer: only then are these the present. */
  current: boolean;
  lane: Lane;
  /** Shown and not held. */
  preview: boolean;
  /** What the readings' tag column points into; the archive knows its versions. */
  dictionary: Id;
  firstSeq: number;
  /** Seqs that count; others came before. */
  ranges: readonly SeqRange[];
  /** By frame, from `firstSeq` on: when the rig accepted it. */
  receivedAt: Float64Array;
  /** By reading: its frame, counted from the first. Readings of one tag stand together, in the order in which they came. */
  frame: Uint32Array;
  /** Empty where nobody looks on: what came by backfill or of an earlier epoch. */
  readings: Block;
  /** How many readings landed. */
  count: number;
  landedAt: EpochMs;
}

/** Events, in the order of their seqs. */
export interface LandedEvents {
  type: "events";
  rig: RigId;
  epoch: Id;
  current: boolean;
  frames: readonly { seq: number; at: EpochMs; events: readonly RigEvent[] }[];
  landedAt: EpochMs;
}

/** Frames of a rig that are lost and kept by no name, in so many ranges, since its newest whole hello; told when it changes, and with the first such hello also where it is 0. */
export interface LostBeyond {
  type: "beyond";
  rig: RigId;
  ranges: number;
  frames: number;
}

/** Something that a person must look into. */
export interface RigNotice {
  type: "conflict" | "fork" | "quarantine";
  rig: RigId;
  at: EpochMs;
  text: string;
}
