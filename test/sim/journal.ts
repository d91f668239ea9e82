import type { Id } from "../../shared/domain/id.ts";
import { ByStream } from "../../shared/wire/by-stream.ts";
import type { EpochSum } from "../../shared/wire/chain.ts";
import { addChecksums, noChecksum } from "../../shared/wire/checksum.ts";
import { derivedEpoch } from "../../shared/wire/derived.ts";
import { judge } from "../../shared/wire/held.ts";
import type { LastSeqs, Predecessor } from "../../shared/wire/hello.ts";
import type { Checksum, SeqRange, Stream } from "../../shared/wire/names.ts";
import { countOf, holds, minus, rangesOf } from "../../shared/wire/ranges.ts";
import type { DictionaryFacts, EpochFacts, Note, OwedRun, SenderFacts } from "../../shared/wire/sender-facts.ts";
import type { Part, SenderEffect } from "../../shared/wire/sender-io.ts";
import { type Anchors, checksumOf, type Frame, placeOf } from "./frame.ts";

type Free = Extract<SenderEffect, { type: "free" }>;

interface EpochRow {
  epoch: Id;
  predecessor: Predecessor;
  last: LastSeqs;
  told: EpochSum | null;
  moved: boolean;
  boot: number;
}

/** One stream by seq. */
interface Shelf {
  frames: (Frame | undefined)[];
  /** What frames had that the disk can no longer give; of neighbours only the sum is known, as if they were one range. */
  gone: (Checksum | undefined)[];
  /** What of it is there, as far as it was asked for since it changed. */
  kept: SeqRange[] | null;
}

const bare: Shelf = { frames: [], gone: [], kept: [] };

/** The rig's disk. Whatever is in it was committed and synced: what was not is not there. */
export class Journal {
  epochs: EpochRow[] = [];
  /** In the order in which they were committed. */
  readonly frames: Set<Frame>;
  readonly owed: Set<Frame>;
  dictionaries: DictionaryFacts[] = [];
  note: Note | null = null;
  /** What is known of the true times of boots. */
  anchors: Anchors = new Map();
  private readonly rows = new Map<Id, EpochRow>();
  private readonly shelves = new ByStream<Shelf>();

  constructor(frames: Iterable<Frame> = [], owed: Iterable<Frame> = []) {
    this.frames = new Set(frames);
    this.owed = new Set(owed);
  }

  copy(): Journal {
    const copy = new Journal(this.frames, this.owed);
    for (const row of this.epochs) copy.addRow({ ...row, last: { ...row.last } });
    for (const { epoch, stream, value } of this.shelves.entries())
      copy.shelves.set(epoch, stream, { frames: [...value.frames], gone: [...value.gone], kept: value.kept });
    copy.anchors = this.anchors;
    copy.dictionaries = [...this.dictionaries];
    copy.note = this.note === null ? null : { ...this.note };
    return copy;
  }

  private addRow(row: EpochRow): EpochRow {
    this.epochs.push(row);
    this.rows.set(row.epoch, row);
    return row;
  }

  rowOf(epoch: Id): EpochRow | undefined {
    return this.rows.get(epoch);
  }

  append(frame: Frame, epoch: EpochRow): void {
    const row = this.rows.get(frame.epoch) ?? this.addRow({ ...epoch, last: { telemetry: 0, events: 0 }, told: null });
    if (frame.seq !== row.last[frame.stream] + 1) throw new Error("journal: seq does not follow");
    row.last[frame.stream] = frame.seq;
    const shelf = this.shelf(frame.epoch, frame.stream);
    shelf.frames[frame.seq] = frame;
    shelf.kept = null;
    this.frames.add(frame);
    this.owed.add(frame);
  }

  private shelf(epoch: Id, stream: Stream): Shelf {
    let shelf = this.shelves.get(epoch, stream);
    if (shelf === undefined) {
      shelf = { frames: [], gone: [], kept: [] };
      this.shelves.set(epoch, stream, shelf);
    }
    return shelf;
  }

  /** The frame leaves the disk; `checksum` is what it counts as in sums. */
  delete(frame: Frame, checksum = checksumOf(frame)): void {
    const shelf = this.shelf(frame.epoch, frame.stream);
    shelf.frames[frame.seq] = undefined;
    shelf.gone[frame.seq] = checksum;
    shelf.kept = null;
    this.frames.delete(frame);
    this.owed.delete(frame);
  }

  factsOf(epoch: Id): EpochFacts | null {
    const row = this.rows.get(epoch);
    if (row === undefined) return null;
    const kept = { telemetry: this.kept(epoch, "telemetry"), events: this.kept(epoch, "events") };
    return { ...row, last: { ...row.last }, kept, thinned: this.thinned(epoch) };
  }

  facts(running: EpochFacts): SenderFacts {
    const epochs = this.epochs.map((each) => this.factsOf(each.epoch)).filter((each) => each !== null);
    if (!this.rows.has(running.epoch)) epochs.push(running);
    const owed = [...this.frames].filter((each) => this.owed.has(each)).map(runOf);
    return { running: running.epoch, epochs, owed, dictionaries: this.dictionaries, note: this.note };
  }

  private kept(epoch: Id, stream: Stream): SeqRange[] {
    const shelf = this.shelves.get(epoch, stream) ?? bare;
    shelf.kept ??= present(1, shelf.frames.length - 1, (seq) => shelf.frames[seq] !== undefined);
    return shelf.kept;
  }

  /** What is planted: what is owed of an epoch is filed in the order of its times, by whatever clock. */
  fileByTime(epoch: Id): void {
    const before = this.framesOf(epoch, "telemetry", this.kept(epoch, "telemetry")).filter((each) =>
      this.owed.has(each),
    );
    const timeOf = ({ undated, content }: Frame) => undated ?? content;
    const after = [...before].sort((x, y) => timeOf(x) - timeOf(y));
    this.replace(new Map(before.map((frame, i) => [frame, { ...(after[i] ?? frame), seq: frame.seq }])));
  }

  /** Whether what there is under a frame's name is owed. */
  isOwed({ epoch, stream, seq }: Frame): boolean {
    const frame = this.frameOf(epoch, stream, seq);
    return frame !== undefined && this.owed.has(frame);
  }

  private thinned(epoch: Id): SeqRange[] {
    const { frames } = this.shelves.get(epoch, "telemetry") ?? bare;
    return present(1, frames.length - 1, (seq) => frames[seq]?.thinned !== undefined);
  }

  /** Each frame in the place of another, under its name. */
  replace(left: ReadonlyMap<Frame, Frame>): void {
    const all = [...this.frames];
    this.frames.clear();
    for (const frame of all) this.frames.add(left.get(frame) ?? frame);
    for (const [whole, frame] of left) {
      this.shelf(frame.epoch, frame.stream).frames[frame.seq] = frame;
      if (this.owed.delete(whole)) this.owed.add(frame);
    }
  }

  frameOf(epoch: Id, stream: Stream, seq: number): Frame | undefined {
    return this.shelves.get(epoch, stream)?.frames[seq];
  }

  framesOf(epoch: Id, stream: Stream, ranges: readonly SeqRange[]): Frame[] {
    const { frames } = this.shelves.get(epoch, stream) ?? bare;
    const found: Frame[] = [];
    for (const range of ranges)
      for (let seq = range.first; seq <= range.last; seq++) {
        const frame = frames[seq];
        if (frame !== undefined) found.push(frame);
      }
    return found;
  }

  owedIn(epoch: Id, stream: Stream, ranges: readonly SeqRange[]): Frame[] {
    return this.framesOf(epoch, stream, ranges).filter((each) => this.owed.has(each));
  }

  /** The sum over all frames of ranges, with what those had that are gone; null where one was never here, or is gone together with others outside. */
  private sum(epoch: Id, stream: Stream, ranges: readonly SeqRange[]): Checksum | null {
    const { frames, gone } = this.shelves.get(epoch, stream) ?? bare;
    if (countOf(this.known(epoch, stream, ranges)) !== countOf(ranges)) return null;
    let sum = noChecksum;
    for (const { first, last } of ranges)
      for (let seq = first; seq <= last; seq++) {
        const frame = frames[seq];
        sum = addChecksums(sum, frame === undefined ? (gone[seq] ?? noChecksum) : checksumOf(frame));
      }
    return sum;
  }

  /** What of ranges can be summed. */
  private known(epoch: Id, stream: Stream, ranges: readonly SeqRange[]): SeqRange[] {
    const { frames, gone } = this.shelves.get(epoch, stream) ?? bare;
    return ranges.flatMap((range) => {
      let { first, last } = range;
      // Gone together with others outside.
      if (gone[first - 1] !== undefined) while (first <= last && gone[first] !== undefined) first++;
      if (gone[last + 1] !== undefined) while (first <= last && gone[last] !== undefined) last--;
      return present(first, last, (seq) => frames[seq] !== undefined || gone[seq] !== undefined);
    });
  }

  /** Cut in the middle, or beside the frames that went together there. */
  private halvesOf(epoch: Id, stream: Stream, { first, last }: SeqRange): SeqRange[] {
    if (first === last) return [];
    const { gone } = this.shelves.get(epoch, stream) ?? bare;
    const splits = (cut: number) => gone[cut] !== undefined && gone[cut + 1] !== undefined;
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

  /** Frees if the sum agrees, but for what stays; false where it differs. */
  free({ epoch, stream, ranges, checksum, stays = [] }: Free, compare: boolean): boolean {
    const row = this.rows.get(epoch);
    if (row !== undefined) row.told = null;
    const own = this.sum(epoch, stream, ranges);
    if (compare && (own === null || judge({ state: "stored", checksum }, own) !== "held")) return false;
    for (const frame of this.framesOf(epoch, stream, minus(ranges, stays))) this.owed.delete(frame);
    return true;
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
    const record = stream === "events" && parts[0]?.first === 1 ? this.frameOf(epoch, stream, 1) : undefined;
    if (record !== undefined) this.owed.delete(record);
    const [first] = frames;
    if (first === undefined) return null;
    const checksum = checksumOf(first);
    const to = derivedEpoch(epoch, stream, { seq: first.seq, checksum, receivedAt: first.content });
    const add = (frame: Frame) => {
      this.append(frame, { epoch: to, predecessor: null, last: noSeqs(), told: null, moved: true, boot });
      commit(frame);
    };
    const row = this.rows.get(to);
    const boot = this.rows.get(epoch)?.boot ?? 0;
    const plain = { epoch: to, dictionary: null, foundation: true, odd: false, boot };
    // The record follows from the first frame alone, so that it is the same when they move once more.
    if (row === undefined) add({ ...plain, stream: "events", seq: 1, content: -first.content });
    else row.told = null;
    for (const frame of frames) {
      const last = this.rows.get(to)?.last[stream] ?? 0;
      add({ ...frame, epoch: to, seq: last + 1 });
      const part = parts.find((each) => each.first === frame.seq && each.last === frame.seq);
      this.delete(frame, part?.checksum ?? noChecksum);
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

  /** Telemetry that was made from then to then, as the disk has it. */
  between(from: number, to: number): Frame[] {
    return [...this.frames].filter((each) => {
      if (each.stream !== "telemetry") return false;
      const place = placeOf(each, this.rowOf(each.epoch)?.boot, this.anchors);
      return from <= place && place <= to;
    });
  }

  /** What of an epoch is owed. */
  owedOf(epoch: Id): OwedRun[] {
    return [...this.frames].filter((each) => each.epoch === epoch && this.owed.has(each)).map(runOf);
  }

  unfree(epoch: Id, stream: Stream, ranges: readonly SeqRange[]): OwedRun[] {
    const frames = this.framesOf(epoch, stream, ranges);
    for (const frame of frames) this.owed.add(frame);
    return frames.map(runOf);
  }

  /**
   * What may be deleted as history: no longer owed, no dictionary stands on it, and not the running epoch's events, which
   * hold the alarms that a restored cloud asks for again.
   */
  history(running: Id): Frame[] {
    const isDeletable = (each: Frame) => !each.foundation && !(each.stream === "events" && each.epoch === running);
    return [...this.frames].filter((each) => isDeletable(each) && !this.owed.has(each));
  }

  /** The oldest consecutive telemetry frames that are still owed, of those that are meant. */
  oldestOwed(most: number, isMeant: (frame: Frame) => boolean = () => true): Frame[] {
    for (const { epoch } of this.epochs) {
      const frames = this.shelves.get(epoch, "telemetry")?.frames ?? [];
      const owed = frames.filter((each): each is Frame => each !== undefined && this.owed.has(each) && isMeant(each));
      const [range] = rangesOf(owed.map(({ seq }) => ({ first: seq, last: seq })));
      if (range !== undefined) return owed.filter((each) => holds([range], each.seq)).slice(0, most);
    }
    return [];
  }

  isClear(): boolean {
    return this.owed.size === 0;
  }
}

/** The seqs from `first` to `last` that `has` says yes to. */
function present(first: number, last: number, has: (seq: number) => boolean): SeqRange[] {
  const ranges: SeqRange[] = [];
  for (let seq = first; seq <= last; seq++) {
    if (!has(seq)) continue;
    const before = ranges.at(-1);
    if (before !== undefined && before.last + 1 === seq) before.last = seq;
    else ranges.push({ first: seq, last: seq });
  }
  return ranges;
}

function runOf({ epoch, stream, seq, dictionary, foundation }: Frame): OwedRun {
  return { epoch, stream, first: seq, last: seq, dictionary, foundation };
}

function noSeqs(): LastSeqs {
  return { telemetry: 0, events: 0 };
}
