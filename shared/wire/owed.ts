import type { Id } from "../domain/id.ts";
import { ByStream } from "./by-stream.ts";
import { type SeqRange, type Stream, streams } from "./names.ts";
import { holds, minus, rangesOf, withoutRange, withRange } from "./ranges.ts";
import type { DictionaryFacts, EpochFacts, OwedRun, SenderFacts } from "./sender-facts.ts";

/** The sender's true copy of what the journal holds: it changes only with what the journal says that it committed. */
export class Owed {
  private current: Id;
  private readonly byId = new Map<Id, EpochFacts>();
  private readonly runs = new ByStream<OwedRun[]>();
  /** Epochs that owe something of a stream, oldest first; made anew when one begins or ceases to. */
  private readonly owing: Record<Stream, Id[] | null> = { telemetry: null, events: null };
  private readonly dictionaries = new Map<Id, DictionaryFacts>();

  constructor(facts: SenderFacts) {
    for (const { epoch, predecessor, last, kept, thinned, told, moved } of facts.epochs) {
      const sets = { telemetry: rangesOf(kept.telemetry), events: rangesOf(kept.events) };
      this.byId.set(epoch, {
        epoch,
        predecessor,
        last: { ...last },
        kept: sets,
        thinned: rangesOf(thinned),
        told,
        moved,
      });
    }
    this.current = this.epochOf(facts.running).epoch;
    for (const dictionary of facts.dictionaries) this.addDictionary(dictionary);
    for (const run of facts.owed) this.add(run);
  }

  get running(): Id {
    return this.current;
  }

  /** Oldest first. */
  get epochs(): EpochFacts[] {
    return [...this.byId.values()];
  }

  /** Another epoch runs from now on. */
  begin(epoch: EpochFacts): void {
    this.byId.set(epoch.epoch, epoch);
    this.current = epoch.epoch;
  }

  /** An epoch that frames were moved to. */
  adopt(epoch: EpochFacts): void {
    this.byId.set(epoch.epoch, epoch);
    this.owing.telemetry = null;
    this.owing.events = null;
  }

  /** Throws for an epoch that the journal never told of. */
  epochOf(epoch: Id): EpochFacts {
    const found = this.byId.get(epoch);
    if (found === undefined) throw new Error(`epoch ${epoch} is not in the journal's facts`);
    return found;
  }

  knows(epoch: Id): boolean {
    return this.byId.has(epoch);
  }

  addDictionary(dictionary: DictionaryFacts): void {
    this.dictionaries.set(dictionary.hash, dictionary);
  }

  /** Frames that are owed from now on, in seq order with those of their stream. */
  add(run: OwedRun): void {
    if (run.dictionary !== null && !this.dictionaries.has(run.dictionary))
      throw new Error(`frames ${run.first}..${run.last} refer to dictionary ${run.dictionary}, which was not told of`);
    this.remove(run.epoch, run.stream, run);
    const runs = [...this.runsOf(run.epoch, run.stream)];
    const at = runs.findIndex((each) => each.first > run.last);
    runs.splice(at === -1 ? runs.length : at, 0, { ...run });
    this.set(run.epoch, run.stream, joined(runs));
  }

  remove(epoch: Id, stream: Stream, range: SeqRange): void {
    const runs = this.runsOf(epoch, stream);
    if (!runs.some((run) => run.first <= range.last && range.first <= run.last)) return;
    const left = runs.flatMap((run) => withoutRange([run], range).map((part) => ({ ...run, ...part })));
    this.set(epoch, stream, left);
  }

  private set(epoch: Id, stream: Stream, runs: OwedRun[]): void {
    if (this.runs.has(epoch, stream) !== runs.length > 0) this.owing[stream] = null;
    if (runs.length > 0) this.runs.set(epoch, stream, runs);
    else this.runs.delete(epoch, stream);
  }

  runsOf(epoch: Id, stream: Stream): readonly OwedRun[] {
    return this.runs.get(epoch, stream) ?? [];
  }

  rangesOf(epoch: Id, stream: Stream): SeqRange[] {
    return rangesOf(this.runsOf(epoch, stream));
  }

  /** The epochs that owe frames of this stream, oldest first. */
  epochsOwing(stream: Stream): readonly Id[] {
    this.owing[stream] ??= [...this.byId.keys()].filter((epoch) => this.runs.has(epoch, stream));
    return this.owing[stream];
  }

  /** Nothing of this epoch is owed. */
  isClear(epoch: Id): boolean {
    return streams.every((stream) => !this.runs.has(epoch, stream));
  }

  /** The running epoch's next frame. Throws where its seq does not follow. */
  append(run: OwedRun): void {
    const epoch = this.epochOf(run.epoch);
    if (run.first !== epoch.last[run.stream] + 1)
      throw new Error(`${run.stream} seq ${run.first} does not follow ${epoch.last[run.stream]}`);
    epoch.last[run.stream] = run.last;
    epoch.kept[run.stream] = withRange(epoch.kept[run.stream], run);
    this.add(run);
  }

  /** The disk can no longer give these. */
  gone(epoch: Id, stream: Stream, range: SeqRange): void {
    this.remove(epoch, stream, range);
    const facts = this.epochOf(epoch);
    facts.kept[stream] = withoutRange(facts.kept[stream], range);
    if (stream === "telemetry") facts.thinned = withoutRange(facts.thinned, range);
  }

  /** Readings of these were left out. */
  thin(epoch: Id, range: SeqRange): void {
    const facts = this.epochOf(epoch);
    facts.thinned = withRange(facts.thinned, range);
  }

  /** Ranges of a stream as far as the disk has them whole. */
  wholeOf(epoch: Id, stream: Stream): SeqRange[] {
    const { kept, thinned } = this.epochOf(epoch);
    return stream === "events" ? [...kept.events] : minus(kept.telemetry, thinned);
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
    const isSame = before?.dictionary === run.dictionary && before.foundation === run.foundation;
    if (before !== undefined && isSame && before.last + 1 === run.first)
      out[out.length - 1] = { ...before, last: run.last };
    else out.push(run);
  }
  return out;
}
