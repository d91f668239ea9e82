import type { Id } from "../../shared/domain/id.ts";
import { decodeHello, type HelloPage } from "../../shared/wire/hello.ts";
import type { HeldState, SeqRange, Stream } from "../../shared/wire/names.ts";
import type { Archive } from "./archive.ts";
import type { Journal } from "./journal.ts";
import { calm } from "./options.ts";
import { type DownMessage, type UpMessage, World } from "./world.ts";

/** A world in which nothing happens but what a test says, with every check after every step. */
export class Script {
  readonly world = new World(1, calm);
  /** Every page of hello that the rig said. */
  readonly hellos: HelloPage[] = [];
  /** What is taken out of the way, up and down. */
  drops: (message: UpMessage | DownMessage) => boolean = () => false;

  constructor() {
    this.world.weather.drops = (_, message) => {
      const known = message as UpMessage | DownMessage;
      if (known.kind === "hello") this.hellos.push(decodeHello(known.bytes));
      return this.drops(known);
    };
    this.world.start();
  }

  get rig() {
    return this.world.rig;
  }

  get cloud() {
    return this.world.cloud;
  }

  ticks(count: number): void {
    for (let i = 0; i < count; i++) this.rig.making.tick();
  }

  /** Connects and lets everything go that can. */
  deliver(ms = 10_000): void {
    this.rig.connect();
    this.world.pass(ms);
  }

  /** Ticks that reach the office. */
  delivered(count: number): void {
    this.ticks(count);
    this.deliver();
  }

  /** The daemon ends and another run begins, on this disk or another. */
  restart(disk: Journal = this.rig.journal, same: Id | null = null): void {
    this.rig.sender = null;
    this.rig.up?.close();
    this.rig.down?.close();
    this.rig.up = null;
    if (disk !== this.rig.journal) this.world.reverted = true;
    if (same !== null) this.world.reused = true;
    this.rig.journal = disk;
    this.rig.start(same);
  }

  /** The archive is put back; the rig is not told. */
  restore(archive: Archive): void {
    this.cloud.receiver = null;
    this.cloud.archive = archive;
    this.world.restores++;
    this.cloud.start();
  }

  /** At rest, with the rig connected, every invariant holds. */
  settle(): void {
    this.drops = () => false;
    this.world.keepUp();
    this.world.settle();
  }

  /** What the office says of a frame. */
  stateOf(epoch: Id, seq: number, stream: Stream = "telemetry"): HeldState | null {
    const held = this.cloud.archive.held(epoch, stream);
    return held.find((each) => each.first <= seq && seq <= each.last)?.state ?? null;
  }

  isOwed(epoch: Id, seq: number): boolean {
    return this.rig.journal.owedIn(epoch, "telemetry", [{ first: seq, last: seq }]).length > 0;
  }

  /** What of an epoch is held in this state. */
  held(epoch: Id, state: HeldState, stream: Stream = "telemetry"): SeqRange[] {
    const held = this.cloud.archive.held(epoch, stream);
    return held.filter((each) => each.state === state).map(({ first, last }) => ({ first, last }));
  }
}
