import type { Id } from "../../shared/domain/id.ts";
import { ByStream } from "../../shared/wire/by-stream.ts";
import { addChecksums, noChecksum } from "../../shared/wire/checksum.ts";
import { type Held, type HeldRange, rankOf } from "../../shared/wire/held.ts";
import type { LastSeqs, Predecessor } from "../../shared/wire/hello.ts";
import type { SeqRange, Stream } from "../../shared/wire/names.ts";
import { merged } from "../../shared/wire/outcome.ts";
import { minus } from "../../shared/wire/ranges.ts";
import type { KnownEpoch } from "../../shared/wire/receiver-io.ts";
import { type Anchors, checksumOf, type Frame, hasAll, placeOf, withAnchor } from "./frame.ts";

/** One stream: what is held of it, and by seq its frames and what expired ones held, which only the checks know. */
export interface Shelf {
  epoch: Id;
  stream: Stream;
  held: Held;
  /** What was held when it was last checked, and the seqs that were stored or expired since. */
  checked: Held;
  changed: number[];
  frames: (Frame | undefined)[];
  expired: (number | undefined)[];
}

/** The cloud's disk. Whatever is in it was committed and synced. */
export class Archive {
  epochs = new Map<Id, { predecessor: Predecessor | undefined; known: LastSeqs }>();
  readonly shelves = new ByStream<Shelf>();
  /** In the order in which they were first held. */
  private readonly order: Shelf[] = [];
  /** How many frames are stored. */
  count = 0;
  /** As which frame each content was stored last. */
  readonly byContent: Map<number, Frame>;
  /** Streams that changed since they were checked. */
  readonly touched = new Set<Shelf>();
  dictionaries = new Set<Id>();
  /** Which boot an epoch ran in, and what is known of its true time. */
  private boots = new Map<Id, number>();
  private anchors: Anchors = new Map();
  running: Id | null = null;
  /** The one alarm by epoch: what its event of the greatest seq says. */
  alarms = new Map<Id, { seq: number; value: number }>();
  /** What the office shows of it. */
  alarm = 0;

  constructor(byContent: Iterable<[number, Frame]> = []) {
    this.byContent = new Map(byContent);
  }

  copy(): Archive {
    const copy = new Archive(this.byContent);
    // Entries are replaced, never changed.
    copy.epochs = new Map(this.epochs);
    for (const shelf of this.order) {
      const { frames, expired, changed } = shelf;
      copy.add({ ...shelf, frames: [...frames], expired: [...expired], changed: [...changed] });
      if (this.touched.has(shelf)) copy.touched.add(copy.shelf(shelf.epoch, shelf.stream));
    }
    copy.count = this.count;
    copy.dictionaries = new Set(this.dictionaries);
    copy.boots = new Map(this.boots);
    copy.anchors = this.anchors;
    copy.running = this.running;
    copy.alarms = new Map(this.alarms);
    copy.alarm = this.alarm;
    return copy;
  }

  private add(shelf: Shelf): Shelf {
    this.shelves.set(shelf.epoch, shelf.stream, shelf);
    this.order.push(shelf);
    return shelf;
  }

  private shelf(epoch: Id, stream: Stream): Shelf {
    return (
      this.shelves.get(epoch, stream) ??
      this.add({ epoch, stream, held: [], checked: [], changed: [], frames: [], expired: [] })
    );
  }

  /** Every stream of which something is held, in the order in which they were first held. */
  get streams(): readonly Shelf[] {
    return this.order;
  }

  /** What is held of a stream. */
  held(epoch: Id, stream: Stream): Held {
    return this.shelves.get(epoch, stream)?.held ?? [];
  }

  /** What is held of a stream, cut before each of `cuts`, the sums of what is cut worked out from the frames. */
  heldOf(epoch: Id, stream: Stream, cuts: readonly number[]): Held {
    const shelf = this.shelves.get(epoch, stream);
    if (shelf === undefined) return [];
    return shelf.held.flatMap((each) => {
      if (each.state === "expired") return [each];
      const inner = cuts.filter((cut) => cut > each.first && cut <= each.last).sort((x, y) => x - y);
      if (inner.length === 0) return [each];
      const edges = [each.first, ...new Set(inner), each.last + 1];
      return edges.slice(1).map((next, i): HeldRange => {
        const range = { first: edges[i] ?? each.first, last: next - 1 };
        return { ...range, state: each.state, checksum: rankOf(each.state) < 2 ? noChecksum : sumOf(shelf, range) };
      });
    });
  }

  put(epoch: Id, stream: Stream, held: Held): void {
    const shelf = this.shelf(epoch, stream);
    shelf.held = held;
    this.touched.add(shelf);
  }

  /** The oldest frames of a stream lose their values; their sum stays. */
  expire(epoch: Id, stream: Stream, most: number): void {
    const shelf = this.shelf(epoch, stream);
    const whole = shelf.held.find((each) => each.state === "stored" || each.state === "thinned");
    if (whole === undefined) return;
    const last = Math.min(whole.last, whole.first + most - 1);
    const cut = this.heldOf(epoch, stream, [last + 1]);
    this.put(
      epoch,
      stream,
      merged(cut.map((each) => (each.first === whole.first ? { ...each, state: "expired" } : each))),
    );
    for (let seq = whole.first; seq <= last; seq++) {
      if (shelf.frames[seq] !== undefined) this.count--;
      shelf.expired[seq] = shelf.frames[seq]?.content ?? 0;
      shelf.frames[seq] = undefined;
      shelf.changed.push(seq);
    }
  }

  /** A frame is there no more, and nobody noticed. */
  forget(epoch: Id, stream: Stream, seq: number): void {
    const shelf = this.shelf(epoch, stream);
    if (shelf.frames[seq] !== undefined) this.count--;
    shelf.frames[seq] = undefined;
    shelf.changed.push(seq);
  }

  frameOf(epoch: Id, stream: Stream, seq: number): Frame | undefined {
    return this.shelves.get(epoch, stream)?.frames[seq];
  }

  /** Whether this frame is, or was, stored under its name; or is thinned there, if it is. */
  has(frame: Frame): boolean {
    const shelf = this.shelves.get(frame.epoch, frame.stream);
    const found = shelf?.frames[frame.seq];
    return found === undefined ? frame.content === shelf?.expired[frame.seq] : hasAll(found, frame);
  }

  known(epoch: Id, stream: Stream): number {
    return this.epochs.get(epoch)?.known[stream] ?? 0;
  }

  knownEpoch(epoch: Id, cuts: (stream: Stream) => number[]): KnownEpoch | null {
    const row = this.epochs.get(epoch);
    const held = {
      telemetry: this.heldOf(epoch, "telemetry", cuts("telemetry")),
      events: this.heldOf(epoch, "events", cuts("events")),
    };
    if (row === undefined && held.telemetry.length + held.events.length === 0) return null;
    return { epoch, predecessor: row?.predecessor, known: row?.known ?? { telemetry: 0, events: 0 }, held };
  }

  allEpochs(): Id[] {
    return [...new Set([...this.epochs.keys(), ...this.order.map(({ epoch }) => epoch)])];
  }

  store(frame: Frame): void {
    const shelf = this.shelf(frame.epoch, frame.stream);
    if (shelf.frames[frame.seq] === undefined) this.count++;
    shelf.frames[frame.seq] = frame;
    shelf.changed.push(frame.seq);
    this.byContent.set(frame.content, frame);
    this.touched.add(shelf);
    if (frame.defines !== undefined) this.dictionaries.add(frame.defines);
    if (frame.boot !== undefined) this.boots.set(frame.epoch, frame.boot);
    if (frame.dates !== undefined) this.anchors = withAnchor(this.anchors, frame.dates);
    const before = this.alarms.get(frame.epoch);
    if (frame.alarm === undefined || (before !== undefined && before.seq > frame.seq)) return;
    this.alarms.set(frame.epoch, { seq: frame.seq, value: frame.alarm });
    this.show();
  }

  /** When a frame was made, or null where that cannot be told yet. */
  dateOf(frame: Frame): number | null {
    const boot = this.boots.get(frame.epoch);
    const isTold = frame.undated === undefined || (boot !== undefined && this.anchors.has(boot));
    return isTold ? placeOf(frame, boot, this.anchors) : null;
  }

  /** Another epoch runs: the alarm is what its newest event says, as soon as there is one. */
  run(epoch: Id): void {
    this.running = epoch;
    this.show();
  }

  private show(): void {
    this.alarm = this.alarms.get(this.running ?? "")?.value ?? this.alarm;
  }

  /** Seqs of an epoch's stream up to what is known that are held in no state. */
  lacking(epoch: Id, stream: Stream): SeqRange[] {
    const known = this.known(epoch, stream);
    return known === 0 ? [] : minus([{ first: 1, last: known }], this.held(epoch, stream));
  }
}

/** The sum over stored frames; throws where one of them is not there. */
export function sumOf({ epoch, stream, frames }: Shelf, { first, last }: SeqRange) {
  let sum = noChecksum;
  for (let seq = first; seq <= last; seq++) {
    const frame = frames[seq];
    if (frame === undefined) throw new Error(`archive: ${epoch}/${stream}/${seq} is held and not there`);
    sum = addChecksums(sum, checksumOf(frame));
  }
  return sum;
}
