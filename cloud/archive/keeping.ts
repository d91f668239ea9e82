import type { EpochMs, Id } from "../../shared/domain/id.ts";
import type { RigAside } from "./rigs-aside.ts";

/** When the last round through the whole archive ended, and how long it took. */
export interface Scrubbed {
  at: EpochMs;
  tookMs: number;
}

/** How the archive fares, for health and metrics. */
export interface Keeping {
  /** Of the opening that lands; null while none does. */
  incarnation: Id | null;
  /** Why nothing lands; null while it does. */
  problem: string | null;
  /** Batches that wait for compaction. */
  waiting: number;
  /** Rigs whose batches wait and cannot be compacted: nothing of them is lost, all others go on. */
  aside: readonly RigAside[];
  /** Messages that could not land since the start: their rigs send them again. */
  refused: number;
  /** Found not to be as it was written since the start, frames that were asked for again for it, and files set aside. */
  damages: number;
  askedAgain: number;
  setAside: string[];
  /** The last check of the whole archive; null before the first. */
  scrubbed: Scrubbed | null;
  at: EpochMs;
}
