import type { Id } from "../../shared/domain/id.ts";
import { addChecksums, noChecksum } from "../../shared/wire/checksum.ts";
import { judge } from "../../shared/wire/held.ts";
import type { LastSeqs, Predecessor } from "../../shared/wire/hello.ts";
import type { Checksum, SeqRange, Stream } from "../../shared/wire/names.ts";
import { holds, rangesOf } from "../../shared/wire/ranges.ts";
import type { DictionaryFacts, EpochFacts, Note, OwedRun, SenderFacts } from "../../shared/wire/sender-facts.ts";
import { checksumOf, type Frame, nameOf } from "./frame.ts";

interface EpochRow {
  epoch: Id;
  predecessor: Predecessor;
  last: LastSeqs;
  told: Id | null;
}

/** The rig's disk. Whatever is in it was committed and synced: what was not is not there. */
export class Journal {
  epochs: EpochRow[] = [];
  frames = new Map<string, Frame>();
  owed = new Set<string>();
  dictionaries: DictionaryFacts[] = [];
  note: Note | null = null;

  copy(): Journal {
    const copy = new Journal();
    copy.epochs = structuredClone(this.epochs);
    copy.frames = new Map(this.frames);
    copy.owed = new Set(this.owed);
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

  /** Frees if the sum agrees; the frames that it freed, or null where it differs. */
  free(epoch: Id, stream: Stream, ranges: readonly SeqRange[], checksum: Checksum, compare: boolean): Frame[] | null {
    const frames = this.framesOf(epoch, stream, ranges);
    const own = frames.reduce((sum, each) => addChecksums(sum, checksumOf(each)), noChecksum);
    if (compare && judge({ state: "stored", checksum }, own) !== "held") return null;
    for (const frame of frames) this.owed.delete(nameOf(frame));
    return frames;
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

function runOf({ epoch, stream, seq, dictionary, foundation }: Frame): OwedRun {
  return { epoch, stream, first: seq, last: seq, dictionary, foundation };
}
