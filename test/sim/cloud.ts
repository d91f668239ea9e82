import type { Id } from "../../shared/domain/id.ts";
import { encodeAnswer } from "../../shared/wire/answer.ts";
import type { Held } from "../../shared/wire/held.ts";
import { decodeHello, type Hello } from "../../shared/wire/hello.ts";
import { cutsOf } from "../../shared/wire/lacking.ts";
import { sumOf } from "../../shared/wire/outcome.ts";
import { encodeReceipt } from "../../shared/wire/receipt.ts";
import { openReceiver, type Receiver } from "../../shared/wire/receiver.ts";
import type { BatchBody, ReceiverEffect, ReceiverEvent } from "../../shared/wire/receiver-io.ts";
import { encodeRequests, type Request } from "../../shared/wire/request.ts";
import { Archive } from "./archive.ts";
import { type BatchMessage, type OpenBatch, openedBatch } from "./batches.ts";
import { checkKnowing, checkLanding } from "./checks.ts";
import type { Frame } from "./frame.ts";
import { cloudKey, opened, readable, signerOf } from "./seal.ts";
import type { UpMessage, World } from "./world.ts";

/** Ingest and its archive: drives a Receiver as the cloud does. */
export class Cloud {
  archive = new Archive();
  /** Null while the process is dead. */
  receiver: Receiver | null = null;
  version = "1";
  /** Messages that are not the rig's. */
  aside = 0;
  /** Batches whose dictionary the archive lacked. */
  withoutDictionary = 0;
  incarnation: Id = "";
  private bootedAt = 0;
  private wokenAt = Number.POSITIVE_INFINITY;
  private told = { answer: "", number: 0 };
  private inbox: UpMessage[] = [];
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  private get now(): number {
    return this.world.clock.now - this.bootedAt;
  }

  /** Opens the archive: a new incarnation. */
  start(): void {
    const { random, clock } = this.world;
    this.bootedAt = clock.now - random.int(100_000);
    this.incarnation = random.id();
    this.world.opened(this.incarnation);
    const { incarnation, version } = this;
    this.receiver = openReceiver({ rig: "r1", key: cloudKey, incarnation, version, receiptMs: 1000 });
    this.wokenAt = Number.POSITIVE_INFINITY;
    if (this.inbox.length > 0) this.workSoon();
  }

  crash(): void {
    if (this.receiver === null) return;
    this.receiver = null;
    // What the broker had for a dead subscriber, it may keep.
    this.inbox = this.inbox.filter(() => this.world.random.chance(0.5));
    this.world.onCloudCrash();
  }

  receive(message: UpMessage): void {
    if (this.receiver === null && this.world.random.chance(0.5)) return;
    this.inbox.push(message);
    this.workSoon();
  }

  private workSoon(): void {
    this.world.clock.after(this.world.random.int(5), () => this.work());
  }

  /** One transaction over some messages; what goes out, goes after its commit. */
  private work(): void {
    if (this.receiver === null || this.inbox.length === 0) return;
    const { receiver } = this;
    const messages = this.inbox.splice(0, this.world.random.between(1, 3));
    // A crash inside the transaction leaves nothing of it behind.
    const aborts = this.world.crashes(this, true);
    const before = aborts ? this.archive.copy() : null;
    const effects = messages.flatMap((message) => this.take(message));
    const early = this.world.options.control === "receipt before commit";
    if (before !== null) {
      if (early) this.send([...effects, ...receiver.step({ type: "tick", now: Number.MAX_SAFE_INTEGER })]);
      this.archive = before;
      this.crash();
      return;
    }
    if (this.world.crashes(this)) return;
    this.send(effects);
    if (this.receiver === receiver) this.tick();
    if (this.inbox.length > 0) this.workSoon();
  }

  private tick(): void {
    if (this.receiver === null) return;
    this.send(this.receiver.step({ type: "tick", now: this.now }));
    const at = this.receiver?.nextWake() ?? Number.POSITIVE_INFINITY;
    if (at === Number.POSITIVE_INFINITY || (this.wokenAt <= at && this.wokenAt > this.now)) return;
    const { receiver } = this;
    this.wokenAt = at;
    this.world.clock.after(at - this.now, () => {
      if (this.receiver === receiver) this.tick();
    });
  }

  private send(effects: readonly ReceiverEffect[]): void {
    for (const effect of effects) {
      if (effect.type === "answer")
        for (const page of effect.pages)
          this.world.connected?.down?.send("hello", { kind: "answer", bytes: encodeAnswer(page, signerOf(page.key)) });
      if (effect.type === "receipt")
        this.world.connected?.down?.send("receipt", {
          kind: "receipt",
          bytes: encodeReceipt(effect.receipt, signerOf(effect.receipt.key)),
        });
      if (effect.type === "answer") this.tell(effect.pages[0]?.answer ?? "");
      if ((effect.type === "answer" || effect.type === "receipt") && this.world.crashes(this)) return;
    }
  }

  /** What the rig is asked for, told under the newest answer. */
  tell(answer = this.told.answer): void {
    if (answer !== this.told.answer) this.told = { answer, number: 0 };
    const requests = [...this.world.requests.values()].filter(({ end }) => this.world.clock.now < end);
    if (answer === "" || requests.length === 0) return;
    const { rig, key } = { rig: "r1", key: cloudKey };
    const list = requests.map(
      ({ end, ...each }): Request => ({ ...each, leftMs: Math.ceil(end - this.world.clock.now) }),
    );
    const bytes = encodeRequests({ rig, key, answer, number: ++this.told.number, requests: list }, signerOf(cloudKey));
    // One connection keeps the order of all topics: behind the answer.
    this.world.connected?.down?.send("hello", { kind: "requests", bytes });
  }

  /** Verifies, steps, stores. */
  private take(message: UpMessage): ReceiverEffect[] {
    const { world } = this;
    if (message.kind !== "hello") return this.takeBatch(message);
    const page =
      world.options.control === "no signature"
        ? readable(() => decodeHello(message.bytes))
        : opened(message.bytes, decodeHello);
    if (page === null || !world.everKeys.has(page.key)) return this.setAside();
    return world.liveKeys.has(page.key) ? this.step({ type: "hello", now: this.now, page }) : [];
  }

  private setAside(): ReceiverEffect[] {
    this.aside++;
    return [];
  }

  private takeBatch(message: BatchMessage): ReceiverEffect[] {
    const batch = openedBatch(message);
    if (batch === null || !this.world.everKeys.has(batch.signedBy)) return this.setAside();
    if (this.receiver === null) return [];
    const { header } = batch;
    const { epoch, stream } = header;
    const cuts = this.receiver.cutsOfBatch(header);
    const stored = epoch === "" ? [] : this.archive.heldOf(epoch, stream, cuts);
    const known = epoch === "" ? 0 : this.archive.known(epoch, stream);
    const keyLive = this.world.liveKeys.has(batch.signedBy);
    const { body, frames } = this.read(batch);
    const held = this.world.options.control === "trims unseen" ? taken(stored, header.firstSeq, body) : stored;
    const effects = this.step({ type: "batch", now: this.now, header, keyLive, body, held, known }, frames);
    const landed = effects.flatMap((each) => (each.type === "land" ? each.ranges : []));
    for (const { seq, gap } of frames)
      if (gap !== undefined && landed.some((range) => range.first <= seq && seq <= range.last)) {
        const { first, last } = gap.range;
        const heldThere = this.archive.heldOf(gap.epoch, gap.stream, [first, last + 1]);
        this.step({ type: "gap", now: this.now, ...gap, held: heldThere });
      }
    return effects;
  }

  private read({ header, read }: OpenBatch): { body: BatchBody; frames: readonly Frame[] } {
    if (header.count === 0) return { body: { kind: "empty" }, frames: [] };
    if (header.dictionary !== null && !this.archive.dictionaries.has(header.dictionary)) {
      this.withoutDictionary++;
      return { body: { kind: "no dictionary" }, frames: [] };
    }
    const { frames, sums } = read();
    if (this.version === "1" && frames.some((each) => each.odd))
      return { body: { kind: "unreadable", problem: "odd" }, frames };
    return { body: { kind: "frames", sums }, frames };
  }

  private step(event: ReceiverEvent, frames: readonly Frame[] = []): ReceiverEffect[] {
    if (this.receiver === null) return [];
    const effects = this.receiver.step(event);
    return effects.flatMap((effect) => {
      if (effect.type === "consult") return this.consult(effect.hello);
      this.store(effect, frames);
      return [effect];
    });
  }

  private consult(hello: Hello): ReceiverEffect[] {
    const cuts = cutsOf(hello);
    const known = this.archive
      .allEpochs()
      .map((epoch) => this.archive.knownEpoch(epoch, (stream) => cuts(epoch, stream)));
    const epochs = known.filter((each) => each !== null);
    return this.step({
      type: "consulted",
      now: this.now,
      at: this.world.wallClock(),
      clockTrue: true,
      answer: this.world.random.id(),
      hello,
      epochs,
    });
  }

  private store(effect: ReceiverEffect, frames: readonly Frame[]): void {
    const { archive } = this;
    if (effect.type === "land") {
      const trims = this.world.options.control !== "no trim";
      for (const frame of frames)
        if (!trims || effect.ranges.some((range) => range.first <= frame.seq && frame.seq <= range.last)) {
          checkLanding(this.world, frame);
          archive.store(frame);
          if (frame.report !== undefined) this.world.reported(frame.report);
        }
    }
    if (effect.type === "land" || effect.type === "quarantine" || effect.type === "lost")
      archive.put(effect.epoch, effect.stream, effect.held);
    if (effect.type === "know") {
      checkKnowing(this.world, effect.epoch, effect.known);
      archive.epochs.set(effect.epoch, { predecessor: effect.predecessor, known: effect.known });
    }
    if (effect.type === "running") archive.run(effect.epoch);
    if (effect.type === "fork") this.world.forks++;
  }
}

/** What is planted: what is stored of a batch's frames has the sums of that batch. */
function taken(held: Held, first: number, body: BatchBody): Held {
  if (body.kind !== "frames") return held;
  const last = first + body.sums.length / 2 - 1;
  return held.map((each) =>
    each.state === "stored" && first <= each.first && each.last <= last
      ? { ...each, checksum: sumOf(body.sums, first, each) }
      : each,
  );
}
