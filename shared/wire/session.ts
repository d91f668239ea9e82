import type { Id } from "../domain/id.ts";
import type { Answer } from "./answer.ts";
import type { Claims } from "./claims.ts";
import { FrameSet } from "./frame-set.ts";
import { type Statement, type StreamKey, streamKey } from "./held.ts";
import { InFlight, type Sent } from "./inflight.ts";
import { nextChoice } from "./lanes.ts";
import { type Lane, lanes, type SeqRange } from "./names.ts";
import type { Owed } from "./owed.ts";
import { intersection, minus, overlap, union } from "./ranges.ts";
import type { Processed } from "./receipt.ts";
import type { SenderEffect, SenderEvent, SenderLimits, SendOrder } from "./sender-io.ts";

type SentEvent = Extract<SenderEvent, { type: "sent" }>;
type GoneEvent = Extract<SenderEvent, { type: "gone" }>;

const nothing = { epoch: "", stream: "events", dictionary: null, first: 0, last: 0 } as const;

/** What is under way under one answer, from taking it until the next one or the end of the connection. */
export class Session {
  readonly answer: Id;
  readonly incarnation: Id;
  /** Of the last answer or receipt that was taken. */
  number: number;
  readonly inFlight = new InFlight();
  readonly claims: Claims;
  /** What the encoder could not give, or the cloud cannot land. */
  private skipped = new FrameSet();
  /** Frames that were processed in vain, by stream, and how often in a row. */
  private readonly misses = new Map<StreamKey, { range: SeqRange; count: number }>();
  /** The encoder has it and has not said what it came to. */
  private encoding: SendOrder | null = null;
  /** No format in common: only hello goes. */
  private readonly mute: boolean;
  private readonly owed: Owed;
  /** Quarantined by the cloud's version. */
  private readonly refused: FrameSet;
  private readonly limits: SenderLimits;

  constructor(answer: Answer, claims: Claims, owed: Owed, refused: FrameSet, limits: SenderLimits) {
    this.answer = answer.answer;
    this.incarnation = answer.incarnation;
    this.number = answer.number;
    this.mute = answer.upgradeNeeded;
    this.claims = claims;
    this.owed = owed;
    this.refused = refused;
    this.limits = limits;
  }

  /** What of a statement is to be proved: compared by the journal, and freed if it agrees. */
  believe({ epoch, stream, ranges }: Statement, now: number): SenderEffect[] {
    const effects: SenderEffect[] = [];
    for (const said of ranges) {
      const claim = this.claims.whatIsNew(epoch, stream, said, this.owed.rangesOf(epoch, stream));
      if (claim === null) continue;
      this.claims.add(epoch, stream, { ...claim, madeAt: now });
      effects.push({ type: "free", epoch, stream, ranges: claim.ranges, checksum: claim.checksum });
    }
    return effects;
  }

  /** Frames that were evicted under way may still be part of what the cloud states: they count as claimed. */
  gone({ epoch, stream, range, sums, now }: GoneEvent): void {
    if (sums === null) return;
    for (const part of intersection(this.inFlight.ofStream(epoch, stream), [range]))
      for (let seq = part.first; seq <= part.last; seq++) {
        const i = 2 * (seq - range.first);
        const checksum = { a: sums[i] ?? 0, b: sums[i + 1] ?? 0 };
        this.claims.add(epoch, stream, { ranges: [{ first: seq, last: seq }], checksum, state: "proven", madeAt: now });
      }
  }

  /** Everything may be tried again: a dictionary was written. */
  retry(): void {
    this.skipped = new FrameSet();
  }

  /** What an order came to. */
  sent({ answer, count, bytes, now }: SentEvent): void {
    if (this.answer !== answer || this.encoding === null) return;
    const { epoch, stream, dictionary, first, last, lane, send } = this.encoding;
    this.encoding = null;
    if (epoch !== "" && count === 0) this.skipped.add(epoch, stream, { first, last });
    else {
      const frames = epoch === "" ? null : { epoch, stream, dictionary, range: { first, last: first + count - 1 } };
      this.inFlight.add({ lane, send, bytes, acknowledged: false, frames }, now);
    }
  }

  /** What a receipt says was processed is no longer under way; its statements must have been believed before. */
  processed(upTo: Processed): SenderEffect[] {
    return this.inFlight.processed(upTo).flatMap((sent) => this.countMiss(sent));
  }

  /**
   * Frames that the cloud has processed again and again and does not hold are no accident: most likely it lacks their
   * dictionary. They wait until that is written anew, or for the next answer.
   */
  private countMiss({ frames }: Sent): SenderEffect[] {
    if (frames === null) return [];
    const { epoch, stream, dictionary, range } = frames;
    const key = streamKey(epoch, stream);
    const held = union(this.claims.ofStream(epoch, stream), this.refused.of(epoch, stream));
    const [missed] = minus([range], held);
    const before = this.misses.get(key);
    if (missed === undefined) {
      if (before !== undefined && overlap(before.range, range)) this.misses.delete(key);
      return [];
    }
    const count = before !== undefined && before.range.first === missed.first ? before.count + 1 : 1;
    this.misses.set(key, { range: missed, count });
    if (count < this.limits.misses) return [];
    this.skipped.add(epoch, stream, missed);
    this.misses.delete(key);
    return dictionary === null ? [] : [{ type: "rewrite", dictionary }];
  }

  /** The next batch to send, if one may go now. */
  next(now: number): SendOrder | null {
    if (!this.maySend) return null;
    const { owed, inFlight, claims, skipped, refused, limits } = this;
    const choice = nextChoice({ owed, inFlight, claims, skipped, refused, limits });
    if (choice !== null) {
      const { lane, ...frames } = choice;
      return this.order(lane, frames);
    }
    // The cloud learns which epoch runs under this answer also where nothing is owed.
    const lane = inFlight.untouched ? "events" : lanes.find((each) => now >= this.probeAt(each));
    return lane === undefined ? null : this.order(lane, nothing);
  }

  private order(lane: Lane, frames: Pick<SendOrder, keyof typeof nothing>): SendOrder {
    const { answer, owed, limits } = this;
    const send = this.inFlight.number(lane);
    this.encoding = { answer, running: owed.running, lane, send, ...frames, maxBytes: limits.batchBytes };
    return this.encoding;
  }

  private get maySend(): boolean {
    return this.encoding === null && !this.mute;
  }

  /** When an empty batch is due; Infinity while none can be. */
  nextProbe(): number {
    return this.maySend ? Math.min(...lanes.map((lane) => this.probeAt(lane))) : Number.POSITIVE_INFINITY;
  }

  private probeAt(lane: Lane): number {
    return this.inFlight.probeAt(lane, this.limits.probeMs, this.limits.probeMaxMs);
  }
}
