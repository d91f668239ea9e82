import type { Id } from "../../shared/domain/id.ts";
import { THIN_BOUND } from "../../shared/domain/thinning.ts";
import type { Stream } from "../../shared/wire/names.ts";
import type { RequestReport } from "../../shared/wire/sender-io.ts";
import { keptOf } from "../../shared/wire/thin.ts";
import { checksumOf, type Frame, readingsOf, tags, withAnchor } from "./frame.ts";
import type { Rig } from "./rig.ts";
import type { World } from "./world.ts";

/** What the rig commits: frames, records, dictionaries, gaps; and what it deletes. */
export class Making {
  private dictionary: Id | null = null;
  private hasParent = true;
  private readonly world: World;
  private readonly rig: Rig;

  constructor(world: World, rig: Rig) {
    this.world = world;
    this.rig = rig;
  }

  /** A process begins: with the dictionary that the disk has, or another. */
  start(): void {
    const last = this.rig.journal.dictionaries.at(-1)?.hash ?? null;
    this.dictionary = this.world.random.chance(0.5) ? last : null;
  }

  /** One tick: a telemetry frame, and before the first of an epoch its record. */
  tick(): void {
    if (this.rig.sender === null) return;
    const events: (() => Frame)[] = [];
    if (this.dictionary === null || this.world.wantsDictionary()) {
      const hash = this.world.random.id();
      this.dictionary = hash;
      if (this.world.random.chance(0.5)) events.push(() => this.made("events", { foundation: true }));
      events.push(() => this.made("events", { foundation: true, defines: hash }));
    }
    this.commit([...events, () => this.made("telemetry", { dictionary: this.dictionary })]);
  }

  /** How far a request of the office is: an event like any other. */
  report(report: RequestReport): void {
    const { sender } = this.rig;
    this.world.clock.after(5, () => {
      if (this.rig.sender === sender) this.commit([() => this.made("events", { report })]);
    });
  }

  raiseAlarm(): void {
    if (this.rig.sender === null || this.rig.epoch.last.events === 0) return;
    this.rig.alarm++;
    this.commit([() => this.made("events", { alarm: this.rig.alarm })]);
  }

  /** Somebody tells what time it truly is: all of this boot is dated by it, and stays under its names. */
  date(): void {
    const { journal, boot, sender, epoch } = this.rig;
    if (sender === null || epoch.last.events === 0) return;
    const now = this.world.newContent();
    const dates = { boot, anchor: { at: now, mono: now, uncertainty: 0, by: "office" as const } };
    if (!this.commit([() => this.made("events", { dates })])) return;
    journal.anchors = withAnchor(journal.anchors, dates);
    if (this.world.random.chance(0.5)) this.rig.skew = null;
    if (this.world.options.control === "dated moves") journal.fileByTime(epoch.epoch);
  }

  /** Undelivered telemetry makes room: it is deleted, and a gap says so, in one transaction. */
  evict(): void {
    const victims = this.rig.journal.oldestOwed(this.world.random.between(1, 5));
    const [first, last] = [victims[0], victims.at(-1)];
    if (this.rig.sender === null || first === undefined || last === undefined || this.rig.epoch.last.events === 0)
      return;
    const { epoch, stream } = first;
    const range = { first: first.seq, last: last.seq };
    if (!this.commit([() => this.made("events", { gap: { epoch, stream, range } })])) return;
    this.delete(victims);
    for (const frame of victims) this.world.evicted.add(frame);
    const sums = Uint32Array.from(victims.flatMap((each) => [checksumOf(each).a, checksumOf(each).b]));
    this.rig.give({ type: "gone", now: this.rig.now, epoch, stream, range, sums });
  }

  /** Undelivered telemetry makes room: readings are left out of the oldest that is whole. */
  thin(): void {
    const { journal, sender, now } = this.rig;
    const frames = journal.oldestOwed(this.world.random.between(1, 8), ({ thinned }) => thinned === undefined);
    const [first, last] = [frames[0], frames.at(-1)];
    if (sender === null || first === undefined || last === undefined || this.world.crashes(this.rig)) return;
    const kept = keptOf(
      frames.map((each) => readingsOf(each)),
      tags.representations,
      tags.representations.map(() => THIN_BOUND),
    );
    const left = frames.map((frame, i): [Frame, Frame] => [
      frame,
      { ...frame, sum: checksumOf(frame), thinned: THIN_BOUND, bare: kept[i]?.[1] === 0 },
    ]);
    journal.replace(new Map(left));
    this.world.thinned += frames.length;
    if (this.world.crashes(this.rig)) return;
    this.rig.give({ type: "thinned", now, epoch: first.epoch, range: { first: first.seq, last: last.seq } });
  }

  /** History makes room. */
  prune(): void {
    const history = this.rig.journal.history(this.rig.epoch.epoch);
    const frame = this.world.random.pick(history);
    if (this.rig.sender === null || frame === undefined) return;
    const { epoch, stream, seq } = frame;
    this.delete([frame]);
    this.rig.give({ type: "gone", now: this.rig.now, epoch, stream, range: { first: seq, last: seq }, sums: null });
  }

  private delete(frames: readonly Frame[]): void {
    for (const frame of frames) this.rig.journal.delete(frame);
  }

  private made(stream: Stream, more: Partial<Frame>): Frame {
    const seq = ++this.rig.epoch.last[stream];
    const odd = !more.foundation && this.world.random.chance(0.02);
    const content = this.world.newContent();
    const { epoch } = this.rig.epoch;
    const time = this.rig.skew === null || stream === "events" ? {} : { undated: content + this.rig.skew };
    return { epoch, stream, seq, content, ...time, dictionary: null, foundation: false, odd, ...more };
  }

  /** One transaction; false where the process died before it. */
  private commit(makes: readonly (() => Frame)[]): boolean {
    if (this.world.crashes(this.rig)) return false;
    const record = () => this.made("events", { foundation: true, alarm: this.rig.alarm, boot: this.rig.boot });
    const isFirst = this.rig.epoch.last.events === 0;
    const frames = [...(isFirst ? [record] : []), ...makes].map((make) => make());
    this.world.beforeCommit(this.rig.journal);
    for (const frame of frames) {
      this.rig.journal.append(frame, { ...this.rig.epoch, told: null, boot: this.rig.boot });
      this.world.committed(frame);
      if (frame.defines !== undefined) this.define(frame, frame.defines);
    }
    if (this.world.crashes(this.rig)) return true;
    for (const frame of frames) {
      const { stream, seq, dictionary, foundation } = frame;
      this.rig.give({ type: "appended", now: this.rig.now, stream, seq, dictionary, foundation });
      const facts = this.rig.journal.dictionaries.find((each) => each.hash === frame.defines);
      if (facts !== undefined) this.rig.give({ type: "dictionary", now: this.rig.now, dictionary: facts });
    }
    return true;
  }

  /** A dictionary needs its own event, the tag event before it, and half the time a parent. */
  private define(frame: Frame, hash: Id): void {
    const own = [{ epoch: frame.epoch, seq: frame.seq }];
    if (frame.seq > 2) own.unshift({ epoch: frame.epoch, seq: frame.seq - 1 });
    const needs = own.filter((need) => this.rig.journal.frameOf(need.epoch, "events", need.seq)?.foundation);
    const parent =
      this.hasParent && this.world.random.chance(0.5) ? (this.rig.journal.dictionaries.at(-1)?.needs ?? []) : [];
    this.rig.journal.dictionaries = this.rig.journal.dictionaries.filter((each) => each.hash !== hash);
    this.rig.journal.dictionaries.push({ hash, needs: [...parent, ...needs] });
    this.hasParent = true;
  }

  /** The cloud can't use the events that a dictionary stands on: new ones. */
  rewrite(dictionary: Id): void {
    const { sender } = this.rig;
    this.rig.rewrites++;
    this.hasParent = false;
    this.world.clock.after(5, () => {
      if (this.rig.sender === sender)
        this.commit([() => this.made("events", { foundation: true, defines: dictionary })]);
    });
  }
}
