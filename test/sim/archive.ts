import type { Id } from "../../shared/domain/id.ts";
import { addChecksums, noChecksum } from "../../shared/wire/checksum.ts";
import { type Held, type HeldRange, rankOf, type StreamKey, streamKey } from "../../shared/wire/held.ts";
import type { LastSeqs, Predecessor } from "../../shared/wire/hello.ts";
import type { SeqRange, Stream } from "../../shared/wire/names.ts";
import { merged } from "../../shared/wire/outcome.ts";
import { minus } from "../../shared/wire/ranges.ts";
import type { KnownEpoch } from "../../shared/wire/receiver-io.ts";
import { checksumOf, type Frame, nameOf } from "./frame.ts";

/** The cloud's disk. Whatever is in it was committed and synced. */
export class Archive {
  epochs = new Map<Id, { predecessor: Predecessor | undefined; known: LastSeqs }>();
  held = new Map<StreamKey, Held>();
  frames = new Map<string, Frame>();
  /** Under which name each content was stored last. */
  nameOfContent = new Map<number, string>();
  /** Streams that changed since they were checked. */
  readonly touched = new Set<StreamKey>();
  /** What expired frames held; only the checks know. */
  expired = new Map<string, number>();
  dictionaries = new Set<Id>();
  running: Id | null = null;
  /** The one alarm by epoch: what its event of the greatest seq says. */
  alarms = new Map<Id, { seq: number; value: number }>();
  /** What the office shows of it. */
  alarm = 0;

  copy(): Archive {
    const copy = new Archive();
    copy.epochs = structuredClone(this.epochs);
    copy.held = new Map(this.held);
    copy.frames = new Map(this.frames);
    copy.nameOfContent = new Map(this.nameOfContent);
    copy.expired = new Map(this.expired);
    copy.dictionaries = new Set(this.dictionaries);
    copy.running = this.running;
    copy.alarms = new Map(this.alarms);
    copy.alarm = this.alarm;
    return copy;
  }

  /** What is held of a stream, cut before each of `cuts`, the sums worked out from the frames. */
  heldOf(epoch: Id, stream: Stream, cuts: readonly number[]): Held {
    const held = this.held.get(streamKey(epoch, stream)) ?? [];
    return held.flatMap((each) => {
      if (each.state === "expired") return [each];
      const inner = cuts.filter((cut) => cut > each.first && cut <= each.last).sort((x, y) => x - y);
      const edges = [each.first, ...new Set(inner), each.last + 1];
      return edges.slice(1).map((next, i): HeldRange => {
        const range = { first: edges[i] ?? each.first, last: next - 1 };
        return {
          ...range,
          state: each.state,
          checksum: rankOf(each.state) < 2 ? noChecksum : this.sum(epoch, stream, range),
        };
      });
    });
  }

  put(key: StreamKey, held: Held): void {
    this.held.set(key, held);
    this.touched.add(key);
  }

  private sum(epoch: Id, stream: Stream, range: SeqRange) {
    let sum = noChecksum;
    for (let seq = range.first; seq <= range.last; seq++) {
      const frame = this.frames.get(nameOf({ epoch, stream, seq }));
      if (frame === undefined) throw new Error(`archive: ${epoch}/${stream}/${seq} is held and not there`);
      sum = addChecksums(sum, checksumOf(frame));
    }
    return sum;
  }

  /** The oldest frames of a stream lose their values; their sum stays. */
  expire(key: StreamKey, most: number): void {
    const [epoch = "", name] = key.split("/");
    const stream = name === "events" ? "events" : "telemetry";
    const whole = this.held.get(key)?.find((each) => each.state === "stored");
    if (whole === undefined) return;
    const last = Math.min(whole.last, whole.first + most - 1);
    const cut = this.heldOf(epoch, stream, [last + 1]);
    this.put(key, merged(cut.map((each) => (each.first === whole.first ? { ...each, state: "expired" } : each))));
    for (let seq = whole.first; seq <= last; seq++) {
      const frame = nameOf({ epoch, stream, seq });
      this.expired.set(frame, this.frames.get(frame)?.content ?? 0);
      this.frames.delete(frame);
    }
  }

  /** What is, or was, stored under a name. */
  contentOf(name: string): number | undefined {
    return this.frames.get(name)?.content ?? this.expired.get(name);
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
    const held = [...this.held.keys()].map((key) => key.slice(0, key.indexOf("/")));
    return [...new Set([...this.epochs.keys(), ...held])];
  }

  store(frame: Frame): void {
    const name = nameOf(frame);
    this.frames.set(name, frame);
    this.nameOfContent.set(frame.content, name);
    this.touched.add(streamKey(frame.epoch, frame.stream));
    if (frame.defines !== undefined) this.dictionaries.add(frame.defines);
    const before = this.alarms.get(frame.epoch);
    if (frame.alarm === undefined || (before !== undefined && before.seq > frame.seq)) return;
    this.alarms.set(frame.epoch, { seq: frame.seq, value: frame.alarm });
    this.show();
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
    return known === 0 ? [] : minus([{ first: 1, last: known }], this.held.get(streamKey(epoch, stream)) ?? []);
  }
}
