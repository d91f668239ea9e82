import type { EpochMs, Id } from "../domain/id.ts";
import type { AnswerPage } from "./answer.ts";
import type { BatchHeader } from "./batch.ts";
import type { Held } from "./held.ts";
import type { Hello, HelloPage, LastSeqs, Predecessor } from "./hello.ts";
import type { Checksum, SeqRange, Stream } from "./names.ts";
import type { Receipt } from "./receipt.ts";

/** What the archive knows of an epoch: durable, read by the driver in the transaction that the effects are stored in. */
export interface KnownEpoch {
  epoch: Id;
  /** Undefined while no record, hello or successor told. */
  predecessor: Predecessor | undefined;
  /** Greatest seqs that were told (by hello, a batch, or a successor's record); 0 for none. */
  known: LastSeqs;
  held: Record<Stream, Held>;
}

/**
 * What a verified batch holds. `sums`: two numbers a frame (a, b), of what was decoded.
 * "no dictionary": it can be decoded once the dictionary is there. "unreadable": its signature is right and this
 * release cannot read its body.
 */
export type BatchBody =
  | { kind: "frames"; sums: Uint32Array }
  | { kind: "no dictionary" }
  | { kind: "unreadable"; problem: string }
  | { kind: "empty" };

/** What happens to a receiver (one a rig). `now` is monotonic, in ms. */
export type ReceiverEvent =
  /** Its signature verified with a key of this rig that is live. */
  | { type: "hello"; now: number; page: HelloPage }
  /**
   * The answer to a `consult`: what the archive knows of all of the rig's epochs; held is cut at `cutsOf(hello)(epoch, stream)`. `answer` is fresh random.
   */
  | { type: "consulted"; now: number; at: EpochMs; clockTrue: boolean; answer: Id; hello: Hello; epochs: KnownEpoch[] }
  /**
   * Its signature verified with a key of this rig. `keyLive`: asked in the storing transaction. `known` and `held`
   * are of the header's epoch and stream, held cut before `firstSeq` and behind the last seq (empty for an empty batch).
   */
  | { type: "batch"; now: number; header: BatchHeader; keyLive: boolean; body: BatchBody; held: Held; known: number }
  /** A gap event that names frames was decoded out of a batch that landed. Held cut at the range. */
  | { type: "gap"; now: number; epoch: Id; stream: Stream; range: SeqRange; held: Held }
  /** A key of this rig is live no more: what it had begun to say is dropped. */
  | { type: "revoked"; now: number; key: Id }
  | { type: "tick"; now: number };

/**
 * What the driver is to do, in this order: effects that store, in the open transaction (several steps may share one);
 * answers and receipts only after its commit. Where a transaction is undone, go on with a
 * `copy` from before it; where the archive has failed, with a new receiver and a new incarnation.
 */
export type ReceiverEffect =
  /** Read what is known and give it back as `consulted`, in the transaction that its effects are stored in. */
  | { type: "consult"; hello: Hello }
  /** Keep the frames of `ranges` out of the batch; `held` is the stream's new list. */
  | { type: "land"; epoch: Id; stream: Stream; ranges: SeqRange[]; state: "stored" | "thinned"; held: Held }
  /** Keep the whole message aside with the problem, under the names of `ranges`; `held` is the stream's new list. */
  | { type: "quarantine"; epoch: Id; stream: Stream; ranges: SeqRange[]; problem: string; held: Held }
  /** Nobody will send these: `held` is the stream's new list. */
  | { type: "lost"; epoch: Id; stream: Stream; ranges: SeqRange[]; held: Held }
  /** So much of the rig is lost and kept by no name, since its lost ranges are too many: to be shown until told anew. */
  | { type: "beyond"; ranges: number; frames: number }
  /** Store what was told of an epoch. */
  | { type: "know"; epoch: Id; predecessor: Predecessor | undefined; known: LastSeqs }
  /** The epoch that runs on the rig under the newest answer, proved by a batch: alarms and "latest" are its. */
  | { type: "running"; epoch: Id; answer: Id }
  /** A batch without effect on held: count it. A revoked key's message is kept aside. */
  | { type: "drop"; reason: "no dictionary" | "revoked key" }
  /** A preview: show it live; it is never held and never receipted. */
  | { type: "show" }
  /** Batch and archive differ under one name; the archive's stays. To be shown as an alarm. */
  | { type: "conflict"; epoch: Id; stream: Stream; range: SeqRange; archive: Checksum; batch: Checksum }
  /** Two epochs with one predecessor: a disk was restored or cloned. To be shown as an alarm. */
  | { type: "fork"; predecessor: Id; epochs: Id[] }
  | { type: "answer"; pages: AnswerPage[] }
  | { type: "receipt"; receipt: Receipt };

/** Who the receiver is, and its bounds. */
export interface ReceiverSettings {
  rig: string;
  /** The cloud's signing key. */
  key: Id;
  incarnation: Id;
  /** The greatest number that was given to this rig in this incarnation; 0 in a new one. */
  number: number;
  version: string;
  batchFormats: readonly number[];
  segmentFormats: readonly number[];
  /** Statements' ranges a page of an answer. */
  pageRanges: number;
  /** At most one receipt in this time, but for events. */
  receiptMs: number;
  /** More ranges than this in a receipt, and the rig is asked to say hello instead. */
  receiptRanges: number;
}
