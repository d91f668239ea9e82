import type { Id } from "../../shared/domain/id.ts";
import type { Lane, Stream } from "../../shared/wire/names.ts";
import { Owed } from "../../shared/wire/owed.ts";
import { countOf } from "../../shared/wire/ranges.ts";
import type { SenderFacts } from "../../shared/wire/sender-facts.ts";
import { type SenderEvent, senderLimits } from "../../shared/wire/sender-io.ts";

type Told<Type extends SenderEvent["type"]> = Omit<Extract<SenderEvent, { type: Type }>, "now">;
type Change = Told<"dictionary"> | Told<"appended"> | Told<"freed"> | Told<"unfreed"> | Told<"gone"> | Told<"renewed">;

/** Frames that wait for their receipt, for screens and metrics. */
export interface OwedFacts {
  take(change: Change): void;
  frames(): Record<Lane, number>;
  /** The oldest owed frame; null where nothing is owed. */
  oldest(): { epoch: Id; stream: Stream; seq: number } | null;
}

/** Keeps count beside the sender, from the same events. */
export function openOwedFacts(facts: SenderFacts): OwedFacts {
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
          for (const range of change.ranges) owed.remove(change.epoch, change.stream, range);
          return;
        case "unfreed":
          for (const dictionary of change.dictionaries) owed.addDictionary(dictionary);
          for (const run of change.runs) owed.add(run);
          return;
        case "gone":
          return owed.gone(change.epoch, change.stream, change.range);
        case "renewed":
          owed.begin(change.epoch);
      }
    },
    frames() {
      const telemetry = count("telemetry");
      const live = Math.min(countOf(owed.rangesOf(owed.running, "telemetry")), senderLimits.liveFrames, telemetry);
      return { events: count("events"), live, backfill: telemetry - live };
    },
    oldest() {
      for (const { epoch } of owed.epochs) {
        for (const stream of ["telemetry", "events"] as const) {
          const [first] = owed.rangesOf(epoch, stream);
          if (first !== undefined) return { epoch, stream, seq: first.first };
        }
      }
      return null;
    },
  };
}
