import type { Id } from "../domain/id.ts";
import type { Statement } from "./held.ts";
import type { Lane } from "./names.ts";

/** Last send number of each lane that was processed and committed under the receipt's answer; 0 for none. */
export type Processed = Record<Lane, number>;

/**
 * What the cloud holds of the ranges that batches named under one answer, after the commit.
 * A healthy rig's is below 200 bytes, its signature included.
 */
export interface Receipt {
  rig: string;
  /** Which of the cloud's keys signs. */
  key: Id;
  incarnation: Id;
  /** Rises by rig within an incarnation, receipts and answers counted together. */
  number: number;
  /** The answer that the batches named; "" where the cloud does not know theirs: the rig is to say hello. */
  answer: Id | "";
  processed: Processed;
  statements: Statement[];
}
