import type { Id } from "../../shared/domain/id.ts";
import { type BatchHeader, signatureBytes } from "../../shared/wire/batch.ts";
import type { SenderLimits } from "../../shared/wire/sender-io.ts";
import { checkAtRest, checkStep } from "./checks.ts";
import { Clock } from "./clock.ts";
import { Cloud } from "./cloud.ts";
import { type Frame, nameOf } from "./frame.ts";
import type { Journal } from "./journal.ts";
import { misfortunes } from "./misfortunes.ts";
import type { Line, Weather } from "./network.ts";
import type { Options } from "./options.ts";
import { Random } from "./random.ts";
import { Rig } from "./rig.ts";

export type UpMessage =
  | { kind: "hello"; bytes: Uint8Array; signedBy: Id }
  | { kind: "batch"; header: BatchHeader; frames: Frame[]; signedBy: Id };
export type DownMessage = { kind: "answer" | "receipt"; bytes: Uint8Array };

/** Signatures are names beside the messages here: who may sign what is the subject, not how. */
export const unsigned = () => new Uint8Array(signatureBytes);

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
  readonly rig: Rig;
  readonly cloud: Cloud;
  down: Line<DownMessage> | null = null;
  rigKey: Id;
  /** Keys that were ever the rig's, and those that are not revoked. */
  readonly everKeys = new Set<Id>();
  readonly liveKeys = new Set<Id>();
  /** Every content that a name was committed with. */
  readonly ledger = new Map<string, Set<number>>();
  readonly evicted = new Set<string>();
  conflicts = 0;
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
  /** Faults happen, and the rig measures. */
  faulty = true;
  /** How far the wall clocks have jumped, ms. */
  wall = 0;
  /** The configuration has changed: the next tick begins a dictionary. */
  newDictionary = false;
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
    this.settings.alwaysNamed = seed % 2 === 0 ? 50 : 0;
    this.options = options;
    this.weather = { ...options.weather };
    this.rigKey = this.newKey();
    this.rig = new Rig(this);
    this.cloud = new Cloud(this);
  }

  /** Faults for a while, then none; throws Broken with what was found. */
  run(): void {
    const until = this.options.seconds * 1000;
    this.cloud.start();
    this.rig.start();
    this.live();
    misfortunes(this, until);
    this.go(until);
    this.faulty = false;
    Object.assign(this.weather, { lose: 0, double: 0, delayMs: 50 });
    this.rig.hangUp();
    this.cloud.crash();
    this.cloud.version = "2";
    this.go(this.clock.now + 200_000);
    const sends = this.rig.sends;
    this.go(this.clock.now + 20_000);
    checkAtRest(this, this.rig.sends - sends);
  }

  private go(until: number): void {
    if (!this.clock.runUntil(until, 400_000, () => checkStep(this))) throw new Broken("I5: steps without end");
  }

  /** What happens all the time. */
  private live(): void {
    const each = (ms: number, run: () => void) => {
      const again = () => {
        run();
        this.clock.after(ms * (0.5 + this.random.next()), again);
      };
      this.clock.after(ms, again);
    };
    each(1000, () => {
      if (this.faulty) this.rig.making.tick();
    });
    each(4000, () => {
      if (this.faulty) this.rig.making.raiseAlarm();
    });
    each(3000, () => {
      if (this.faulty) this.rig.making.prune();
    });
    each(700, () => this.rig.connect());
  }

  // --- what the rig and the cloud ask of the world

  /** Whether the process dies here; it is started again after a while. `silent`: the caller ends it. */
  crashes(who: "rig" | "cloud", silent = false): boolean {
    if (!this.faulty || !this.random.chance(this.options.crash)) return false;
    if (!silent) (who === "rig" ? this.rig : this.cloud).crash();
    return true;
  }

  onRigCrash(): void {
    if (this.oldJournal !== null) {
      this.rig.journal = this.oldJournal;
      this.oldJournal = null;
    }
    this.clock.after(this.random.between(10, 5000), () => {
      if (this.rig.sender === null) this.rig.start();
    });
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
    const contents = this.ledger.get(nameOf(frame)) ?? new Set<number>();
    contents.add(frame.content);
    this.ledger.set(nameOf(frame), contents);
  }

  /** Frames are no longer owed, by the word of this incarnation (I1). */
  freed(frames: readonly Frame[], incarnation: Id | null): void {
    const isRestored = this.restoresAt.get(incarnation ?? "") !== this.restores;
    for (const frame of frames)
      if (!isRestored && !this.cloud.has(frame))
        throw new Broken(`I1: ${nameOf(frame)} was freed and is not in the archive`);
  }

  wantsDictionary(): boolean {
    const wanted = this.newDictionary;
    this.newDictionary = false;
    return wanted;
  }

  newContent(): number {
    return ++this.contents;
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
