import { existsSync, readFileSync } from "node:fs";
import { type ClockAnchor, trueTime, uncertaintyAt } from "../shared/domain/dating.ts";
import type { ClockEvent } from "../shared/domain/event.ts";
import { monotonicMs } from "../shared/node/clock-sync.ts";
import { newId } from "../shared/node/id.ts";
import type { FrameTime } from "../shared/wire/frame.ts";
import { hash64 } from "../shared/wire/hash64.ts";
import type { ClockState } from "../shared/wire/names.ts";

/** A step of the wall clock against the monotonic one that is worth an event, ms. */
export const STEP_MS = 500;
/** A clock that nobody keeps true drifts; off by more than this by the office's word it was set wrong, ms. */
const PLAUSIBLE_MS = 60_000;
/** The office's word is told again once the last one that was told is so many ms less sure, at least. */
const WORTH_MS = 20;

/** The rig box's clocks. */
export interface Clock {
  /** Of the machine: monotonic times are comparable within one. */
  boot: string;
  /** Wall clock (ms UTC), the boot's monotonic clock (whole ms), and whether the wall clock can be believed. */
  now(): FrameTime;
  /**
   * An event if the wall clock moved against the monotonic one, its state changed or somebody told the true time since the last call; else null. Cheap: ask
   * before anything is taken in, so that what is taken in has one clock.
   */
  watch(): ClockEvent | null;
  /** The office told the time. Its word dates frames whose clock is not known, and says of a clock that nobody keeps true whether it stands right. */
  hear(anchor: ClockAnchor): void;
  /** What the last run on this disk ended with, of whatever boot: a clock in doubt stays so over a restart, and one that went back while the box was off is in doubt. */
  follow(last: LastTime): void;
}

/** When the newest frame closed that an earlier run left, and in which boot. */
export interface LastTime {
  boot: string;
  time: FrameTime;
}

export interface ClockSource {
  wall(): number;
  mono(): number;
  /** A time server keeps the wall clock true. */
  synchronised(): boolean;
  /** When the machine was asked that said so last, ms of the monotonic clock. */
  saidAt(): number;
  /** How far it may be off then, ms; null where nobody tells. */
  uncertainty(): number | null;
}

/** The machine's clocks. Monotonic time counts from the boot, so that it can be compared over restarts of the daemon. */
export function machineClock(sync: Omit<ClockSource, "wall" | "mono">): ClockSource {
  const { synchronised, saidAt, uncertainty } = sync;
  return { wall: () => Date.now(), mono: monotonicMs, synchronised, saidAt, uncertainty };
}

/** Before this software was there no reading can have been taken by it: the wall clock was never set. */
const SOFTWARE_SINCE = Date.UTC(2026, 0, 1);

/**
 * A clock that nobody keeps true is free-running while it is plausible and never stepped; after a step nobody knows which time was right, until the
 * office's word agrees with it. So it is with a synchronised one that steps: a person may have set it, and the machine was asked before; it is believed
 * again when the machine, asked anew, says so.
 */
export function openClock(source: ClockSource, boot: string = bootId()): Clock {
  let inDoubt = false;
  /** When a synchronised clock stepped (monotonic): what the machine said before counts no more. */
  let steppedAt = Number.NEGATIVE_INFINITY;
  /** The best that the office told in this boot, and the last of it that went into an event. */
  let heard: ClockAnchor | null = null;
  let told: ClockAnchor | null = null;

  const isSynchronised = () => source.synchronised() && source.saidAt() > steppedAt;
  function stateAt(wall: number): ClockState {
    if (isSynchronised()) return "synchronised";
    return inDoubt || wall < SOFTWARE_SINCE ? "unknown" : "free-running";
  }
  function now(): FrameTime {
    const receivedAt = source.wall();
    return { receivedAt, mono: source.mono(), clock: stateAt(receivedAt) };
  }

  /** Ends or begins the doubt in a clock that nobody keeps true. */
  function judge({ receivedAt, mono }: FrameTime, stepped: boolean): void {
    if (stepped && before.clock === "synchronised" && source.synchronised()) steppedAt = mono;
    if (isSynchronised()) inDoubt = false;
    else if (heard !== null) {
      const off = Math.abs(receivedAt - trueTime(heard, mono));
      const unsure = uncertaintyAt(heard, mono);
      if (off <= STEP_MS + unsure) inDoubt = false;
      else if (stepped || off > PLAUSIBLE_MS + unsure) inDoubt = true;
    } else if (stepped) inDoubt = true;
  }

  /** What an event at this moment has to say of the true time; nothing where it was said already. */
  function correctionAt({ receivedAt, mono, clock }: FrameTime, becameTrue: boolean): ClockAnchor | undefined {
    if (clock === "synchronised")
      return becameTrue ? { at: receivedAt, mono, uncertainty: source.uncertainty(), by: "time server" } : undefined;
    if (heard === null || heard === told || !(clock === "unknown" || before.clock === "unknown")) return undefined;
    const worse = told === null ? Number.POSITIVE_INFINITY : uncertaintyAt(told, mono);
    return worse > 2 * uncertaintyAt(heard, mono) + WORTH_MS ? heard : undefined;
  }

  let before = now();
  return {
    boot,
    now,
    watch() {
      let after = now();
      const step = stepOf(before, after);
      const stepped = isStep(step);
      judge(after, stepped);
      after = { ...after, clock: stateAt(after.receivedAt) };
      const changed = stepped || after.clock !== before.clock;
      const correction = correctionAt(after, changed);
      if (!changed && correction === undefined) return null;
      if (changed) before = after;
      if (correction?.by === "office") told = correction;
      const event = { type: "clock" as const, at: after.receivedAt, mono: after.mono, step: changed ? step : 0 };
      return { ...event, state: after.clock, ...(correction === undefined ? {} : { correction }) };
    },
    hear(anchor) {
      if (heard === null || uncertaintyAt(anchor, anchor.mono) <= uncertaintyAt(heard, anchor.mono)) heard = anchor;
    },
    follow(last) {
      if (isSynchronised()) return;
      if (last.boot !== boot) {
        if (last.time.clock !== "unknown" && source.wall() < last.time.receivedAt) inDoubt = true;
        return;
      }
      if (last.time.clock === "unknown") inDoubt = true;
      // Of another machine with this boot's id, or a reverted one.
      if (last.time.mono > before.mono) return;
      // What moved while nobody watched is a step; the next look tells it.
      before = last.time;
      const at = now();
      judge(at, isStep(stepOf(before, at)));
    },
  };
}

/** By how many ms the wall clock moved against the monotonic one. */
function stepOf(before: FrameTime, after: FrameTime): number {
  return after.receivedAt - before.receivedAt - (after.mono - before.mono);
}

function isStep(ms: number): boolean {
  return Math.abs(ms) > STEP_MS;
}

/** Changes with every boot of the machine; where the system does not tell, with every start of the daemon. */
export function bootId(): string {
  const path = "/proc/sys/kernel/random/boot_id";
  return existsSync(path) ? hash64(readFileSync(path, "utf8").trim()) : newId();
}
