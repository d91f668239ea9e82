import type { Block } from "../../shared/domain/reading.ts";

/** Scores committed ticks, beside the way of the readings: nothing waits for it. */
export interface Scoring {
  /** Takes what it needs of a tick that is committed; keeps nothing of the block itself. */
  offer(tick: Block): void;
  /** Appends the scores that are ready to the tick that is about to close. */
  finished(into: Block): void;
  close(): Promise<void>;
}
