import type { EpochMs, Id } from "../domain/id.ts";

/**
 * What the cloud asks of a rig; signed by the cloud. Shape only: who may ask for what is decided elsewhere.
 * A rig refuses a command that names another epoch than the one that runs, and one that has expired.
 */
export interface Command {
  rig: string;
  key: Id;
  /** Done once, however often it arrives. */
  id: Id;
  epoch: Id;
  expiresAt: EpochMs;
  what: { type: "acknowledge"; alarm: string; who: string } | { type: "write"; tag: Id; value: number; who: string };
}

/** How a command ended. Unknown: the write went out and nobody can tell. */
export type Outcome = { id: Id; outcome: "done" } | { id: Id; outcome: "refused" | "unknown"; why: string };
