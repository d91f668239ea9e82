import type { Id } from "../../shared/domain/id.ts";
import type { Lane, SeqRange, Stream } from "../../shared/wire/names.ts";
import { Owed } from "../../shared/wire/owed.ts";
import { countOf, intersection, minus } from "../../shared/wire/ranges.ts";
import type { SenderFacts } from "../../shared/wire/sender-facts.ts";
import { type SenderEvent, senderLimits } from "../../shared/wire/sender-io.ts";

type Told<Type extends SenderEvent["type"]> = Omit<Extract<SenderEvent, { type: Type }>, "now">;
type Change =
  | Told<"dictionary">
  | Told<"appended">
  | Told<"freed">
  | Told<"unfreed">
  | Told<"moved">
  | Told<"gone">
  | Told<"thinned">
  | Told<"renewed">;

/** A frame's name on this rig. */
export interface FrameName {
  epoch: Id;
  stream: Stream;
  seq: number;
}

/** Frames that wait for their receipt, by the lane in which they go up, for screens and metrics. */
export interface OwedFacts {
  take(change: Change): void;
  frames(): Record<Lane, number>;
  /** The oldest owed frame of each lane; null where nothing is owed. */
  oldest(): Record<Lane, FrameName | null>;
}

/** Keeps count beside the sender, from the same events. `liveFrames`: how many of the newest go live; undefined for as many as a sender takes untold. */
export function openOwedFacts(facts: SenderFacts, liveFrames: () => number | undefined = () => undefined): OwedFacts {
  const owed = new Owed(structuredClone(facts));
  const count = (stream: Stream) =>
    owed.epochs.reduce((sum, { epoch }) => sum + countOf(owed.rangesOf(epoch, stream)), 0);
  return {
    take(change) {
      switch (change.type) {
        case "appended": {
          const { stream, seq, dictionary, foundation } = change;
          return owed.append({ epoch: owed.running, stream, first: seq, last: seq, dictionary, foundation });
        }
        case "dictionary":
          return owed.addDictionary(change.dictionary);
        case "freed":
          for (const range of minus(change.ranges, change.stays ?? [])) owed.remove(change.epoch, change.stream, range);
          return;
        case "moved":
          for (const range of change.ranges) owed.gone(change.epoch, change.stream, range);
          if (change.to !== null) owed.adopt(change.to);
          for (const dictionary of change.dictionaries) owed.addDictionary(dictionary);
          for (const run of change.runs) owed.add(run);
          return;
        case "unfreed":
          for (const dictionary of change.dictionaries) owed.addDictionary(dictionary);
          for (const run of change.runs) owed.add(run);
          return;
        case "gone":
          return owed.gone(change.epoch, change.stream, change.range);
        case "thinned":
          return owed.thin(change.epoch, change.range);
        case "renewed":
          owed.begin(change.epoch);
      }
    },
    frames() {
      const telemetry = count("telemetry");
      const live = countOf(liveRanges());
      return { events: count("events"), live, backfill: telemetry - live };
    },
    oldest() {
      const [live] = liveRanges();
      const backfill = firstOf("telemetry");
      const isLive = backfill?.epoch === owed.running && backfill.seq === live?.first;
      return {
        events: firstOf("events"),
        live: live === undefined ? null : { epoch: owed.running, stream: "telemetry", seq: live.first },
        backfill: isLive ? null : backfill,
      };
    },
  };

  /** The newest frames of the running epoch, as far as they are owed. */
  function liveRanges(): SeqRange[] {
    const last = owed.epochOf(owed.running).last.telemetry;
    const newest = [{ first: Math.max(1, last - (liveFrames() ?? senderLimits.liveFrames) + 1), last }];
    return intersection(owed.rangesOf(owed.running, "telemetry"), newest);
  }

  function firstOf(stream: Stream): FrameName | null {
    for (const { epoch } of owed.epochs) {
      const [first] = owed.rangesOf(epoch, stream);
      if (first !== undefined) return { epoch, stream, seq: first.first };
    }
    return null;
  }
}
