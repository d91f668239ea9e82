import type { Id } from "../domain/id.ts";
import type { Answer } from "./answer.ts";
import type { Claims } from "./claims.ts";
import type { Disputes } from "./disputes.ts";
import { FrameSet } from "./frame-set.ts";
import type { Statement } from "./held.ts";
import { InFlight, type Sent } from "./inflight.ts";
import { type Choice, nextChoice, nextPreview } from "./lanes.ts";
import { type Lane, lanes } from "./names.ts";
import type { Owed } from "./owed.ts";
import { holds, intersection, minus, union } from "./ranges.ts";
import type { Processed } from "./receipt.ts";
import type { Requested } from "./requested.ts";
import type { SenderEffect, SenderEvent, SenderLimits, SendOrder } from "./sender-io.ts";

type SentEvent = Extract<SenderEvent, { type: "sent" }>;
type GoneEvent = Extract<SenderEvent, { type: "gone" }>;

const nothing = { epoch: "", stream: "events", dictionary: null, first: 0, last: 0 } as const;

/** What outlives a session, and it works with. */
interface SessionBooks {
  owed: Owed;
  /** Quarantined by the cloud's version. */
  refused: FrameSet;
  disputes: Disputes;
  /** What the office asks for. */
  requested: Requested;
}

/** What is under way under one answer, from taking it until the next one or the end of the connection. */
export class Session {
  readonly answer: Id;
  readonly incarnation: Id;
  /** Of the last answer or receipt that was taken. */
  number: number;
  readonly inFlight = new InFlight();
  readonly claims: Claims;
  /** What the encoder could not give. */
  private readonly skipped = new FrameSet();
  /** Receipts in a row by which all frames of a dictionary went in vain. */
  private readonly misses = new Map<Id, number>();
  /** Dictionaries that the cloud does not read. */
  private readonly unread = new Set<Id>();
  /** The encoder has it and has not said what it came to; `requests`: for whom it goes where it would else be held back. */
  private encoding: { order: SendOrder; requests: readonly Id[] } | null = null;
  /** The last preview: of which frame of which epoch, and when. */
  private previewed: { epoch: Id; seq: number; at: number } | null = null;
  /** The last tick of which the tags went that the office asked for; and whether the transport has not acknowledged it yet. */
  private shown: { epoch: Id; seq: number; isUnderWay: boolean } | null = null;
  /** No format in common: only hello goes. */
  private readonly mute: boolean;
  private readonly owed: Owed;
  /** Quarantined by the cloud's version. */
  private readonly refused: FrameSet;
  private readonly limits: SenderLimits;

  private readonly disputes: Disputes;
  private readonly requested: Requested;

  constructor(answer: Answer, claims: Claims, books: SessionBooks, limits: SenderLimits) {
    this.answer = answer.answer;
    this.incarnation = answer.incarnation;
    this.number = answer.number;
    this.mute = answer.upgradeNeeded;
    this.claims = claims;
    this.owed = books.owed;
    this.refused = books.refused;
    this.disputes = books.disputes;
    this.requested = books.requested;
    this.limits = limits;
  }

  /** What of a statement is to be proved: compared by the journal, and freed if it agrees. */
  believe({ epoch, stream, ranges }: Statement, now: number): SenderEffect[] {
    const effects: SenderEffect[] = [];
    for (const said of ranges) {
      const disk = { kept: this.owed.epochOf(epoch).kept[stream], whole: this.owed.wholeOf(epoch, stream) };
      const claim = this.claims.whatIsNew(epoch, stream, said, disk);
      if (claim === null) continue;
      const { ranges, stays, checksum } = claim;
      this.claims.add(epoch, stream, { ...claim, madeAt: now });
      this.disputes.asked(epoch, stream);
      const undivided = said.state === "expired";
      effects.push({
        type: "free",
        epoch,
        stream,
        ranges,
        checksum,
        undivided,
        ...(stays.length > 0 ? { stays } : {}),
      });
    }
    return effects;
  }

  /** Frames that were evicted under way may still be part of what the cloud states: they count as claimed. */
  gone({ epoch, stream, range, sums, now }: GoneEvent): void {
    if (sums === null) return;
    const order = this.encoding?.order;
    const encoded = order?.epoch === epoch && order.stream === stream ? [order] : [];
    for (const part of intersection(union(this.inFlight.ofStream(epoch, stream), encoded), [range]))
      for (let seq = part.first; seq <= part.last; seq++) {
        const i = 2 * (seq - range.first);
        const checksum = { a: sums[i] ?? 0, b: sums[i + 1] ?? 0 };
        const ranges = [{ first: seq, last: seq }];
        this.claims.add(epoch, stream, { ranges, stays: [], checksum, state: "proven", madeAt: now });
      }
  }

  /** A dictionary was written, perhaps again. */
  written(dictionary: Id): void {
    this.unread.delete(dictionary);
    this.misses.delete(dictionary);
  }

  /** What an order came to. */
  sent({ answer, count, bytes, now }: SentEvent): SenderEffect[] {
    if (this.answer !== answer || this.encoding === null) return [];
    const { order, requests } = this.encoding;
    this.encoding = null;
    const { epoch, stream, dictionary, first, last, lane, send, way } = order;
    if (order.preview) {
      if (count === 0 && this.shown !== null) this.shown.isUnderWay = false;
    } else if (epoch !== "" && count === 0) {
      // Where the first one went meanwhile, those behind it can be ordered without it.
      if (holds(this.owed.rangesOf(epoch, stream), first)) this.skipped.add(epoch, stream, { first, last });
    } else {
      const frames = epoch === "" ? null : { epoch, stream, dictionary, range: { first, last: first + count - 1 } };
      this.inFlight.add({ lane, send, way, bytes, acknowledged: false, frames }, now);
    }
    return this.requested.spent(requests, bytes, now);
  }

  /** The transport has it. Paces, frees nothing. */
  acknowledged(lane: Lane, send: number): void {
    if (send === 0 && this.shown !== null) this.shown.isUnderWay = false;
    this.inFlight.acknowledge(lane, send);
  }

  /** What a receipt says was processed is no longer under way; its statements must have been believed before. */
  processed(upTo: Processed): SenderEffect[] {
    /** By dictionary: whether anything that went under it was taken. */
    const taken = new Map<Id, boolean>();
    for (const sent of this.inFlight.processed(upTo, (each) => this.isTaken(each))) {
      const dictionary = sent.frames?.dictionary ?? null;
      if (dictionary !== null) taken.set(dictionary, taken.get(dictionary) === true || this.isTaken(sent));
    }
    return [...taken].flatMap(([dictionary, isTaken]) => this.countMiss(dictionary, isTaken));
  }

  /** Whether the cloud has said of all frames of a batch what it has of them. */
  private isTaken({ frames }: Sent): boolean {
    if (frames === null) return false;
    const { epoch, stream, range } = frames;
    const held = union(this.claims.ofStream(epoch, stream), this.refused.of(epoch, stream));
    return minus([range], held).length === 0;
  }

  /**
   * Where receipt after receipt says that frames were processed, and none is held, it is no accident: the cloud lacks
   * their dictionary. They wait until that is written anew, or for the next answer.
   */
  private countMiss(dictionary: Id, isTaken: boolean): SenderEffect[] {
    const count = isTaken ? 0 : (this.misses.get(dictionary) ?? 0) + 1;
    this.misses.set(dictionary, count);
    if (count < this.limits.misses || this.unread.has(dictionary)) return [];
    this.unread.add(dictionary);
    return [{ type: "rewrite", dictionary }];
  }

  /** The next batch to send, if one may go now. */
  next(now: number): SendOrder | null {
    if (!this.maySend) return null;
    const { owed, inFlight, claims, skipped, refused, unread, requested, limits } = this;
    const books = { owed, inFlight, claims, skipped, refused, unread, requested, limits };
    const choice = nextChoice(books, now);
    if (choice !== null) {
      const { lane, request, ...frames } = choice;
      return this.order(lane, frames, request === null ? [] : [request]);
    }
    const newest = limits.previewMs === null ? null : nextPreview(books);
    const preview = newest === null ? null : (this.usualPreview(newest, now) ?? this.askedPreview(newest, now));
    if (preview !== null) return preview;
    // The cloud learns which epoch runs under this answer also where nothing is owed.
    const lane = inFlight.untouched ? "events" : lanes.find((each) => now >= this.probeAt(each));
    return lane === undefined ? null : this.order(lane, nothing);
  }

  private order(lane: Lane, frames: Pick<SendOrder, keyof typeof nothing>, requests: readonly Id[] = []): SendOrder {
    const { answer, owed, limits } = this;
    const { inFlight } = this;
    const ways = lane === "backfill" ? limits.backfillWays : 1;
    const way = frames.epoch === "" ? inFlight.oldestWay(lane) : inFlight.wayWithRoom(lane, ways);
    const send = inFlight.number(lane);
    const { batchBytes: maxBytes } = limits;
    const { epoch, stream, dictionary, first, last } = frames;
    const named = { epoch, stream, dictionary, first, last };
    const order = { answer, running: owed.running, lane, send, way, ...named, maxBytes, preview: false };
    this.encoding = { order, requests };
    return order;
  }

  private usualPreview(newest: Choice, now: number): SendOrder | null {
    const { epoch, last: seq } = newest;
    if (now < this.previewAt() || (epoch === this.previewed?.epoch && seq <= this.previewed.seq)) return null;
    this.previewed = { epoch, seq, at: now };
    return this.preview(newest, []);
  }

  /** Each tick once, and none while the one before is still on its way. */
  private askedPreview(newest: Choice, now: number): SendOrder | null {
    const asked = this.requested.tags(now, this.limits);
    const { epoch, last: seq } = newest;
    if (asked === null || this.shown?.isUnderWay || (epoch === this.shown?.epoch && seq <= this.shown.seq)) return null;
    this.shown = { epoch, seq, isUnderWay: true };
    return this.preview(newest, asked.requests, asked.tags);
  }

  /** It counts for nothing: what is under way and what was lost is told without it. */
  private preview(newest: Choice, requests: readonly Id[], tags?: readonly Id[]): SendOrder {
    const { answer, owed, limits } = this;
    const { lane, epoch, stream, dictionary, first, last } = newest;
    const named = { answer, running: owed.running, lane, send: 0, way: 0, epoch, stream, dictionary, first, last };
    const order = { ...named, maxBytes: limits.batchBytes, preview: true, ...(tags === undefined ? {} : { tags }) };
    this.encoding = { order, requests };
    return order;
  }

  private previewAt(): number {
    return (this.previewed?.at ?? Number.NEGATIVE_INFINITY) + (this.limits.previewMs ?? Number.POSITIVE_INFINITY);
  }

  private get maySend(): boolean {
    return this.encoding === null && !this.mute;
  }

  /** When an empty batch is due; Infinity while none can be. What goes at an interval goes with the first tick after it. */
  nextProbe(): number {
    return this.maySend ? Math.min(...lanes.map((lane) => this.probeAt(lane))) : Number.POSITIVE_INFINITY;
  }

  private probeAt(lane: Lane): number {
    return this.inFlight.probeAt(lane, this.limits.probeMs, this.limits.probeMaxMs);
  }
}
