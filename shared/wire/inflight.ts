import type { Id } from "../domain/id.ts";
import { ByStream } from "./by-stream.ts";
import { type Lane, lanes, type SeqRange, type Stream } from "./names.ts";
import { rangesOf } from "./ranges.ts";
import type { Processed } from "./receipt.ts";

/** A batch that was sent under the current answer and not yet receipted. */
export interface Sent {
  lane: Lane;
  send: number;
  /** See `SendOrder`. */
  way: number;
  bytes: number;
  acknowledged: boolean;
  /** Null for an empty batch. */
  frames: { epoch: Id; stream: Stream; dictionary: Id | null; range: SeqRange } | null;
}

interface LaneState {
  /** Send numbers given so far. */
  given: number;
  lastSentAt: number;
  /** Empty batches since the last progress. */
  probes: number;
  /** Ways that were used so far. */
  ways: number;
}

/** What is under way, lane by lane, and how many bytes of it. */
export class InFlight {
  private sent: Sent[] = [];
  /** What is under way of a stream, as far as it was asked for since that changed. */
  private ranges = new ByStream<SeqRange[]>();
  private readonly lanes: Record<Lane, LaneState> = {
    events: { given: 0, lastSentAt: 0, probes: 0, ways: 1 },
    live: { given: 0, lastSentAt: 0, probes: 0, ways: 1 },
    backfill: { given: 0, lastSentAt: 0, probes: 0, ways: 1 },
  };

  /** The next send number of the lane, from 1. */
  number(lane: Lane): number {
    return ++this.lanes[lane].given;
  }

  /** Nothing was ever sent under this answer. */
  get untouched(): boolean {
    return lanes.every((lane) => this.lanes[lane].given === 0);
  }

  add(sent: Sent, now: number): void {
    this.sent.push(sent);
    this.ranges = new ByStream();
    const lane = this.lanes[sent.lane];
    lane.lastSentAt = now;
    lane.ways = Math.max(lane.ways, sent.way + 1);
    lane.probes = sent.frames === null ? lane.probes + 1 : 0;
  }

  acknowledge(lane: Lane, send: number): void {
    for (const each of this.sent) if (each.lane === lane && each.send === send) each.acknowledged = true;
  }

  /**
   * Forgets what the cloud has processed. What it does not claim of those frames was lost (each way of a lane is in
   * order), and can go again. Tells what is settled now. `arrived`: whether the cloud knows what went in a batch.
   */
  processed(upTo: Processed, arrived: (sent: Sent) => boolean): Sent[] {
    /** By lane and way: the last one of which the cloud has said that it came. */
    const reached = new Map<string, number>();
    for (const each of this.sent)
      if (each.send === upTo[each.lane] || (each.send < upTo[each.lane] && arrived(each)))
        reached.set(`${each.lane} ${each.way}`, each.send);
    const isSettled = ({ lane, way, send }: Sent) =>
      send <= (this.lanes[lane].ways === 1 ? upTo[lane] : (reached.get(`${lane} ${way}`) ?? 0));
    const settled = this.sent.filter(isSettled);
    const done = new Set(settled);
    this.sent = this.sent.filter((each) => !done.has(each));
    this.ranges = new ByStream();
    if (settled.length > 0) for (const lane of lanes) this.lanes[lane].probes = 0;
    return settled;
  }

  ofStream(epoch: Id, stream: Stream): readonly SeqRange[] {
    let ranges = this.ranges.get(epoch, stream);
    if (ranges === undefined) {
      ranges = [];
      for (const { frames } of this.sent)
        if (frames !== null && frames.epoch === epoch && frames.stream === stream) ranges.push(frames.range);
      ranges = rangesOf(ranges);
      this.ranges.set(epoch, stream, ranges);
    }
    return ranges;
  }

  /** When a lane that goes every `everyMs` is due. */
  dueAt(lane: Lane, everyMs: number): number {
    const { given, lastSentAt } = this.lanes[lane];
    return given === 0 ? Number.NEGATIVE_INFINITY : lastSentAt + everyMs;
  }

  /** The way of a lane that has least to carry. */
  wayWithRoom(lane: Lane, ways: number): number {
    const loads = Array.from({ length: ways }, () => 0);
    for (const each of this.sent)
      if (each.lane === lane && !each.acknowledged && each.way < ways)
        loads[each.way] = (loads[each.way] ?? 0) + each.bytes;
    return loads.indexOf(Math.min(...loads));
  }

  /** The way on which something waits longest for its receipt: what goes next there tells what became of it. */
  oldestWay(lane: Lane): number {
    return this.sent.find((each) => each.lane === lane)?.way ?? 0;
  }

  /** Bytes not receipted. */
  get bytes(): number {
    return this.sent.reduce((sum, each) => sum + each.bytes, 0);
  }

  /** Bytes not acknowledged by the transport. */
  get unacknowledged(): number {
    return this.sent.reduce((sum, each) => sum + (each.acknowledged ? 0 : each.bytes), 0);
  }

  /** When an empty batch is due in this lane, since sends stay unreceipted and nothing follows; Infinity for never. */
  probeAt(lane: Lane, firstMs: number, longestMs: number): number {
    if (!this.sent.some((each) => each.lane === lane)) return Number.POSITIVE_INFINITY;
    const { lastSentAt, probes } = this.lanes[lane];
    return lastSentAt + Math.min(longestMs, firstMs * 2 ** Math.min(probes, 20));
  }
}
