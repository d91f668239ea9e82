import type { Id } from "../domain/id.ts";
import { chainOf, type EpochSum, hashOfChain, streamSum } from "./chain.ts";
import { type Held, type HeldRange, lastOf, type Statement, type StreamKey, streamKey, watermarkOf } from "./held.ts";
import type { ChainHash, Hello, HelloEpoch, LastSeqs, Predecessor } from "./hello.ts";
import { maxForks, maxLostRanges, maxUnproven } from "./limits.ts";
import { type Stream, streams } from "./names.ts";
import { merged, type Outcome, raised } from "./outcome.ts";
import { countOf, minus, rangesOf } from "./ranges.ts";
import type { KnownEpoch, ReceiverEffect } from "./receiver-io.ts";

/**
 * Where held is to be cut for the answer: before each of these seqs. Cut where named ranges touch, since there owed frames meet
 * history, behind the last seq that the rig names, and at the ends of halves; not where the rig deleted history, of which it has
 * the sum: that would be work for every hello.
 */
export function cutsOf(hello: Hello): (epoch: Id, stream: Stream) => number[] {
  const cuts = new Map<StreamKey, number[]>();
  const cut = (epoch: Id, stream: Stream, ...at: number[]) => {
    const key = streamKey(epoch, stream);
    const all = cuts.get(key);
    if (all === undefined) cuts.set(key, at);
    else all.push(...at);
  };
  for (const { epoch, last, ranges } of hello.epochs)
    for (const stream of streams) {
      cut(epoch, stream, last[stream] + 1);
      for (const [i, { first }] of ranges[stream].entries())
        if (ranges[stream][i - 1]?.last === first - 1) cut(epoch, stream, first);
    }
  for (const { epoch, stream, first, last } of hello.halves) cut(epoch, stream, first, last + 1);
  return (epoch, stream) => [...new Set(cuts.get(streamKey(epoch, stream)))].sort((x, y) => x - y);
}

/** What a hello comes to. */
export interface HelloVerdict {
  /** What it tells the archive: records, lost frames, forks. */
  effects: ReceiverEffect[];
  statements: Statement[];
  /** The chain's hash is another one: nothing becomes lost in epochs that the hello does not name. */
  nameAll: boolean;
  /** What is lost and finds no room among the ranges that the archive keeps of a rig; null where the hello cannot say it all. */
  beyond: LostBeyond | null;
}

/** Lost, and not kept by name. */
export interface LostBeyond {
  ranges: number;
  frames: number;
}

/** What a hello tells the archive, of which all of the rig's epochs are given, and what the archive states to it. What is invented costs the archive no more than `limits.ts` says. */
export function verdictOf(hello: Hello, archive: readonly KnownEpoch[]): HelloVerdict {
  const effects: ReceiverEffect[] = [];
  const statements: Statement[] = [];
  const { epochs, kept } = learned(hello, archive, effects);
  const named = new Map(hello.epochs.map((each) => [each.epoch, each]));
  const agrees = hello.chain !== null && hashOf(hello.chain, named, epochs) === hello.chain.hash;
  const isWhole = hello.namesAll || agrees;
  const beyond: LostBeyond = { ranges: 0, frames: 0 };
  let room = maxLostRanges - lostRanges(archive);
  for (const { epoch, known, held } of epochs.values()) {
    const said = named.get(epoch);
    if (said === undefined && !isWhole) continue;
    for (const stream of streams) {
      const lost = lostOf(hello, said, epoch, stream, known, held);
      const fits = lost !== null && kept.has(epoch) && lost.counted.length <= room;
      if (lost !== null && !fits) {
        beyond.ranges += lost.counted.length;
        beyond.frames += countOf(lost.counted);
      }
      if (fits) {
        effects.push({ type: "lost", epoch, stream, ranges: lost.counted, held: merged(lost.cut) });
        room -= lost.counted.length;
      }
      if (said !== undefined) statements.push(stated(epoch, stream, known[stream], fits ? lost.cut : held[stream]));
    }
  }
  return { effects, statements, nameAll: hello.chain !== null && !agrees, beyond: isWhole ? beyond : null };
}

function lostRanges(archive: readonly KnownEpoch[]): number {
  let count = 0;
  for (const { held } of archive)
    for (const stream of streams) for (const { state } of held[stream]) if (state === "lost") count++;
  return count;
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

/**
 * The archive's epochs with what the hello adds to them; tells what is to be stored of it. `kept` are those that the archive has then: of new ones it
 * keeps so many that were never proved by a frame, and learns of the others when their frames come.
 */
function learned(
  hello: Hello,
  archive: readonly KnownEpoch[],
  effects: ReceiverEffect[],
): { epochs: Map<Id, KnownEpoch>; kept: Set<Id> } {
  const epochs = new Map<Id, KnownEpoch>(archive.map((each) => [each.epoch, each]));
  const kept = new Set(epochs.keys());
  const parents = new Set<Id>();
  let room = maxUnproven - archive.filter((each) => !isProven(each)).length;
  const learn = (epoch: Id, predecessor: Predecessor | undefined, last: LastSeqs): void => {
    const before = epochs.get(epoch);
    const held = before?.held ?? { telemetry: [], events: [] };
    const known = {
      telemetry: Math.max(before?.known.telemetry ?? 0, last.telemetry, lastOf(held.telemetry)),
      events: Math.max(before?.known.events ?? 0, last.events, lastOf(held.events)),
    };
    const record = before?.predecessor === undefined ? predecessor : before.predecessor;
    epochs.set(epoch, { epoch, predecessor: record, known, held });
    if (before === undefined && room > 0) {
      kept.add(epoch);
      room--;
    }
    const isNews =
      before === undefined || record !== before.predecessor || streams.some((each) => known[each] > before.known[each]);
    if (isNews && kept.has(epoch)) effects.push({ type: "know", epoch, predecessor: record, known });
    const parent = parentOf(record);
    if (parent !== null && record !== before?.predecessor) parents.add(parent);
  };
  for (const { epoch, predecessor, last } of hello.epochs) {
    learn(epoch, predecessor, last);
    if (predecessor !== null && predecessor !== "unknown") learn(predecessor.epoch, undefined, predecessor.last);
  }
  effects.push(...forksOf(epochs, parents).slice(0, maxForks));
  return { epochs, kept };
}

/** A frame of it came, whatever became of it then. */
function isProven({ held }: KnownEpoch): boolean {
  return streams.some((stream) => held[stream].some(({ state }) => state !== "lost"));
}

/** Of these parents those that have several children. */
function forksOf(
  epochs: ReadonlyMap<Id, KnownEpoch>,
  parents: ReadonlySet<Id>,
): Extract<ReceiverEffect, { type: "fork" }>[] {
  const children = new Map<Id, Id[]>();
  for (const { epoch, predecessor } of epochs.values()) {
    const parent = parentOf(predecessor);
    if (parent === null || !parents.has(parent)) continue;
    const found = children.get(parent);
    if (found === undefined) children.set(parent, [epoch]);
    else found.push(epoch);
  }
  return [...children]
    .filter(([, list]) => list.length > 1)
    .map(([predecessor, list]) => ({ type: "fork", predecessor, epochs: list }));
}

function parentOf(predecessor: Predecessor | undefined): Id | null {
  return predecessor === undefined || predecessor === null || predecessor === "unknown" ? null : predecessor.epoch;
}

/** What is known, not held and not on the rig's disk is lost; of the running epoch only what the hello itself names. Null where nothing is. */
function lostOf(
  hello: Hello,
  named: HelloEpoch | undefined,
  epoch: Id,
  stream: Stream,
  known: LastSeqs,
  held: Record<Stream, Held>,
): Omit<Outcome, "conflicts"> | null {
  const last = epoch === hello.running ? (named?.last[stream] ?? 0) : known[stream];
  if (last === 0) return null;
  const lacking = minus(minus([{ first: 1, last }], rangesOf(held[stream])), named?.ranges[stream] ?? []);
  return lacking.length === 0 ? null : raised(held[stream], lacking, "lost");
}

function stated(epoch: Id, stream: Stream, known: number, held: Held): Statement {
  const ranges: HeldRange[] = [...held];
  return { epoch, stream, known: Math.max(known, lastOf(held)), watermark: watermarkOf(held), ranges };
}
