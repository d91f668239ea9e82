import type { EpochMs, Id } from "../domain/id.ts";
import type { Answer } from "./answer.ts";
import { chainOf, type EpochSum, hashOfChain, type StreamSum, streamSum } from "./chain.ts";
import type { Disputes } from "./disputes.ts";
import { isWhole } from "./held.ts";
import { type ChainHash, type HelloEpoch, type HelloPage, helloPages } from "./hello.ts";
import { batchFormats, type SeqRange, type Stream, segmentFormats, streams } from "./names.ts";
import type { Owed } from "./owed.ts";
import { intersection, minus, rangesOf } from "./ranges.ts";
import type { EpochFacts } from "./sender-facts.ts";
import type { SenderEffect, SenderLimits } from "./sender-io.ts";

/** What a hello is made of besides the journal's facts. */
export interface Saying {
  rig: string;
  key: Id;
  software: string;
  nonce: Id;
  at: EpochMs;
  /** Every epoch, not only those that are owed, running, in dispute, or never stated as they are. */
  nameAll: boolean;
  disputes: Disputes;
  limits: Pick<SenderLimits, "pageEntries">;
}

/** An epoch that stored nothing leaves no trace, so it is not named. */
function hasFrames(epoch: EpochFacts): boolean {
  return epoch.last.telemetry + epoch.last.events > 0;
}

/** The pages of a hello, and the epochs that it names. */
export function helloOf(owed: Owed, saying: Saying): { pages: HelloPage[]; named: Set<Id> } {
  const { rig, key, software, nonce, at, disputes, limits } = saying;
  const all = owed.epochs.filter(hasFrames);
  const due = saying.nameAll ? all : all.filter((each) => isDue(each, owed, disputes));
  const chain = chainWithout(new Set(due.map((each) => each.epoch)), owed);
  const rest = new Set(chain);
  const named = all.filter(({ epoch }) => !rest.has(epoch));
  const said = { rig, key, nonce, running: owed.running, at, software, batchFormats, segmentFormats };
  const head = { ...said, namesAll: named.length === all.length, chain: chainHash(chain, owed) };
  const epochs = named.map((each) => helloEpoch(owed, each));
  const pages = helloPages(head, epochs, disputes.halves(), limits.pageEntries);
  return { pages, named: new Set(named.map((each) => each.epoch)) };
}

function isDue(facts: EpochFacts, owed: Owed, disputes: Disputes): boolean {
  const { epoch, told, last } = facts;
  if (epoch === owed.running || facts.moved || told === null || !owed.isClear(epoch) || disputes.has(epoch))
    return true;
  return streams.some((stream) => told[stream].last < last[stream]);
}

/** The epochs that need not be named: those that the chain of the running epoch's predecessors leads to. */
function chainWithout(due: ReadonlySet<Id>, owed: Owed): Id[] {
  const predecessorOf = (epoch: Id) => (owed.knows(epoch) ? owed.epochOf(epoch).predecessor : undefined);
  const whole = chainOf(owed.running, null, predecessorOf) ?? [];
  return whole.filter((epoch) => owed.knows(epoch) && hasFrames(owed.epochOf(epoch)) && !due.has(epoch));
}

function chainHash(chain: readonly Id[], owed: Owed): ChainHash | null {
  const [head, oldest] = [chain[0], chain.at(-1)];
  const hash = hashOfChain(chain, (epoch) => owed.epochOf(epoch).told);
  return head === undefined || oldest === undefined || hash === null ? null : { hash, head, oldest };
}

/** Ranges are cut where owed frames meet history, and whole ones thinned ones, so that the answer's checksums can be compared over each. */
function helloEpoch(owed: Owed, { epoch, predecessor, last, kept, thinned }: EpochFacts): HelloEpoch {
  const cut = (stream: Stream): SeqRange[] => {
    const mine = owed.rangesOf(epoch, stream);
    const apart = [...intersection(kept[stream], mine), ...minus(kept[stream], mine)];
    const less = stream === "events" ? [] : thinned;
    return apart
      .flatMap((range) => [...intersection([range], less), ...minus([range], less)])
      .sort((x, y) => x.first - y.first);
  };
  return { epoch, predecessor, last: { ...last }, ranges: { telemetry: cut("telemetry"), events: cut("events") } };
}

/** What the disk has as history and the cloud, by its answer to a hello that named these epochs, does not hold as the disk has it: whole, or thinned. */
export function lackedBy(answer: Answer, named: ReadonlySet<Id>, owed: Owed): SenderEffect[] {
  const effects: SenderEffect[] = [];
  for (const epoch of named)
    for (const stream of streams) {
      const said = answer.statements.filter((each) => each.epoch === epoch && each.stream === stream);
      const held = said.flatMap((each) => each.ranges);
      const whole = held.filter(({ state }) => isWhole(state));
      const thinned = held.filter(({ state }) => state === "thinned");
      const history = minus(owed.epochOf(epoch).kept[stream], owed.rangesOf(epoch, stream));
      const enough = minus(rangesOf(thinned), owed.wholeOf(epoch, stream));
      const ranges = minus(minus(history, rangesOf(whole)), enough);
      if (ranges.length > 0) effects.push({ type: "unfree", epoch, stream, ranges });
    }
  return effects;
}

/** What an answer states of each epoch that the hello named, as a whole. */
export function sumsIn(answer: Answer, named: ReadonlySet<Id>): { epoch: Id; sum: EpochSum }[] {
  return [...named].map((epoch) => {
    const sumOf = (stream: Stream): StreamSum => {
      const said = answer.statements.filter((each) => each.epoch === epoch && each.stream === stream);
      const known = Math.max(0, ...said.map((each) => each.known));
      return streamSum(
        said.flatMap((each) => each.ranges),
        known,
      );
    };
    return { epoch, sum: { telemetry: sumOf("telemetry"), events: sumOf("events") } };
  });
}
