import type { Id } from "../../shared/domain/id.ts";
import { decodeAnswer } from "../../shared/wire/answer.ts";
import type { HeldRange, Statement } from "../../shared/wire/held.ts";
import { encodeHello, type Predecessor } from "../../shared/wire/hello.ts";
import type { SeqRange } from "../../shared/wire/names.ts";
import { minus } from "../../shared/wire/ranges.ts";
import { decodeReceipt } from "../../shared/wire/receipt.ts";
import { decodeRequests } from "../../shared/wire/request.ts";
import { openSender, type Sender } from "../../shared/wire/sender.ts";
import type { EpochFacts } from "../../shared/wire/sender-facts.ts";
import type { RequestReport, SenderEffect, SenderEvent, SendOrder } from "../../shared/wire/sender-io.ts";
import { type BatchMessage, sealed } from "./batches.ts";
import { checkAsked, checkDone } from "./checks.ts";
import type { Frame } from "./frame.ts";
import { Journal } from "./journal.ts";
import { Making } from "./making.ts";
import { Line } from "./network.ts";
import { cloudKey, opened, readable, signerOf } from "./seal.ts";
import type { DownMessage, UpMessage, World } from "./world.ts";

/** The rig's process and disk: drives a Sender as the gateway does. */
export class Rig {
  journal = new Journal();
  /** Null while the process is dead. */
  sender: Sender | null = null;
  epoch: EpochFacts = noEpoch;
  up: Line<UpMessage> | null = null;
  down: Line<DownMessage> | null = null;
  /** The broker has pushed it out: it does not come back before this time. */
  private waitsUntil = 0;
  alarm = 0;
  /** Which boot of the machine this is, and by how much its clock is wrong where it is not known to be right. */
  boot = 0;
  skew: number | null = null;
  /** What the disk had of each span that was asked for when it was looked for. */
  private readonly looked = new Map<Id, readonly Frame[]>();
  sends = 0;
  /** Batches of backfill that were ordered although it was held back. */
  orderedPast = 0;
  renewals = 0;
  /** Messages that are not the cloud's. */
  aside = 0;
  rewrites = 0;
  private bootedAt = 0;
  private wokenAt = Number.POSITIVE_INFINITY;
  private connection = 0;
  /** The connection on which hello was said last. */
  private greeted = 0;
  readonly making: Making;
  /** Which incarnation the sender was last told of: what it frees, it frees by that one's word. */
  private heard: Id | null = null;
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
    this.making = new Making(world, this);
  }

  get now(): number {
    return this.world.clock.now - this.bootedAt;
  }

  /** Starts the daemon; `same` keeps the running epoch, as a machine does whose memory went back with its disk. */
  start(same: Id | null = null): void {
    const { random, clock, settings } = this.world;
    this.bootedAt = clock.now - random.int(100_000);
    const before = this.journal.epochs.findLast((each) => !each.moved);
    const predecessor: Predecessor = before === undefined ? null : { epoch: before.epoch, last: { ...before.last } };
    const boot = same === null ? undefined : this.journal.rowOf(same)?.boot;
    this.boot = boot ?? this.world.newBoot();
    this.looked.clear();
    this.epoch = (same === null ? null : this.journal.factsOf(same)) ?? newEpoch(random.id(), predecessor);
    this.sender = openSender(
      { rig: "r1", key: this.world.rigKey, software: "sim", limits: settings },
      this.journal.facts(this.epoch),
    );
    this.wokenAt = Number.POSITIVE_INFINITY;
    this.making.start();
  }

  crash(): void {
    if (this.sender === null) return;
    this.sender = null;
    this.hangUp();
    this.world.onRigCrash(this);
  }

  connect(): void {
    const { clock, random, weather, cloud } = this.world;
    if (this.sender === null || this.up !== null || clock.now < this.waitsUntil) return;
    this.world.pushOut(this);
    const connection = ++this.connection;
    this.up = new Line(clock, random, weather, (message) => {
      this.world.overhear(message);
      cloud.receive(message);
    });
    this.down = new Line(clock, random, weather, (message) => this.receive(message, connection));
    this.give({ type: "connected", now: this.now, at: this.world.wallClock(), nonce: random.id() });
  }

  /** The connection is dead; the daemon notices. */
  hangUp(): void {
    this.up?.close();
    this.down?.close();
    this.up = null;
    if (this.sender !== null) this.give({ type: "disconnected", now: this.now });
  }

  /** Another machine has connected under this rig's name. */
  pushedOut(): void {
    this.waitsUntil = this.world.clock.now + this.world.random.between(3_000, 9_000);
    this.hangUp();
  }

  private receive(message: DownMessage, connection: number): void {
    // A broker may deliver over the next connection what it kept of the last.
    if (connection !== this.connection && this.up === null) return;
    this.world.overhear(message);
    this.hear(message);
  }

  /** Takes a message from the office, whenever it comes. */
  hear(message: DownMessage): void {
    if (this.sender === null) return;
    const now = this.now;
    if (message.kind === "requests") {
      const list = this.open(message.bytes, decodeRequests);
      if (list !== null) this.give({ type: "requested", now, list });
      return;
    }
    if (message.kind === "answer") {
      const said = this.open(message.bytes, decodeAnswer);
      if (said === null) return;
      const named = this.world.options.control === "never names all" ? { ...said, nameAll: false } : said;
      const page = { ...named, statements: this.taken(said.statements) };
      this.heard = page.incarnation;
      this.give({ type: "answer", now, page });
    } else {
      const receipt = this.open(message.bytes, decodeReceipt);
      if (receipt === null) return;
      this.heard = receipt.incarnation;
      this.give({ type: "receipt", now, receipt: { ...receipt, statements: this.taken(receipt.statements) } });
    }
    if (this.world.options.control === "lost frees") this.believeLost(message);
  }

  private taken(statements: Statement[]): Statement[] {
    if (this.world.options.control !== "thinned frees") return statements;
    const stored = (range: HeldRange): HeldRange => (range.state === "thinned" ? { ...range, state: "stored" } : range);
    return statements.map((each) => ({ ...each, ranges: each.ranges.map(stored) }));
  }

  /** What the cloud said; null where it did not say it. */
  private open<T extends { key: Id }>(bytes: Uint8Array, decode: (bytes: Uint8Array) => T): T | null {
    if (this.world.options.control === "no signature") return readable(() => decode(bytes));
    const said = opened(bytes, decode);
    if (said?.key === cloudKey) return said;
    this.aside++;
    return null;
  }

  private believeLost(message: DownMessage): void {
    const { statements } = message.kind === "answer" ? decodeAnswer(message.bytes) : decodeReceipt(message.bytes);
    for (const { epoch, stream, ranges } of statements) {
      const lost = ranges.filter((each) => each.state === "lost");
      const owed = this.journal.owedIn(epoch, stream, lost);
      if (owed.length === 0 || this.sender === null) continue;
      for (const frame of owed) this.journal.owed.delete(frame);
      this.world.freed(owed, this.heard);
      this.give({ type: "freed", now: this.now, epoch, stream, ranges: lost });
    }
  }

  /** Gives an event and does what comes of it; the process may die between any two steps. */
  give(event: SenderEvent): void {
    const { sender } = this;
    if (sender === null) return;
    const effects = sender.step(event);
    const stores = effects.filter((each) => isStored(each));
    if (stores.length > 0 && this.world.crashes(this)) return;
    const told = this.store(effects);
    if (stores.length > 0 && this.world.crashes(this)) return;
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
    const disputed = new Set<Id>();
    const { journal, now } = this;
    for (const effect of effects) {
      if (effect.type === "free") {
        const { epoch, stream, ranges, stays = [] } = effect;
        const owed = journal.owedIn(epoch, stream, minus(ranges, stays));
        const agrees = journal.free(effect, this.world.options.control !== "no checksum");
        if (agrees) this.world.freed(owed, this.heard);
        if (!agrees && !effect.undivided) disputed.add(epoch);
        if (agrees) told.push({ type: "freed", now, epoch, stream, ranges, stays });
        else told.push({ ...effect, type: "differs", now, parts: journal.partsOf(epoch, stream, ranges) });
      } else if (effect.type === "move") told.push(this.move(effect));
      else if (effect.type === "unfree") {
        const runs = journal.unfree(effect.epoch, effect.stream, effect.ranges);
        told.push({ type: "unfreed", now, runs, dictionaries: journal.dictionaries });
      } else if (effect.type === "note") {
        journal.note = effect.note;
        for (const { epoch, sum } of effect.told) {
          const row = journal.rowOf(epoch);
          if (row !== undefined && !disputed.has(epoch)) row.told = sum;
        }
      }
    }
    return told;
  }

  private move({ epoch, stream, frames }: Extract<SenderEffect, { type: "move" }>): SenderEvent {
    const { journal, now } = this;
    this.world.conflicts++;
    if (this.world.options.control === "nothing moves")
      return { type: "moved", now, epoch, stream, ranges: [], to: null, runs: [], dictionaries: [] };
    const to = journal.move(epoch, stream, frames, (frame) => {
      this.world.committed(frame);
      this.world.moved(frame);
    });
    const runs = to === null ? [] : journal.owedOf(to);
    const facts = to === null ? null : journal.factsOf(to);
    return { type: "moved", now, epoch, stream, ranges: frames, to: facts, runs, dictionaries: journal.dictionaries };
  }

  private perform(effect: SenderEffect): void {
    if (effect.type === "hello") {
      if (this.world.options.control === "hello said once" && this.greeted === this.connection) return;
      this.greeted = this.connection;
      for (const page of effect.pages) {
        this.world.heard.nonce = page.nonce;
        this.up?.send("hello", { kind: "hello", bytes: encodeHello(page, signerOf(page.key)) });
        if (this.world.crashes(this)) return;
      }
    } else if (effect.type === "send") {
      const { sender } = this;
      if (effect.order.lane === "backfill" && this.world.holdsBackfill) this.orderPast(effect.order);
      this.world.clock.after(this.world.random.int(20), () => {
        if (this.sender === sender) this.encode(effect.order);
      });
    } else if (effect.type === "renew") this.renew();
    else if (effect.type === "rewrite") this.making.rewrite(effect.dictionary);
    else if (effect.type === "find") this.find(effect);
    else if (effect.type === "report") this.report(effect.report);
  }

  private find({ request, from, to }: Extract<SenderEffect, { type: "find" }>): void {
    const { sender } = this;
    const most = this.world.options.control === "finds everything" ? Number.POSITIVE_INFINITY : to;
    this.world.clock.after(this.world.random.int(20), () => {
      if (this.sender !== sender) return;
      this.looked.set(request, this.journal.between(from, to));
      const found = this.journal.between(from, most).map(({ epoch, seq }) => ({ epoch, first: seq, last: seq }));
      const isElsewhere = this.world.options.control === "finds elsewhere";
      this.give({ type: "found", now: this.now, request, frames: isElsewhere ? this.elsewhere(found) : found });
    });
  }

  /** The same seqs of the epoch that began after, where the disk has one and they are there. */
  private elsewhere(found: readonly (SeqRange & { epoch: Id })[]): (SeqRange & { epoch: Id })[] {
    const epochs = this.journal.epochs.map(({ epoch }) => epoch);
    return found.flatMap((each) => {
      const epoch = epochs[epochs.indexOf(each.epoch) + 1] ?? epochs[0] ?? each.epoch;
      return this.journal.frameOf(epoch, "telemetry", each.first) === undefined ? [] : [{ ...each, epoch }];
    });
  }

  private report(report: RequestReport): void {
    if (report.state === "done") checkDone(this, this.looked.get(report.request) ?? []);
    this.making.report(report);
  }

  private renew(): void {
    const { sender } = this;
    this.world.clock.after(5, () => {
      if (this.sender !== sender || sender === null) return;
      this.renewals++;
      this.epoch = newEpoch(this.world.random.id(), { epoch: this.epoch.epoch, last: { ...this.epoch.last } });
      this.give({ type: "renewed", now: this.now, epoch: structuredClone(this.epoch) });
    });
  }

  /** Only what was asked for goes while backfill is held back. */
  private orderPast(order: SendOrder): void {
    if (order.epoch === "") return;
    this.orderedPast++;
    const frames = this.journal.framesOf(order.epoch, order.stream, [order]);
    for (const frame of frames) checkAsked(this.world, frame);
  }

  private encode(order: SendOrder): void {
    const { answer, lane, send, way, epoch, stream, first, running, dictionary } = order;
    const wanted = epoch === "" ? [] : this.journal.framesOf(epoch, stream, [order]);
    const thinned = wanted[0]?.thinned;
    const gap = wanted.findIndex(
      (each, i) => each.seq !== first + i || each.dictionary !== dictionary || each.thinned !== thinned,
    );
    const frames = wanted.slice(0, gap === -1 ? 8 : Math.min(gap, 8));
    const isSent = epoch === "" || frames.length > 0;
    const bytes = 60 + 40 * frames.length;
    if (isSent) {
      this.sends++;
      const flags = { thinned: thinned ?? null, preview: false };
      const frame = { epoch, stream, dictionary, firstSeq: epoch === "" ? 0 : first, count: frames.length };
      const header = { format: 1, rig: "r1", key: this.world.rigKey, answer, running, lane, send, ...frame, ...flags };
      this.world.heard.answer = answer;
      const batch: BatchMessage = { kind: "batch", header, frames, signedBy: this.world.rigKey };
      this.up?.send(`${lane} ${way}`, this.world.sealed ? sealed(batch) : batch);
      this.world.clock.after(this.world.weather.delayMs, () => this.acknowledged(answer, order, frames));
    }
    if (this.world.crashes(this)) return;
    this.give({ type: "sent", now: this.now, answer, lane, send, count: frames.length, bytes });
  }

  private acknowledged(answer: Id, { lane, send, epoch, stream }: SendOrder, frames: readonly Frame[]): void {
    if (this.sender === null || this.world.random.chance(0.05)) return;
    this.give({ type: "acknowledged", now: this.now, answer, lane, send });
    const [head, tail] = [frames[0], frames.at(-1)];
    if (this.world.options.control !== "free at PUBACK" || epoch === "" || head === undefined || tail === undefined)
      return;
    for (const frame of frames) this.journal.owed.delete(frame);
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

function isStored({ type }: SenderEffect): boolean {
  return type === "free" || type === "unfree" || type === "note" || type === "move";
}

function newEpoch(epoch: Id, predecessor: Predecessor): EpochFacts {
  const last = { telemetry: 0, events: 0 };
  return { epoch, predecessor, last, kept: { telemetry: [], events: [] }, thinned: [], told: null, moved: false };
}

const noEpoch = newEpoch("0000000000000000", null);
