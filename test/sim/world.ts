import type { Id } from "../../shared/domain/id.ts";
import { ByStream } from "../../shared/wire/by-stream.ts";
import type { Stream } from "../../shared/wire/names.ts";
import type { Request } from "../../shared/wire/request.ts";
import type { RequestReport, SenderLimits } from "../../shared/wire/sender-io.ts";
import type { BatchMessage } from "./batches.ts";
import { checkAtRest, checkStep } from "./checks.ts";
import { Clock } from "./clock.ts";
import { Cloud } from "./cloud.ts";
import { type Frame, nameOf } from "./frame.ts";
import type { Journal } from "./journal.ts";
import { misfortunes } from "./misfortunes.ts";
import type { Weather } from "./network.ts";
import type { Options } from "./options.ts";
import { Random } from "./random.ts";
import { Rig } from "./rig.ts";

export type UpMessage = { kind: "hello"; bytes: Uint8Array } | BatchMessage;
export type DownMessage = { kind: "answer" | "receipt" | "requests"; bytes: Uint8Array };

/** A run found an invariant broken. */
export class Broken extends Error {
  override readonly name = "Broken";
}

/** A rig, a cloud and what lies between, from a seed: everything that happens follows from it. */
export class World {
  readonly clock = new Clock();
  readonly random: Random;
  readonly options: Options;
  readonly weather: Weather;
  /** Batches travel as bytes, as hellos, answers and receipts always do. */
  readonly sealed: boolean;
  readonly rig: Rig;
  readonly cloud: Cloud;
  /** Which machine the broker has a connection of; it takes one of a name. */
  connected: Rig | null = null;
  /** A second machine with a copy of the rig's disk; null while there is none. */
  clone: Rig | null = null;
  /** Two runs with one predecessor, as the office was told. */
  forks = 0;
  rigKey: Id;
  /** Keys that were ever the rig's, and those that are not revoked. */
  readonly everKeys = new Set<Id>();
  readonly liveKeys = new Set<Id>();
  /** Every content that a name was committed with. */
  readonly ledger = new ByStream<(number[] | undefined)[]>();
  /** How many names were given. */
  names = 0;
  readonly evicted = new Set<Frame>();
  /** How many frames were thinned. */
  thinned = 0;
  conflicts = 0;
  /** By content, the epochs that a frame moved to. */
  readonly moves = new Map<number, Set<Id>>();
  /** The alarm that the office showed last. */
  shown = 0;
  /** Copies of the archive that a later one was opened from. */
  restores = 0;
  steps = 0;
  /** An older disk was put back. */
  reverted = false;
  /** And names were given again. */
  reused = false;
  private readonly restoresAt = new Map<Id, number>();
  private contents = 0;
  private boots = 0;
  /** Faults happen, and the rig measures. */
  faulty = true;
  /** How far the wall clocks have jumped, ms. */
  wall = 0;
  /** The configuration has changed: the next tick begins a dictionary. */
  newDictionary = false;
  /** What somebody at the broker has heard: the last nonce and answer, and the last messages both ways. */
  readonly heard = {
    nonce: "0000000000000000",
    answer: "0000000000000000",
    messages: [] as (UpMessage | DownMessage)[],
  };
  /** What the office asks for, and until when. */
  readonly requests = new Map<Id, Request & { end: number }>();
  /** Spans of all requests that there ever were. */
  readonly everAsked: { from: number; to: number }[] = [];
  /** The last word of the rig on each. */
  readonly reports = new Map<Id, RequestReport>();
  /** The link's policy lets no backfill go. */
  holdsBackfill = false;
  private oldJournal: Journal | null = null;

  readonly settings: Partial<SenderLimits> = {
    windowBytes: 3_000,
    transportBytes: 1_500,
    batchBytes: 400,
    liveFrames: 3,
    pageEntries: 4,
    helloMs: 30_000,
    retryMs: 1_000,
    retryMaxMs: 8_000,
    probeMs: 3_000,
    probeMaxMs: 20_000,
  };

  constructor(seed: number, options: Options) {
    this.random = new Random(seed);
    this.settings.backfillWays = 1 + (Math.trunc(seed / 2) % 2);
    this.sealed = seed % 16 === 0;
    this.options = options;
    this.weather = { ...options.weather };
    this.rigKey = this.newKey();
    this.rig = new Rig(this);
    this.cloud = new Cloud(this);
  }

  /** Faults for a while, then none; throws Broken with what was found. */
  run(): void {
    const until = this.options.seconds * 1000;
    this.start();
    this.live();
    misfortunes(this, until);
    this.pass(until);
    this.settle();
  }

  get rigs(): Rig[] {
    return this.clone === null ? [this.rig] : [this.rig, this.clone];
  }

  get sends(): number {
    return this.rigs.reduce((sum, rig) => sum + rig.sends, 0);
  }

  start(): void {
    this.cloud.start();
    this.rig.start();
  }

  /** Faults are over: after a while every invariant must hold. */
  settle(): void {
    this.faulty = false;
    this.holdBackfill(false);
    Object.assign(this.weather, { lose: 0, double: 0, delayMs: 50 });
    for (const rig of this.rigs) rig.hangUp();
    this.cloud.crash();
    this.cloud.version = "2";
    this.pass(this.options.restSeconds * 1000);
    // Nothing is new: what the office still asks for would be told with the next hello.
    this.requests.clear();
    const sends = this.sends;
    this.pass(20_000);
    checkAtRest(this, this.sends - sends);
  }

  /** Lets time pass, ms, with the checks after every step. */
  pass(ms: number): void {
    if (!this.clock.runUntil(this.clock.now + ms, 400_000, () => checkStep(this)))
      throw new Broken("I5: steps without end");
  }

  /** Again and again, until `run` says that it is over. */
  private each(ms: number, run: () => boolean): void {
    const again = () => {
      if (!run()) return;
      this.clock.after(ms * (0.5 + this.random.next()), again);
    };
    this.clock.after(ms, again);
  }

  /** The rig connects whenever it can. */
  keepUp(): void {
    this.each(700, () => {
      for (const rig of this.rigs) rig.connect();
      return true;
    });
  }

  /** What happens all the time. */
  private live(): void {
    const each = (ms: number, run: () => void) =>
      this.each(ms, () => {
        if (this.faulty) run();
        return this.faulty;
      });
    each(1000, () => {
      for (const rig of this.rigs) rig.making.tick();
    });
    each(4000, () => this.rig.making.raiseAlarm());
    each(3000, () => this.rig.making.prune());
    this.keepUp();
  }

  // --- what the rig and the cloud ask of the world

  /** A message passes the broker. */
  overhear(message: UpMessage | DownMessage): void {
    if (this.options.replays === 0) return;
    const { messages } = this.heard;
    // By and by all of them are others; some stay long.
    if (messages.length < 40) messages.push(message);
    else messages[this.steps % 40] = message;
  }

  /** Whether the process dies here; it is started again after a while. `silent`: the caller ends it. */
  crashes(who: Rig | Cloud, silent = false): boolean {
    if (!this.faulty || !this.random.chance(this.options.crash)) return false;
    if (!silent) who.crash();
    return true;
  }

  onRigCrash(rig: Rig): void {
    if (this.oldJournal !== null && rig === this.rig) {
      this.rig.journal = this.oldJournal;
      this.oldJournal = null;
    }
    this.clock.after(this.random.between(10, 5000), () => {
      if (rig.sender === null) rig.start();
    });
  }

  /** The broker takes one connection of a name: whoever comes later has it. */
  pushOut(by: Rig): void {
    const before = this.connected;
    this.connected = by;
    if (before !== null && before !== by && before.up !== null) before.pushedOut();
  }

  onCloudCrash(): void {
    this.clock.after(this.random.between(10, 5000), () => {
      if (this.cloud.receiver === null) this.cloud.start();
    });
  }

  opened(incarnation: Id): void {
    this.restoresAt.set(incarnation, this.restores);
  }

  /** With an unsynced disk, a crash goes back to here. */
  beforeCommit(journal: Journal): void {
    if (this.options.control === "disk not synced" && this.random.chance(0.3)) this.oldJournal = journal.copy();
  }

  committed(frame: Frame): void {
    const { epoch, stream, seq, content } = frame;
    const contents = this.ledger.get(epoch, stream) ?? [];
    if (contents[seq] === undefined) this.names++;
    contents[seq] = [...(contents[seq] ?? []), content];
    this.ledger.set(epoch, stream, contents);
  }

  /** The greatest seq that was ever given. */
  lastGiven(epoch: Id, stream: Stream): number {
    return Math.max(0, (this.ledger.get(epoch, stream)?.length ?? 0) - 1);
  }

  wasCommitted({ epoch, stream, seq, content }: Frame): boolean {
    return this.ledger.get(epoch, stream)?.[seq]?.includes(content) ?? false;
  }

  moved(frame: Frame): void {
    this.moves.set(frame.content, (this.moves.get(frame.content) ?? new Set()).add(frame.epoch));
  }

  /** Frames are no longer owed, by the word of this incarnation (I1). */
  freed(frames: readonly Frame[], incarnation: Id | null): void {
    const isRestored = this.restoresAt.get(incarnation ?? "") !== this.restores;
    for (const frame of frames)
      if (!isRestored && !this.cloud.archive.has(frame))
        throw new Broken(`I1: ${nameOf(frame)} was freed and is not in the archive`);
  }

  /** The office asks for frames of between two contents: `ms` long, for as many bytes. */
  ask(span: { from: number; to: number; repair?: boolean; maxBytes?: number; ms?: number }): Id {
    const request = this.random.id();
    const { from, to, repair = false, maxBytes = 100_000, ms = 60_000 } = span;
    const head = { request, leftMs: ms, maxBytes, spentBytes: 0, heard: false };
    this.everAsked.push({ from, to });
    this.requests.set(request, { ...head, what: "span", from, to, repair, end: this.clock.now + ms });
    this.cloud.tell();
    return request;
  }

  reported(report: RequestReport): void {
    this.reports.set(report.request, report);
    const asked = this.requests.get(report.request);
    if (asked === undefined) return;
    if (report.bytes > asked.maxBytes)
      throw new Broken(`I8: ${report.bytes} bytes went for a request of ${asked.maxBytes}`);
    asked.heard = true;
    asked.spentBytes = Math.max(asked.spentBytes, report.bytes);
    if (report.state !== "taken") this.requests.delete(report.request);
  }

  /** The link's policy changes: backfill may go, or it may not. */
  holdBackfill(holds: boolean): void {
    this.holdsBackfill = holds;
    this.settings.backfill = !holds;
    for (const rig of this.rigs) rig.give({ type: "paced", now: rig.now, pace: { backfill: !holds } });
  }

  wantsDictionary(): boolean {
    const wanted = this.newDictionary;
    this.newDictionary = false;
    return wanted;
  }

  newContent(): number {
    return ++this.contents;
  }

  newBoot(): number {
    return ++this.boots;
  }

  wallClock(): number {
    return 1_700_000_000_000 + this.wall + Math.floor(this.clock.now);
  }

  /** Another key of the rig, live. */
  newKey(): Id {
    const key = this.random.id();
    this.everKeys.add(key);
    this.liveKeys.add(key);
    return key;
  }
}
