import type { Id } from "../domain/id.ts";
import { noChecksum } from "./checksum.ts";
import { type StreamKey, streamKey } from "./held.ts";
import type { Half } from "./hello.ts";
import type { Stream } from "./names.ts";
import type { Owed } from "./owed.ts";
import { intersection } from "./ranges.ts";
import type { Part, SenderEffect, SenderEvent } from "./sender-io.ts";

type Differs = Extract<SenderEvent, { type: "differs" }>;

interface Dispute {
  epoch: Id;
  stream: Stream;
  /** Comparisons that the journal was asked for and has not answered. */
  asked: number;
  /** To be halved further: the next hello names them. */
  open: Part[];
  /** Frames that differ, each with the cloud's checksum. */
  found: Part[];
}

/**
 * Where rig and cloud hold different frames under one name. Each hello names halves, its answer states them apart, and what
 * still differs is halved again, until single frames are left; then all of a stream move at once, so that a machine that is
 * put back once more moves them to the same names.
 */
export class Disputes {
  private readonly streams = new Map<StreamKey, Dispute>();
  /** Where the hello before cut, too: what agreed since it was cut there would not agree without. */
  private cuts: Half[] = [];

  /** The journal is asked to compare. */
  asked(epoch: Id, stream: Stream): void {
    this.of(epoch, stream).asked++;
  }

  /** A comparison agreed. */
  agreed(epoch: Id, stream: Stream): void {
    const dispute = this.of(epoch, stream);
    dispute.asked = Math.max(0, dispute.asked - 1);
  }

  /** A comparison did not. True where it is down to frames that differ. */
  differs({ epoch, stream, ranges, checksum, undivided, parts }: Differs, owed: Owed): boolean {
    this.agreed(epoch, stream);
    const dispute = this.of(epoch, stream);
    if (!undivided && parts.length > 0) {
      dispute.open.push(...parts);
      return false;
    }
    const mine = owed.rangesOf(epoch, stream);
    // Of what the cloud let expire only counts what is owed; the first events frame is freed where it is, and only once.
    const isRecord = stream === "events" && ranges.every((range) => range.last === 1);
    const moving = intersection(ranges, undivided || isRecord ? mine : owed.epochOf(epoch).kept[stream]);
    const isOne = moving.length === 1 && moving[0]?.first === moving[0]?.last;
    dispute.found.push(...moving.map((range) => ({ ...range, checksum: isOne && !undivided ? checksum : noChecksum })));
    return moving.length > 0;
  }

  /** An answer states everything anew, cut where the hello asked. */
  answered(): void {
    this.cuts = [...this.streams.values()].some(isGoingOn) ? this.halves() : [];
    this.streams.clear();
  }

  /** Whether a hello must name the epoch. */
  has(epoch: Id): boolean {
    return [...this.streams.values()].some((dispute) => dispute.epoch === epoch && isGoingOn(dispute));
  }

  get isOpen(): boolean {
    return [...this.streams.values()].some(({ open }) => open.length > 0);
  }

  /** Where the next answer is to be cut. */
  halves(): Half[] {
    const fresh = [...this.streams.values()].flatMap(({ epoch, stream, open, found }) =>
      [...open, ...found].map(({ first, last, checksum }) => ({ epoch, stream, first, last, checksum })),
    );
    const known = new Set(fresh.map(keyOf));
    return [...fresh, ...this.cuts.filter((cut) => !known.has(keyOf(cut)))];
  }

  /** What can move now: streams of which every difference is found, but for the running epoch's. */
  moves(running: Id): SenderEffect[] {
    const effects: SenderEffect[] = [];
    for (const [key, { epoch, stream, asked, open, found }] of this.streams) {
      if (asked > 0 || open.length > 0 || found.length === 0 || epoch === running) continue;
      const frames = [...found].sort((x, y) => x.first - y.first);
      this.streams.delete(key);
      effects.push({ type: "move", epoch, stream, frames });
    }
    return effects;
  }

  private of(epoch: Id, stream: Stream): Dispute {
    const key = streamKey(epoch, stream);
    const dispute = this.streams.get(key) ?? { epoch, stream, asked: 0, open: [], found: [] };
    this.streams.set(key, dispute);
    return dispute;
  }
}

function isGoingOn({ open, found }: Dispute): boolean {
  return open.length + found.length > 0;
}

function keyOf({ epoch, stream, first, last }: Half): string {
  return `${epoch}/${stream}/${first}/${last}`;
}
