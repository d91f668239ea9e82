import type { Id } from "../domain/id.ts";
import { type StreamKey, streamKey } from "./held.ts";
import { type SeqRange, type Stream, streams } from "./names.ts";
import { holds, rangesOf, withoutRange, withRange } from "./ranges.ts";
import type { DictionaryFacts, EpochFacts, OwedRun, SenderFacts } from "./sender-facts.ts";

/** The sender's true copy of what the journal holds: it changes only with what the journal says that it committed. */
export class Owed {
  running: Id;
  /** Oldest first. */
  readonly epochs: EpochFacts[];
  private readonly runs = new Map<StreamKey, OwedRun[]>();
  private readonly dictionaries = new Map<Id, DictionaryFacts>();

  constructor(facts: SenderFacts) {
    this.running = facts.running;
    this.epochs = facts.epochs.map((each) => ({
      ...each,
      last: { ...each.last },
      kept: { telemetry: rangesOf(each.kept.telemetry), events: rangesOf(each.kept.events) },
    }));
    this.epochOf(facts.running);
    for (const dictionary of facts.dictionaries) this.addDictionary(dictionary);
    for (const run of facts.owed) this.add(run);
  }

  /** Throws for an epoch that the journal never told of. */
  epochOf(epoch: Id): EpochFacts {
    const found = this.epochs.find((each) => each.epoch === epoch);
    if (found === undefined) throw new Error(`epoch ${epoch} is not in the journal's facts`);
    return found;
  }

  knows(epoch: Id): boolean {
    return this.epochs.some((each) => each.epoch === epoch);
  }

  addDictionary(dictionary: DictionaryFacts): void {
    this.dictionaries.set(dictionary.hash, dictionary);
  }

  /** Frames that are owed from now on; in seq order with those of their stream. */
  add(run: OwedRun): void {
    if (run.dictionary !== null && !this.dictionaries.has(run.dictionary))
      throw new Error(`frames ${run.first}..${run.last} refer to dictionary ${run.dictionary}, which was not told of`);
    const key = streamKey(run.epoch, run.stream);
    this.remove(run.epoch, run.stream, run);
    const runs = this.runs.get(key) ?? [];
    const at = runs.findIndex((each) => each.first > run.last);
    runs.splice(at === -1 ? runs.length : at, 0, { ...run });
    this.runs.set(key, joined(runs));
  }

  remove(epoch: Id, stream: Stream, range: SeqRange): void {
    const key = streamKey(epoch, stream);
    const runs = this.runs.get(key);
    if (runs === undefined) return;
    this.runs.set(
      key,
      runs.flatMap((run) => withoutRange([run], range).map((left) => ({ ...run, ...left }))),
    );
  }

  runsOf(epoch: Id, stream: Stream): readonly OwedRun[] {
    return this.runs.get(streamKey(epoch, stream)) ?? [];
  }

  rangesOf(epoch: Id, stream: Stream): SeqRange[] {
    return rangesOf(this.runsOf(epoch, stream));
  }

  /** Nothing of this epoch is owed. */
  isClear(epoch: Id): boolean {
    return streams.every((stream) => this.runsOf(epoch, stream).length === 0);
  }

  append(run: OwedRun): void {
    const epoch = this.epochOf(run.epoch);
    if (run.first !== epoch.last[run.stream] + 1)
      throw new Error(`${run.stream} seq ${run.first} does not follow ${epoch.last[run.stream]}`);
    epoch.last[run.stream] = run.last;
    epoch.kept[run.stream] = withRange(epoch.kept[run.stream], run);
    this.add(run);
  }

  gone(epoch: Id, stream: Stream, range: SeqRange): void {
    this.remove(epoch, stream, range);
    const facts = this.epochOf(epoch);
    facts.kept[stream] = withoutRange(facts.kept[stream], range);
  }

  /** Every events frame that the dictionary stands on was proved to be stored. */
  isReady(dictionary: Id): boolean {
    const facts = this.dictionaries.get(dictionary);
    return facts?.needs.every((need) => !holds(this.runsOf(need.epoch, "events"), need.seq)) ?? false;
  }
}

function joined(runs: OwedRun[]): OwedRun[] {
  const out: OwedRun[] = [];
  for (const run of runs) {
    const before = out.at(-1);
    if (
      before !== undefined &&
      before.last + 1 === run.first &&
      before.dictionary === run.dictionary &&
      before.foundation === run.foundation
    )
      before.last = run.last;
    else out.push(run);
  }
  return out;
}
