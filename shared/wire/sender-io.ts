import type { RequestEvent } from "../domain/event.ts";
import type { EpochMs, Id } from "../domain/id.ts";
import type { AnswerPage } from "./answer.ts";
import type { EpochSum } from "./chain.ts";
import type { HelloPage } from "./hello.ts";
import type { Checksum, Lane, SeqRange, Stream } from "./names.ts";
import type { Receipt } from "./receipt.ts";
import type { RequestList } from "./request.ts";
import type { DictionaryFacts, EpochFacts, Note, OwedRun } from "./sender-facts.ts";

/** What happens to a sender. `now` is monotonic, in ms; `nonce` is fresh random at every event that has one. */
export type SenderEvent =
  /** The transport is up: hello is said. */
  | { type: "connected"; now: number; at: EpochMs; nonce: Id }
  | { type: "disconnected"; now: number }
  /** The journal committed a frame of the running epoch; seq is the last one plus 1. */
  | {
      type: "appended";
      now: number;
      stream: Stream;
      seq: number;
      /** Of telemetry; null for events. */
      dictionary: Id | null;
      /** Events that hold an epoch's record, a tag version or a dictionary. */
      foundation: boolean;
    }
  /** A dictionary is in the journal, for the first time or anew; told before the first frame that refers to it. */
  | { type: "dictionary"; now: number; dictionary: DictionaryFacts }
  /** What a `send` came to. `count` 0: nothing was sent (the frames are gone) unless an empty batch was ordered. */
  | { type: "sent"; now: number; answer: Id; lane: Lane; send: number; count: number; bytes: number }
  /** PUBACK or the like. Paces, frees nothing. */
  | { type: "acknowledged"; now: number; answer: Id; lane: Lane; send: number }
  /** A page whose signature verified with a key of the cloud. */
  | { type: "answer"; now: number; page: AnswerPage }
  /** Its signature verified with a key of the cloud. */
  | { type: "receipt"; now: number; receipt: Receipt }
  /** What the office asks for; its signature verified with a key of the cloud. */
  | { type: "requested"; now: number; list: RequestList }
  /** What a `find` came to: telemetry that closed in the span and that the disk still has, owed or not. */
  | { type: "found"; now: number; request: Id; frames: (SeqRange & { epoch: Id })[] }
  /** A `free` was committed: the sum agreed; what was to stay is still owed. */
  | { type: "freed"; now: number; epoch: Id; stream: Stream; ranges: SeqRange[]; stays?: SeqRange[] }
  /**
   * A `free` was refused: the journal's sum over the ranges is another one, or it has none. `parts`: smaller ranges that it can
   * sum and of which it still has frames; none where the ranges are as small as can be.
   */
  | {
      type: "differs";
      now: number;
      epoch: Id;
      stream: Stream;
      ranges: SeqRange[];
      checksum: Checksum;
      undivided: boolean;
      parts: Part[];
    }
  /** A `move` was committed: the disk no longer has frames of `ranges` under their old names. `to` is null where it had none. */
  | {
      type: "moved";
      now: number;
      epoch: Id;
      stream: Stream;
      ranges: SeqRange[];
      to: EpochFacts | null;
      runs: OwedRun[];
      dictionaries: DictionaryFacts[];
    }
  /** An `unfree` was committed: these are owed again, with the dictionaries that they need. */
  | { type: "unfreed"; now: number; runs: OwedRun[]; dictionaries: DictionaryFacts[] }
  /**
   * The disk can no longer give these. Evicted: `sums` are their checksums, two numbers a frame, since the cloud may
   * still state them. Deleted as history: null.
   */
  | { type: "gone"; now: number; epoch: Id; stream: Stream; range: SeqRange; sums: Uint32Array | null }
  /** The disk left readings of these frames of telemetry out; they are as owed as they were. */
  | { type: "thinned"; now: number; epoch: Id; range: SeqRange }
  /** The link or what it may cost has changed: what the pace says holds from now on. */
  | { type: "paced"; now: number; pace: Partial<Pace> }
  /** A new epoch runs in this same process. */
  | { type: "renewed"; now: number; epoch: EpochFacts }
  /** The time of `nextWake` has come (earlier or later does no harm). */
  | { type: "tick"; now: number; at: EpochMs; nonce: Id };

/**
 * A batch to encode, sign and publish now. Frames `first` up to at most `last`, as many as fit into `maxBytes`
 * (at least one) and share the first one's dictionary. Answered by a `sent` event, always, also when nothing went.
 */
export interface SendOrder {
  answer: Id;
  running: Id;
  lane: Lane;
  send: number;
  /** On which of the lane's ways it goes, from 0; each keeps its order. */
  way: number;
  /** "" for an empty batch: count 0. */
  epoch: Id | "";
  stream: Stream;
  dictionary: Id | null;
  first: number;
  last: number;
  maxBytes: number;
  /** Of the frame `last` alone, to be shown: send is 0, nothing is held or receipted, and the frame stays as owed as it was. */
  preview: boolean;
  /** Of a preview that the office asked for: these tags alone. */
  tags?: readonly Id[];
}

/**
 * What the driver is to do, in this order. Effects that store (free, unfree, note) are committed before the next
 * event is given; those of one step in one transaction.
 */
export type SenderEffect =
  | { type: "hello"; pages: HelloPage[] }
  | { type: "send"; order: SendOrder }
  /**
   * In one transaction: sum the frames of all ranges, owed or not, those that are gone by what they had; equal to
   * `checksum`, they are no longer owed (event `freed`); otherwise nothing changes (event `differs`). `undivided`: the cloud cannot
   * tell of a part of them. `stays`: frames of the ranges that the cloud has thinned and the disk whole; they are compared and stay as owed as
   * they are.
   */
  | {
      type: "free";
      epoch: Id;
      stream: Stream;
      ranges: SeqRange[];
      checksum: Checksum;
      undivided: boolean;
      stays?: SeqRange[];
    }
  /**
   * Rig and cloud differ in these frames: they move to the derived epoch, owed under new names in the old order, behind that
   * epoch's record (event `moved`). What they had under the old names counts as gone, with the cloud's checksum. Events seq 1
   * never moves: the cloud's stays, ours is freed. To be shown as an alarm.
   */
  | { type: "move"; epoch: Id; stream: Stream; frames: Part[] }
  /** The cloud lacks these, and the disk has them: owed again (event `unfreed`). */
  | { type: "unfree"; epoch: Id; stream: Stream; ranges: SeqRange[] }
  /** Store; `told` is what the cloud stated of whole epochs, which is not kept where a `free` of the same step that was not `undivided` differs. */
  | { type: "note"; note: Note; told: { epoch: Id; sum: EpochSum }[] }
  /** Begin a new epoch and tell by `renewed`: the running one's names can no longer be trusted. */
  | { type: "renew"; reason: "a seq that was not given is known" | "content differs" }
  /**
   * The events that this dictionary stands on are stored and not read: write it again as new
   * events, with its tag versions, whole, without a parent, and tell by `dictionary` what it stands on now.
   */
  | { type: "rewrite"; dictionary: Id }
  /** Look which telemetry frames on the disk closed in this span (ms UTC, ends included), and tell by `found`. */
  | { type: "find"; request: Id; from: EpochMs; to: EpochMs }
  /** Store as an event how far a request is. */
  | { type: "report"; report: RequestReport };

/** How far a request is, for the office. */
export type RequestReport = Omit<RequestEvent, "type">;

/** A range of frames and the sum over them. */
export interface Part extends SeqRange {
  checksum: Checksum;
}

/** What a link bears, and what may go on it. */
export interface Pace {
  /** Bytes sent and not receipted. */
  windowBytes: number;
  /** Bytes sent and not acknowledged by the transport. */
  transportBytes: number;
  batchBytes: number;
  /** Of the newest frames of the running epoch, so many go live; older ones are backfill. */
  liveFrames: number;
  /** Live goes this often, with all ticks since; 0: each tick at once. */
  liveMs: number;
  /** Instead of live a preview of the newest tick goes this often; null: live goes. */
  previewMs: number | null;
  /** Whether backfill may go. */
  backfill: boolean;
  /** Ways that backfill goes on side by side: where packets get lost, one connection alone can't use a long link. */
  backfillWays: number;
  /** Bytes that all open requests together may still spend past what is held back; one that is more is refused. */
  askedBytes: number;
  /** Nothing more goes for requests past what is held back once so many bytes went for them in this run (`Sender.spentOnRequests`). */
  askedUntil: number;
}

/** Bounds and times of a sender. */
export interface SenderLimits extends Pace {
  /** So many receipts in a row by which frames went in vain, and they wait for their dictionary to be written again. */
  misses: number;
  /** Epoch entries, ranges and halves a page of hello, together. */
  pageEntries: number;
  /** Hello again on a living connection. */
  helloMs: number;
  /** Hello again without an answer: the first wait, which doubles, and the longest. */
  retryMs: number;
  retryMaxMs: number;
  /** An empty batch when sends stay unreceipted and nothing follows: the first wait, which doubles, and the longest. */
  probeMs: number;
  probeMaxMs: number;
}

export const senderLimits: SenderLimits = {
  windowBytes: 1_000_000,
  transportBytes: 256_000,
  batchBytes: 32_000,
  liveFrames: 10,
  liveMs: 0,
  previewMs: null,
  backfill: true,
  backfillWays: 1,
  askedBytes: Number.POSITIVE_INFINITY,
  askedUntil: Number.POSITIVE_INFINITY,
  misses: 3,
  pageEntries: 500,
  helloMs: 3_600_000,
  retryMs: 5_000,
  retryMaxMs: 120_000,
  probeMs: 15_000,
  probeMaxMs: 300_000,
};
