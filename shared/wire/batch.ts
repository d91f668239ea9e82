import type { Id } from "../domain/id.ts";
import type { Lane, Stream } from "./names.ts";

/**
 * What stands before the columns of a batch. Signed with them when it is sent, never stored signed.
 * Ids and hashes are 64 bits.
 */
export interface BatchHeader {
  format: number;
  rig: string;
  /** Which of the rig's keys signs. */
  key: Id;
  /** The hello answer that this is sent under. */
  answer: Id;
  /** The epoch that runs on the rig now. */
  running: Id;
  lane: Lane;
  /** Counts the batches of a lane from 1 under one answer; 0 for a preview. */
  send: number;
  /** Of the frames; equals `running` for what this run made. Empty ("") when count is 0. */
  epoch: Id | "";
  stream: Stream;
  /** Hash of the dictionary that the columns refer to; null for events. */
  dictionary: Id | null;
  firstSeq: number;
  count: number;
  /** Present when readings were left out: the greatest error that interpolation makes, as a share of each tag's deadband. */
  thinned: number | null;
  /** Chosen tags shown at once on a metered link; shown, never held. */
  preview: boolean;
}
