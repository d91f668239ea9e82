import type { Id } from "../domain/id.ts";
import { chainOf, type EpochSum, hashOfChain, streamSum } from "./chain.ts";
import { type Held, type HeldRange, lastOf, type Statement, watermarkOf } from "./held.ts";
import type { ChainHash, Hello, HelloEpoch, LastSeqs, Predecessor } from "./hello.ts";
import { type Stream, streams } from "./names.ts";
import { merged, raised } from "./outcome.ts";
import { minus, rangesOf } from "./ranges.ts";
import type { KnownEpoch, ReceiverEffect } from "./receiver-io.ts";

/**
 * Where held is to be cut for the answer: before each of these seqs. Cut where named ranges touch, since there owed frames meet
 * history, behind the last seq that the rig names, and at the ends of halves; not where the rig deleted history, of which it has
 * the sum: that would be work for every hello.
 */
export function cutsOf(hello: Hello, epoch: Id, stream: Stream): number[] {
  const said = hello.epochs.find((each) => each.epoch === epoch);
  const named = said?.ranges[stream] ?? [];
  const touching = named.filter((range, i) => named[i - 1]?.last === range.first - 1).map((range) => range.first);
  const halves = hello.halves.filter((each) => each.epoch === epoch && each.stream === stream);
  const ends = halves.flatMap((half) => [half.first, half.last + 1]);
  const behind = said === undefined ? [] : [said.last[stream] + 1];
  return [...new Set([...touching, ...behind, ...ends])].sort((x, y) => x - y);
}

/** What a hello comes to. */
export interface HelloVerdict {
  /** What it tells the archive: records, lost frames, forks. */
  effects: ReceiverEffect[];
  statements: Statement[];
  /** The chain's hash is another one: nothing becomes lost in epochs that the hello does not name. */
  nameAll: boolean;
}

/** What a hello tells the archive, of which all of the rig's epochs are given, and what the archive states to it. */
export function verdictOf(hello: Hello, archive: readonly KnownEpoch[]): HelloVerdict {
  const effects: ReceiverEffect[] = [];
  const statements: Statement[] = [];
  const epochs = learned(hello, archive, effects);
  const named = new Map(hello.epochs.map((each) => [each.epoch, each]));
  const agrees = hello.chain !== null && hashOf(hello.chain, named, epochs) === hello.chain.hash;
  const isWhole = hello.namesAll || agrees;
  for (const { epoch, known, held } of epochs.values()) {
    const said = named.get(epoch);
    if (said === undefined && !isWhole) continue;
    for (const stream of streams) {
      const after = withLost(hello, said, epoch, stream, known, held, effects);
      if (said !== undefined) statements.push(stated(epoch, stream, known[stream], after));
    }
  }
  return { effects, statements, nameAll: hello.chain !== null && !agrees };
}

/** The archive's hash over the chain without what the hello names; null where it knows no such chain. */
function hashOf(
  { head, oldest }: ChainHash,
  named: ReadonlyMap<Id, HelloEpoch>,
  epochs: ReadonlyMap<Id, KnownEpoch>,
): Id | null {
  const chain = chainOf(head, oldest, (epoch) => epochs.get(epoch)?.predecessor);
  if (chain === null) return null;
  return hashOfChain(
    chain.filter((epoch) => !named.has(epoch)),
    (epoch) => {
      const known = epochs.get(epoch);
      return known === undefined ? null : sumsOf(known);
    },
  );
}

function sumsOf({ known, held }: KnownEpoch): EpochSum {
  return { telemetry: streamSum(held.telemetry, known.telemetry), events: streamSum(held.events, known.events) };
}

/** The archive's epochs with what the hello adds to them; tells what is to be stored of it. */
function learned(hello: Hello, archive: readonly KnownEpoch[], effects: ReceiverEffect[]): Map<Id, KnownEpoch> {
  const epochs = new Map<Id, KnownEpoch>(archive.map((each) => [each.epoch, each]));
  const learn = (epoch: Id, predecessor: Predecessor | undefined, last: LastSeqs): void => {
    const before = epochs.get(epoch);
    const held = before?.held ?? { telemetry: [], events: [] };
    const known = {
      telemetry: Math.max(before?.known.telemetry ?? 0, last.telemetry, lastOf(held.telemetry)),
      events: Math.max(before?.known.events ?? 0, last.events, lastOf(held.events)),
    };
    const record = before?.predecessor === undefined ? predecessor : before.predecessor;
    epochs.set(epoch, { epoch, predecessor: record, known, held });
    const isNews =
      before === undefined || record !== before.predecessor || streams.some((each) => known[each] > before.known[each]);
    if (isNews) effects.push({ type: "know", epoch, predecessor: record, known });
    if (record !== before?.predecessor) tellFork(epochs, epoch, effects);
  };
  for (const { epoch, predecessor, last } of hello.epochs) {
    learn(epoch, predecessor, last);
    if (predecessor !== null && predecessor !== "unknown") learn(predecessor.epoch, undefined, predecessor.last);
  }
  return epochs;
}

function tellFork(epochs: ReadonlyMap<Id, KnownEpoch>, epoch: Id, effects: ReceiverEffect[]): void {
  const parent = parentOf(epochs.get(epoch)?.predecessor);
  if (parent === null) return;
  const children = [...epochs.values()]
    .filter((each) => parentOf(each.predecessor) === parent)
    .map((each) => each.epoch);
  if (children.length > 1) effects.push({ type: "fork", predecessor: parent, epochs: children });
}

function parentOf(predecessor: Predecessor | undefined): Id | null {
  return predecessor === undefined || predecessor === null || predecessor === "unknown" ? null : predecessor.epoch;
}

/** What is known, not held and not on the rig's disk is lost; of the running epoch only what the hello itself names. */
function withLost(
  hello: Hello,
  named: HelloEpoch | undefined,
  epoch: Id,
  stream: Stream,
  known: LastSeqs,
  held: Record<Stream, Held>,
  effects: ReceiverEffect[],
): Held {
  const last = epoch === hello.running ? (named?.last[stream] ?? 0) : known[stream];
  if (last === 0) return held[stream];
  const lacking = minus(minus([{ first: 1, last }], rangesOf(held[stream])), named?.ranges[stream] ?? []);
  if (lacking.length === 0) return held[stream];
  const { counted, cut } = raised(held[stream], lacking, "lost");
  effects.push({ type: "lost", epoch, stream, ranges: counted, held: merged(cut) });
  return cut;
}

function stated(epoch: Id, stream: Stream, known: number, held: Held): Statement {
  const ranges: HeldRange[] = [...held];
  return { epoch, stream, known: Math.max(known, lastOf(held)), watermark: watermarkOf(held), ranges };
}
