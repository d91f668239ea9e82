import type { Id } from "../../shared/domain/id.ts";
import { decodeAnswer } from "../../shared/wire/answer.ts";
import { encodeHello, type Predecessor } from "../../shared/wire/hello.ts";
import type { Stream } from "../../shared/wire/names.ts";
import { decodeReceipt } from "../../shared/wire/receipt.ts";
import { openSender, type Sender } from "../../shared/wire/sender.ts";
import type { EpochFacts } from "../../shared/wire/sender-facts.ts";
import type { SenderEffect, SenderEvent, SendOrder } from "../../shared/wire/sender-io.ts";
import { checksumOf, type Frame, nameOf } from "./frame.ts";
import { Journal } from "./journal.ts";
import { Line } from "./network.ts";
import { type DownMessage, type UpMessage, unsigned, type World } from "./world.ts";

/** The rig's process and disk: drives a Sender as the gateway does. */
export class Rig {
  journal = new Journal();
  /** Null while the process is dead. */
  sender: Sender | null = null;
  epoch: EpochFacts = noEpoch;
  up: Line<UpMessage> | null = null;
  alarm = 0;
  sends = 0;
  renewals = 0;
  rewrites = 0;
  private bootedAt = 0;
  private wokenAt = Number.POSITIVE_INFINITY;
  private connection = 0;
  private dictionary: Id | null = null;
  private hasParent = true;
  /** Which incarnation the sender was last told of: what it frees, it frees by that one's word. */
  private heard: Id | null = null;
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  private get now(): number {
    return this.world.clock.now - this.bootedAt;
  }

  /** Starts the daemon; `same` keeps the running epoch, as a machine does whose memory went back with its disk. */
  start(same: Id | null = null): void {
    const { random, clock, settings } = this.world;
    this.bootedAt = clock.now - random.int(100_000);
    const before = this.journal.epochs.at(-1);
    const predecessor: Predecessor = before === undefined ? null : { epoch: before.epoch, last: { ...before.last } };
    this.epoch = (same === null ? null : this.journal.factsOf(same)) ?? newEpoch(random.id(), predecessor);
    this.sender = openSender(
      { rig: "r1", key: this.world.rigKey, software: "sim", limits: settings },
      this.journal.facts(this.epoch),
    );
    this.wokenAt = Number.POSITIVE_INFINITY;
    if (random.chance(0.5)) this.dictionary = this.journal.dictionaries.at(-1)?.hash ?? null;
    else this.dictionary = null;
  }

  crash(): void {
    if (this.sender === null) return;
    this.sender = null;
    this.hangUp();
    this.world.onRigCrash();
  }

  connect(): void {
    if (this.sender === null || this.up !== null) return;
    const { clock, random, weather, cloud } = this.world;
    const connection = ++this.connection;
    this.up = new Line(clock, random, weather, (message) => cloud.receive(message));
    this.world.down = new Line(clock, random, weather, (message) => this.receive(message, connection));
    this.give({ type: "connected", now: this.now, at: this.world.wallClock(), nonce: random.id() });
  }

  /** The connection is dead; the daemon notices. */
  hangUp(): void {
    this.up?.close();
    this.world.down?.close();
    this.up = null;
    if (this.sender !== null) this.give({ type: "disconnected", now: this.now });
  }

  /** One tick: a telemetry frame, and before the first of an epoch its record. */
  tick(): void {
    if (this.sender === null) return;
    const events: (() => Frame)[] = [];
    if (this.epoch.last.events === 0) events.push(() => this.made("events", { foundation: true, alarm: this.alarm }));
    if (this.dictionary === null || this.world.wantsDictionary()) {
      const hash = this.world.random.id();
      this.dictionary = hash;
      if (this.world.random.chance(0.5)) events.push(() => this.made("events", { foundation: true }));
      events.push(() => this.made("events", { foundation: true, defines: hash }));
    }
    this.commit([...events, () => this.made("telemetry", { dictionary: this.dictionary })]);
  }

  raiseAlarm(): void {
    if (this.sender === null || this.epoch.last.events === 0) return;
    this.alarm++;
    this.commit([() => this.made("events", { alarm: this.alarm })]);
  }

  /** Undelivered telemetry makes room: it is deleted, and a gap says so, in one transaction. */
  evict(): void {
    const victims = this.journal.oldestOwed(this.world.random.between(1, 5));
    const [first, last] = [victims[0], victims.at(-1)];
    if (this.sender === null || first === undefined || last === undefined || this.epoch.last.events === 0) return;
    const { epoch, stream } = first;
    const range = { first: first.seq, last: last.seq };
    if (!this.commit([() => this.made("events", { gap: { epoch, stream, range } })])) return;
    this.delete(victims);
    for (const frame of victims) this.world.evicted.add(nameOf(frame));
    const sums = Uint32Array.from(victims.flatMap((each) => [checksumOf(each).a, checksumOf(each).b]));
    this.give({ type: "gone", now: this.now, epoch, stream, range, sums });
  }

  /** History makes room. */
  prune(): void {
    const history = this.journal.history(this.epoch.epoch);
    const frame = this.world.random.pick(history);
    if (this.sender === null || frame === undefined) return;
    const { epoch, stream, seq } = frame;
    this.delete([frame]);
    this.give({ type: "gone", now: this.now, epoch, stream, range: { first: seq, last: seq }, sums: null });
  }

  private delete(frames: readonly Frame[]): void {
    for (const frame of frames) {
      this.journal.frames.delete(nameOf(frame));
      this.journal.owed.delete(nameOf(frame));
    }
  }

  private made(stream: Stream, more: Partial<Frame>): Frame {
    const seq = ++this.epoch.last[stream];
    const odd = !more.foundation && this.world.random.chance(0.02);
    const content = this.world.newContent();
    return { epoch: this.epoch.epoch, stream, seq, content, dictionary: null, foundation: false, odd, ...more };
  }

  /** One transaction; false where the process died before it. */
  private commit(makes: readonly (() => Frame)[]): boolean {
    if (this.world.crashes("rig")) return false;
    const frames = makes.map((make) => make());
    this.world.beforeCommit(this.journal);
    for (const frame of frames) {
      this.journal.append(frame, { ...this.epoch, told: null });
      this.world.committed(frame);
      if (frame.defines !== undefined) this.define(frame, frame.defines);
    }
    if (this.world.crashes("rig")) return true;
    for (const frame of frames) {
      const { stream, seq, dictionary, foundation } = frame;
      this.give({ type: "appended", now: this.now, stream, seq, dictionary, foundation });
      const facts = this.journal.dictionaries.find((each) => each.hash === frame.defines);
      if (facts !== undefined) this.give({ type: "dictionary", now: this.now, dictionary: facts });
    }
    return true;
  }

  /** A dictionary needs its own event, the tag event before it, and half the time a parent. */
  private define(frame: Frame, hash: Id): void {
    const own = [{ epoch: frame.epoch, seq: frame.seq }];
    if (frame.seq > 2) own.unshift({ epoch: frame.epoch, seq: frame.seq - 1 });
    const needs = own.filter((need) => this.journal.frames.get(nameOf({ ...need, stream: "events" }))?.foundation);
    const parent =
      this.hasParent && this.world.random.chance(0.5) ? (this.journal.dictionaries.at(-1)?.needs ?? []) : [];
    this.journal.dictionaries = this.journal.dictionaries.filter((each) => each.hash !== hash);
    this.journal.dictionaries.push({ hash, needs: [...parent, ...needs] });
    this.hasParent = true;
  }

  private receive(message: DownMessage, connection: number): void {
    // A broker may deliver over the next connection what it kept of the last.
    if (this.sender === null || (connection !== this.connection && this.up === null)) return;
    const now = this.now;
    if (message.kind === "answer") {
      const page = decodeAnswer(message.bytes);
      this.heard = page.incarnation;
      this.give({ type: "answer", now, page });
    } else {
      const receipt = decodeReceipt(message.bytes);
      this.heard = receipt.incarnation;
      this.give({ type: "receipt", now, receipt });
    }
    if (this.world.options.control === "lost frees") this.believeLost(message);
  }

  private believeLost(message: DownMessage): void {
    const { statements } = message.kind === "answer" ? decodeAnswer(message.bytes) : decodeReceipt(message.bytes);
    for (const { epoch, stream, ranges } of statements) {
      const lost = ranges.filter((each) => each.state === "lost");
      const owed = this.journal.framesOf(epoch, stream, lost).filter((each) => this.journal.owed.has(nameOf(each)));
      if (owed.length === 0 || this.sender === null) continue;
      for (const frame of owed) this.journal.owed.delete(nameOf(frame));
      this.world.freed(owed, this.heard);
      this.give({ type: "freed", now: this.now, epoch, stream, ranges: lost });
    }
  }

  /** Gives an event and does what comes of it; the process may die between any two steps. */
  give(event: SenderEvent): void {
    const { sender } = this;
    if (sender === null) return;
    const effects = sender.step(event);
    const stores = effects.filter((each) => each.type === "free" || each.type === "unfree" || each.type === "note");
    if (stores.length > 0 && this.world.crashes("rig")) return;
    const told = this.store(effects);
    if (stores.length > 0 && this.world.crashes("rig")) return;
    for (const effect of effects) {
      this.perform(effect);
      if (this.sender !== sender) return;
    }
    for (const each of told) {
      this.give(each);
      if (this.sender !== sender) return;
    }
    this.wakeLater();
  }

  private store(effects: readonly SenderEffect[]): SenderEvent[] {
    const told: SenderEvent[] = [];
    const { journal, now } = this;
    for (const effect of effects) {
      if (effect.type === "free") {
        const { epoch, stream, ranges, checksum } = effect;
        const owed = journal.framesOf(epoch, stream, ranges).filter((each) => journal.owed.has(nameOf(each)));
        const freed = journal.free(epoch, stream, ranges, checksum, this.world.options.control !== "no checksum");
        if (freed !== null) this.world.freed(owed, this.heard);
        told.push({ type: freed === null ? "differs" : "freed", now, epoch, stream, ranges });
      } else if (effect.type === "unfree") {
        const runs = journal.unfree(effect.epoch, effect.stream, effect.ranges);
        told.push({ type: "unfreed", now, runs, dictionaries: journal.dictionaries });
      } else if (effect.type === "note") {
        journal.note = effect.note;
        for (const row of journal.epochs) if (effect.told.includes(row.epoch)) row.told = effect.note.incarnation;
      }
    }
    return told;
  }

  private perform(effect: SenderEffect): void {
    if (effect.type === "hello") {
      for (const page of effect.pages) {
        this.up?.send("hello", { kind: "hello", bytes: encodeHello(page, unsigned), signedBy: page.key });
        if (this.world.crashes("rig")) return;
      }
    } else if (effect.type === "send") {
      const { sender } = this;
      this.world.clock.after(this.world.random.int(20), () => {
        if (this.sender === sender) this.encode(effect.order);
      });
    } else if (effect.type === "renew") this.renew();
    else if (effect.type === "rewrite") this.rewrite(effect.dictionary);
    else if (effect.type === "conflict") this.world.conflicts++;
  }

  private rewrite(dictionary: Id): void {
    const { sender } = this;
    this.rewrites++;
    this.hasParent = false;
    this.world.clock.after(5, () => {
      if (this.sender === sender) this.commit([() => this.made("events", { foundation: true, defines: dictionary })]);
    });
  }

  private renew(): void {
    const { sender } = this;
    this.world.clock.after(5, () => {
      if (this.sender !== sender || sender === null) return;
      this.renewals++;
      // The events that it stands on may be the ones in conflict: they are written again.
      this.dictionary = null;
      this.hasParent = false;
      this.epoch = newEpoch(this.world.random.id(), { epoch: this.epoch.epoch, last: { ...this.epoch.last } });
      this.give({ type: "renewed", now: this.now, epoch: structuredClone(this.epoch) });
    });
  }

  private encode(order: SendOrder): void {
    const { answer, lane, send, epoch, stream, first, running, dictionary } = order;
    const wanted = epoch === "" ? [] : this.journal.framesOf(epoch, stream, [order]);
    const gap = wanted.findIndex((each, i) => each.seq !== first + i || each.dictionary !== dictionary);
    const frames = wanted.slice(0, gap === -1 ? 8 : Math.min(gap, 8));
    const isSent = epoch === "" || frames.length > 0;
    const bytes = 60 + 40 * frames.length;
    if (isSent) {
      this.sends++;
      const flags = { thinned: null, preview: false } as const;
      const frame = { epoch, stream, dictionary, firstSeq: epoch === "" ? 0 : first, count: frames.length };
      const header = { format: 1, rig: "r1", key: this.world.rigKey, answer, running, lane, send, ...frame, ...flags };
      this.up?.send(lane, { kind: "batch", header, frames, signedBy: this.world.rigKey });
      this.world.clock.after(this.world.weather.delayMs, () => this.acknowledged(answer, order, frames));
    }
    if (this.world.crashes("rig")) return;
    this.give({ type: "sent", now: this.now, answer, lane, send, count: frames.length, bytes });
  }

  private acknowledged(answer: Id, { lane, send, epoch, stream }: SendOrder, frames: readonly Frame[]): void {
    if (this.sender === null || this.world.random.chance(0.05)) return;
    this.give({ type: "acknowledged", now: this.now, answer, lane, send });
    const [head, tail] = [frames[0], frames.at(-1)];
    if (this.world.options.control !== "free at PUBACK" || epoch === "" || head === undefined || tail === undefined)
      return;
    for (const frame of frames) this.journal.owed.delete(nameOf(frame));
    this.world.freed(frames, this.heard);
    this.give({ type: "freed", now: this.now, epoch, stream, ranges: [{ first: head.seq, last: tail.seq }] });
  }

  private wakeLater(): void {
    const { sender } = this;
    const at = sender?.nextWake() ?? Number.POSITIVE_INFINITY;
    if (sender === null || at === Number.POSITIVE_INFINITY || (this.wokenAt <= at && this.wokenAt > this.now)) return;
    this.wokenAt = at;
    this.world.clock.after(at - this.now, () => {
      if (this.sender !== sender || this.wokenAt !== at) return;
      this.wokenAt = Number.POSITIVE_INFINITY;
      this.give({
        type: "tick",
        now: Math.max(this.now, at),
        at: this.world.wallClock(),
        nonce: this.world.random.id(),
      });
    });
  }
}

function newEpoch(epoch: Id, predecessor: Predecessor): EpochFacts {
  const last = { telemetry: 0, events: 0 };
  return { epoch, predecessor, last, kept: { telemetry: [], events: [] }, told: null };
}

const noEpoch = newEpoch("0000000000000000", null);
