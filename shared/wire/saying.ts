import type { EpochMs, Id } from "../domain/id.ts";
import type { Answer } from "./answer.ts";
import { isWhole } from "./held.ts";
import { type HelloEpoch, type HelloPage, helloPages } from "./hello.ts";
import { batchFormats, type SeqRange, type Stream, segmentFormats, streams } from "./names.ts";
import type { Owed } from "./owed.ts";
import { intersection, minus, rangesOf } from "./ranges.ts";
import type { EpochFacts, Note } from "./sender-facts.ts";
import type { SenderEffect, SenderLimits } from "./sender-io.ts";

/** What a hello is made of besides the journal's facts. */
export interface Saying {
  rig: string;
  key: Id;
  software: string;
  nonce: Id;
  at: EpochMs;
  /** Every epoch, not only those that are owed, running, or not told of by the incarnation that answered last. */
  nameAll: boolean;
  note: Note | null;
  limits: Pick<SenderLimits, "alwaysNamed" | "pageEntries">;
}

/** An epoch that stored nothing leaves no trace, so it is not named. */
export function hasFrames(epoch: EpochFacts): boolean {
  return epoch.last.telemetry + epoch.last.events > 0;
}

/** The pages of a hello, and the epochs that it names. */
export function helloOf(owed: Owed, saying: Saying): { pages: HelloPage[]; named: Set<Id> } {
  const { rig, key, software, nonce, at, note, limits } = saying;
  const all = owed.epochs.filter(hasFrames);
  const nameAll = saying.nameAll || all.length <= limits.alwaysNamed;
  const isDue = ({ epoch, told }: EpochFacts) =>
    nameAll || epoch === owed.running || told === null || told !== note?.incarnation || !owed.isClear(epoch);
  const named = all.filter(isDue);
  const namesAll = named.length === all.length;
  const head = {
    rig,
    key,
    nonce,
    running: owed.running,
    at,
    software,
    batchFormats,
    segmentFormats,
    namesAll,
    chain: null,
  };
  const pages = helloPages(
    head,
    named.map((each) => helloEpoch(owed, each)),
    limits.pageEntries,
  );
  return { pages, named: new Set(named.map((each) => each.epoch)) };
}

/** Ranges are cut where owed frames meet history, so that the answer's checksums can be compared over what is owed. */
function helloEpoch(owed: Owed, { epoch, predecessor, last, kept }: EpochFacts): HelloEpoch {
  const cut = (stream: Stream): SeqRange[] => {
    const mine = owed.rangesOf(epoch, stream);
    return [...intersection(kept[stream], mine), ...minus(kept[stream], mine)].sort((x, y) => x.first - y.first);
  };
  return { epoch, predecessor, last: { ...last }, ranges: { telemetry: cut("telemetry"), events: cut("events") } };
}

/** What the disk has as history and the cloud, by its answer to a hello that named these epochs, does not hold whole. */
export function lackedBy(answer: Answer, named: ReadonlySet<Id>, owed: Owed): SenderEffect[] {
  const effects: SenderEffect[] = [];
  for (const epoch of named)
    for (const stream of streams) {
      const said = answer.statements.filter((each) => each.epoch === epoch && each.stream === stream);
      const held = said.flatMap((each) => each.ranges).filter((each) => isWhole(each.state));
      const history = minus(owed.epochOf(epoch).kept[stream], owed.rangesOf(epoch, stream));
      const ranges = minus(history, rangesOf(held));
      if (ranges.length > 0) effects.push({ type: "unfree", epoch, stream, ranges });
    }
  return effects;
}
