import type { Id } from "../../shared/domain/id.ts";
import type { EpochSum } from "../../shared/wire/chain.ts";
import { addChecksums, noChecksum } from "../../shared/wire/checksum.ts";
import { derivedEpoch } from "../../shared/wire/derived.ts";
import { judge } from "../../shared/wire/held.ts";
import type { LastSeqs, Predecessor } from "../../shared/wire/hello.ts";
import type { Checksum, SeqRange, Stream } from "../../shared/wire/names.ts";
import { countOf, holds, rangesOf } from "../../shared/wire/ranges.ts";
import type { DictionaryFacts, EpochFacts, Note, OwedRun, SenderFacts } from "../../shared/wire/sender-facts.ts";
import type { Part } from "../../shared/wire/sender-io.ts";
import { checksumOf, type Frame, nameOf } from "./frame.ts";

interface EpochRow {
  epoch: Id;
  predecessor: Predecessor;
  last: LastSeqs;
  told: EpochSum | null;
  moved: boolean;
}

/** The rig's disk. Whatever is in it was committed and synced: what was not is not there. */
export class Journal {
  epochs: EpochRow[] = [];
  frames = new Map<string, Frame>();
  owed = new Set<string>();
  /** What frames had that the disk can no longer give; of neighbours only the sum is known, as if they were one range. */
  gone = new Map<string, Checksum>();
  dictionaries: DictionaryFacts[] = [];
  note: Note | null = null;

  copy(): Journal {
    const copy = new Journal();
    copy.epochs = structuredClone(this.epochs);
    copy.frames = new Map(this.frames);
    copy.owed = new Set(this.owed);
    copy.gone = new Map(this.gone);
    copy.dictionaries = [...this.dictionaries];
    copy.note = this.note === null ? null : { ...this.note };
    return copy;
  }

  append(frame: Frame, epoch: EpochRow): void {
    let row = this.epochs.find((each) => each.epoch === frame.epoch);
    if (row === undefined) {
      row = { ...epoch, last: { telemetry: 0, events: 0 }, told: null };
      this.epochs.push(row);
    }
    if (frame.seq !== row.last[frame.stream] + 1) throw new Error("journal: seq does not follow");
    row.last[frame.stream] = frame.seq;
    this.frames.set(nameOf(frame), frame);
    this.owed.add(nameOf(frame));
  }

  factsOf(epoch: Id): EpochFacts | null {
    const row = this.epochs.find((each) => each.epoch === epoch);
    if (row === undefined) return null;
    return {
      ...structuredClone(row),
      kept: { telemetry: this.kept(epoch, "telemetry"), events: this.kept(epoch, "events") },
    };
  }

  facts(running: EpochFacts): SenderFacts {
    const epochs = this.epochs.map((each) => this.factsOf(each.epoch)).filter((each) => each !== null);
    if (!epochs.some((each) => each.epoch === running.epoch)) epochs.push(running);
    const owed = [...this.frames.values()].filter((each) => this.owed.has(nameOf(each))).map(runOf);
    return { running: running.epoch, epochs, owed, dictionaries: this.dictionaries, note: this.note };
  }

  private kept(epoch: Id, stream: Stream): SeqRange[] {
    const seqs = [...this.frames.values()].filter((each) => each.epoch === epoch && each.stream === stream);
    return rangesOf(seqs.map(({ seq }) => ({ first: seq, last: seq })));
  }

  framesOf(epoch: Id, stream: Stream, ranges: readonly SeqRange[]): Frame[] {
    const found: Frame[] = [];
    for (const range of ranges)
      for (let seq = range.first; seq <= range.last; seq++) {
        const frame = this.frames.get(nameOf({ epoch, stream, seq }));
        if (frame !== undefined) found.push(frame);
      }
    return found;
  }

  /** The sum over all frames of ranges, with what those had that are gone; null where one was never here, or is gone together with others outside. */
  private sum(epoch: Id, stream: Stream, ranges: readonly SeqRange[]): Checksum | null {
    if (countOf(this.known(epoch, stream, ranges)) !== countOf(ranges)) return null;
    const own = this.framesOf(epoch, stream, ranges).map(checksumOf);
    const gone = namesIn(epoch, stream, ranges).flatMap(({ name }) => this.gone.get(name) ?? []);
    return [...own, ...gone].reduce(addChecksums, noChecksum);
  }

  private isGone(epoch: Id, stream: Stream, seq: number): boolean {
    return this.gone.has(nameOf({ epoch, stream, seq }));
  }

  /** What of ranges can be summed. */
  private known(epoch: Id, stream: Stream, ranges: readonly SeqRange[]): SeqRange[] {
    return ranges.flatMap((range) => {
      let { first, last } = range;
      // Gone together with others outside.
      if (this.isGone(epoch, stream, first - 1)) while (first <= last && this.isGone(epoch, stream, first)) first++;
      if (this.isGone(epoch, stream, last + 1)) while (first <= last && this.isGone(epoch, stream, last)) last--;
      const names = namesIn(epoch, stream, [{ first, last }]);
      const here = names.filter(({ name }) => this.frames.has(name) || this.gone.has(name));
      return rangesOf(here.map(({ seq }) => ({ first: seq, last: seq })));
    });
  }

  /** Cut in the middle, or beside the frames that went together there. */
  private halvesOf(epoch: Id, stream: Stream, { first, last }: SeqRange): SeqRange[] {
    if (first === last) return [];
    const splits = (cut: number) => this.isGone(epoch, stream, cut) && this.isGone(epoch, stream, cut + 1);
    const middle = Math.floor((first + last) / 2);
    let cut = middle;
    while (cut < last && splits(cut)) cut++;
    if (cut === last) for (cut = middle; cut >= first && splits(cut); ) cut--;
    if (cut < first) return [];
    return [
      { first, last: cut },
      { first: cut + 1, last },
    ];
  }

  /** Frees if the sum agrees; the frames that it freed, or null where it differs. */
  free(epoch: Id, stream: Stream, ranges: readonly SeqRange[], checksum: Checksum, compare: boolean): Frame[] | null {
    const row = this.epochs.find((each) => each.epoch === epoch);
    if (row !== undefined) row.told = null;
    const own = this.sum(epoch, stream, ranges);
    if (compare && (own === null || judge({ state: "stored", checksum }, own) !== "held")) return null;
    const frames = this.framesOf(epoch, stream, ranges);
    for (const frame of frames) this.owed.delete(nameOf(frame));
    return frames;
  }

  /** Halves of what could not be compared equal, as far as there are frames in them. */
  partsOf(epoch: Id, stream: Stream, ranges: readonly SeqRange[]): Part[] {
    const known = this.known(epoch, stream, ranges);
    const [only] = ranges;
    const isWhole = ranges.length === 1 && only !== undefined && countOf(known) === countOf(ranges);
    return (isWhole ? this.halvesOf(epoch, stream, only) : known)
      .filter((half) => this.framesOf(epoch, stream, [half]).length > 0)
      .map((half) => ({ ...half, checksum: this.sum(epoch, stream, [half]) ?? noChecksum }));
  }

  /** Moves frames to the derived epoch; `commit` is told of each. Null where the disk has none of them. */
  move(epoch: Id, stream: Stream, parts: readonly Part[], commit: (frame: Frame) => void): Id | null {
    const frames = this.framesOf(epoch, stream, parts).filter((each) => !(stream === "events" && each.seq === 1));
    this.owed.delete(nameOf({ epoch, stream: "events", seq: stream === "events" && parts[0]?.first === 1 ? 1 : 0 }));
    const [first] = frames;
    if (first === undefined) return null;
    const checksum = checksumOf(first);
    const to = derivedEpoch(epoch, stream, { seq: first.seq, checksum, receivedAt: first.content });
    const add = (frame: Frame) => {
      this.append(frame, { epoch: to, predecessor: null, last: noSeqs(), told: null, moved: true });
      commit(frame);
    };
    const row = this.epochs.find((each) => each.epoch === to);
    const plain = { epoch: to, dictionary: null, foundation: true, odd: false };
    // The record follows from the first frame alone, so that it is the same when they move once more.
    if (row === undefined) add({ ...plain, stream: "events", seq: 1, content: -first.content });
    else row.told = null;
    for (const frame of frames) {
      const last = this.epochs.find((each) => each.epoch === to)?.last[stream] ?? 0;
      add({ ...frame, epoch: to, seq: last + 1 });
      const part = parts.find((each) => each.first === frame.seq && each.last === frame.seq);
      this.gone.set(nameOf(frame), part?.checksum ?? noChecksum);
      this.frames.delete(nameOf(frame));
      this.owed.delete(nameOf(frame));
      if (stream === "events") this.follow({ epoch, seq: frame.seq }, { epoch: to, seq: last + 1 });
    }
    return to;
  }

  /** What dictionaries need stands under another name. */
  private follow(old: { epoch: Id; seq: number }, next: { epoch: Id; seq: number }): void {
    this.dictionaries = this.dictionaries.map(({ hash, needs }) => ({
      hash,
      needs: needs.map((need) => (need.epoch === old.epoch && need.seq === old.seq ? next : need)),
    }));
  }

  /** What of an epoch is owed. */
  owedOf(epoch: Id): OwedRun[] {
    return [...this.frames.values()].filter((each) => each.epoch === epoch && this.owed.has(nameOf(each))).map(runOf);
  }

  unfree(epoch: Id, stream: Stream, ranges: readonly SeqRange[]): OwedRun[] {
    const frames = this.framesOf(epoch, stream, ranges);
    for (const frame of frames) this.owed.add(nameOf(frame));
    return frames.map(runOf);
  }

  /**
   * What may be deleted as history: no longer owed, no dictionary stands on it, and not the running epoch's events, which
   * hold the alarms that a restored cloud asks for again.
   */
  history(running: Id): Frame[] {
    const isDeletable = (each: Frame) => !each.foundation && !(each.stream === "events" && each.epoch === running);
    return [...this.frames.values()].filter((each) => isDeletable(each) && !this.owed.has(nameOf(each)));
  }

  /** The oldest consecutive telemetry frames that are still owed. */
  oldestOwed(most: number): Frame[] {
    for (const { epoch } of this.epochs) {
      const owed = [...this.frames.values()].filter(
        (each) => each.epoch === epoch && each.stream === "telemetry" && this.owed.has(nameOf(each)),
      );
      const [range] = rangesOf(owed.map(({ seq }) => ({ first: seq, last: seq })));
      if (range !== undefined) return owed.filter((each) => holds([range], each.seq)).slice(0, most);
    }
    return [];
  }

  isClear(): boolean {
    return this.owed.size === 0;
  }
}

function namesIn(epoch: Id, stream: Stream, ranges: readonly SeqRange[]): { seq: number; name: string }[] {
  return ranges.flatMap(({ first, last }) =>
    Array.from({ length: last - first + 1 }, (_, i) => ({
      seq: first + i,
      name: nameOf({ epoch, stream, seq: first + i }),
    })),
  );
}

function runOf({ epoch, stream, seq, dictionary, foundation }: Frame): OwedRun {
  return { epoch, stream, first: seq, last: seq, dictionary, foundation };
}

function noSeqs(): LastSeqs {
  return { telemetry: 0, events: 0 };
}
