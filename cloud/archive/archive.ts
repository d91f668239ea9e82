import type { RigEvent } from "../../shared/domain/event.ts";
import type { EpochMs, Id, RigId } from "../../shared/domain/id.ts";
import type { Block } from "../../shared/domain/reading.ts";
import type { FrameTimes } from "../../shared/wire/frame-table.ts";
import type { Held } from "../../shared/wire/held.ts";
import type { LastSeqs, Predecessor } from "../../shared/wire/hello.ts";
import type { ClockState, Lane, SeqRange, Stream } from "../../shared/wire/names.ts";
import type { KnownEpoch } from "../../shared/wire/receiver-io.ts";
import type { Compaction } from "./compaction.ts";
import type { Damage } from "./damage.ts";
import type { Dictionary } from "./definitions.ts";

/** Where batches end up. One process writes; readers open the same file beside it (see `history.ts`). One suite holds every implementation. */
export interface Archive {
  /** New at every opening, so that a restore cannot go unnoticed. */
  readonly incarnation: Id;
  /**
   * Runs `work` in one transaction and resolves after its commit is synced. What throws inside rolls all of it back and is thrown on.
   * Where it is the storage that failed, this opening has ended and refuses all that follows: open the archive anew, under a new incarnation.
   */
  transaction<T>(work: (store: Store) => T): Promise<T>;
  /**
   * Turns waiting batches into segments and summaries, for about `budgetMs`; late ones go where they belong. Resolves with how many batches still wait.
   * `settleMs`: batches younger than this may wait for more of their hour unless many do.
   */
  compact(budgetMs: number, settleMs?: number): Promise<number>;
  /** Applies what another thread worked out of this archive's file (see `compact.ts`), in one transaction. */
  apply(compaction: Compaction): Promise<void>;
  /**
   * Takes out what is not as it was written and no longer holds the frames that lose by it; gives how many. With it this opening ends: under the next
   * one's incarnation the rigs offer those frames again.
   */
  mend(damages: readonly Damage[]): Promise<number>;
  close(): Promise<void>;
}

/** What can be done inside a transaction. */
export interface Store {
  /** What is held of a stream, cut before each of these seqs, and the greatest seq that was told of. */
  held(rig: RigId, epoch: Id, stream: Stream, cuts: readonly number[]): { held: Held; known: number };
  putHeld(rig: RigId, epoch: Id, stream: Stream, held: Held): void;
  /** The same where frames became lost or quarantined: what waited to be dated by these alone waits no longer. */
  putMissing(rig: RigId, epoch: Id, stream: Stream, held: Held): void;
  /** What is known of all epochs of a rig. `cutsOf` says where held is to be cut. */
  epochs(rig: RigId, cutsOf: (epoch: Id, stream: Stream) => readonly number[]): KnownEpoch[];
  know(rig: RigId, epoch: Id, predecessor: Predecessor | undefined, known: LastSeqs): void;
  /** The epoch that runs under the newest answer: its alarms are the rig's from now on. */
  running(rig: RigId, epoch: Id, answer: Id): void;
  /** The epoch that runs under the newest answer; null while none was proved. */
  runningOf(rig: RigId): Id | null;
  /** A dictionary of the rig; null while the archive lacks it or a part of it. */
  dictionary(rig: RigId, hash: Id): Dictionary | null;
  /** Frames whose clock was not known are dated where the true time of their boot was told; others wait for it. */
  landTelemetry(rig: RigId, batch: TelemetryLanding): void;
  /** What it tells of the true time of a boot dates the frames of that boot that wait. */
  landEvents(rig: RigId, batch: EventsLanding): void;
  /** Ms to add to the times of these frames, whether they are held or only shown: NaN while nobody knows when they were made; null where all clocks were known. */
  shifts(rig: RigId, epoch: Id, times: FrameTimes): Float64Array | null;
  /** Keeps a message whose signature is right and whose body cannot be read, under the names of its frames. */
  quarantine(rig: RigId, message: KeptMessage, names: { epoch: Id; stream: Stream; ranges: readonly SeqRange[] }): void;
  /** Keeps a message that nobody answers for; the oldest go when there are many. */
  aside(message: KeptMessage): void;
  /** Adds to a counter that survives restarts. */
  count(name: string, by?: number): void;
}

export interface KeptMessage {
  topic: string;
  landedAt: EpochMs;
  problem: string;
  bytes: Uint8Array;
}

/** A batch of telemetry as it came. */
export interface TelemetryLanding {
  epoch: Id;
  lane: Lane;
  dictionary: Id;
  /** Of the whole batch. */
  first: number;
  last: number;
  /** The seqs that count; the others were held before. */
  ranges: readonly SeqRange[];
  /** Of all of its frames, and for each reading its frame. */
  times: FrameTimes;
  frame: Uint32Array;
  readings: Block;
  landedAt: EpochMs;
  /** Signed, as it came. */
  batch: Uint8Array;
}

/** Frames of events that count. */
export interface EventsLanding {
  epoch: Id;
  landedAt: EpochMs;
  frames: readonly EventFrame[];
}

export interface EventFrame {
  seq: number;
  /** Receive time at the rig, monotonic time there, and what was known of the clock. */
  at: EpochMs;
  mono: number;
  clock: ClockState;
  /** As it came: its checksum is over these bytes. */
  bytes: Uint8Array;
  events: readonly RigEvent[];
}
