import type { Id } from "../domain/id.ts";
import { type Held, type HeldRange, lastOf, type Statement, watermarkOf } from "./held.ts";
import type { Hello, HelloEpoch, LastSeqs, Predecessor } from "./hello.ts";
import { type Stream, streams } from "./names.ts";
import { merged, raised } from "./outcome.ts";
import { minus, rangesOf } from "./ranges.ts";
import type { KnownEpoch, ReceiverEffect } from "./receiver-io.ts";

/** The epochs that the archive must be asked for to answer a hello; of the whole rig where it names all. */
export function epochsOf(hello: Hello): Id[] {
  const before = hello.epochs.map((each) => each.predecessor).filter((each) => each !== null && each !== "unknown");
  return [...new Set([...hello.epochs.map((each) => each.epoch), ...before.map((each) => each.epoch)])];
}

/** Where held is to be cut for the answer: before each of these seqs, the ends of the ranges and halves that the rig names. */
export function cutsOf(hello: Hello, epoch: Id, stream: Stream): number[] {
  const named = hello.epochs.find((each) => each.epoch === epoch)?.ranges[stream] ?? [];
  const halves = hello.halves.filter((each) => each.epoch === epoch && each.stream === stream);
  return [...new Set([...named, ...halves].flatMap((range) => [range.first, range.last + 1]))].sort((x, y) => x - y);
}

/** What a whole hello tells the archive (records, lost frames, forks), and what the archive states to it. */
export function verdictOf(
  hello: Hello,
  archive: readonly KnownEpoch[],
): { effects: ReceiverEffect[]; statements: Statement[] } {
  const effects: ReceiverEffect[] = [];
  const statements: Statement[] = [];
  const epochs = learned(hello, archive, effects);
  for (const { epoch, known, held } of epochs) {
    const named = hello.epochs.find((each) => each.epoch === epoch);
    for (const stream of streams) {
      const after =
        named === undefined && !hello.namesAll
          ? held[stream]
          : withLost(hello, named, epoch, stream, known, held, effects);
      if (named !== undefined) statements.push(stated(epoch, stream, known[stream], after));
    }
  }
  return { effects, statements };
}

/** The archive's epochs with what the hello adds to them; tells what is to be stored of it. */
function learned(hello: Hello, archive: readonly KnownEpoch[], effects: ReceiverEffect[]): KnownEpoch[] {
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
  return [...epochs.values()];
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
