import type { Id } from "../domain/id.ts";
import type { EpochSum } from "./chain.ts";
import type { LastSeqs, Predecessor } from "./hello.ts";
import type { SeqRange, Stream } from "./names.ts";

/**
 * The sender's durable side: what the journal holds, as values. The driver reads it once at the start
 * (`SenderFacts`); afterwards the sender keeps its copy true by the events that tell of commits.
 */

/** An epoch of which the disk has frames, and the one that runs, with or without any yet. */
export interface EpochFacts {
  epoch: Id;
  predecessor: Predecessor;
  last: LastSeqs;
  /** What the disk can still give: frames owed, and history. */
  kept: Record<Stream, SeqRange[]>;
  /** Telemetry of `kept` of which readings were left out, to make room: of these the cloud can get no more. */
  thinned: SeqRange[];
  /** What the cloud last stated of this epoch; null where it did not, or where more was freed since. */
  told: EpochSum | null;
  /** Its frames were moved here from another epoch: it is in no chain, and never ran. */
  moved: boolean;
}

/** Consecutive frames owed to the cloud that go under one dictionary. */
export interface OwedRun extends SeqRange {
  epoch: Id;
  stream: Stream;
  /** Of telemetry; null for events. */
  dictionary: Id | null;
  /** Events that hold an epoch's record, a tag version or a dictionary: they go before all others. */
  foundation: boolean;
}

/** The events frames that a dictionary stands on: its own, its parents' and those of their tag versions. */
export interface DictionaryFacts {
  hash: Id;
  needs: { epoch: Id; seq: number }[];
}

/** What the journal keeps of the cloud's last answer. */
export interface Note {
  incarnation: Id;
  /** Of the answer. */
  number: number;
}

/** Everything that the journal knows and the sender decides by. */
export interface SenderFacts {
  /** The epoch that runs now; it is among `epochs`. */
  running: Id;
  /** Oldest first. */
  epochs: EpochFacts[];
  owed: OwedRun[];
  /** Of every dictionary that owed frames refer to. */
  dictionaries: DictionaryFacts[];
  /** Null before the first answer that this disk ever got. */
  note: Note | null;
}
