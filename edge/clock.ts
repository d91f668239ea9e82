import { existsSync, readFileSync } from "node:fs";
import type { ClockEvent } from "../shared/domain/event.ts";
import { newId } from "../shared/node/id.ts";
import type { FrameTime } from "../shared/wire/frame.ts";
import { hash64 } from "../shared/wire/hash64.ts";
import type { ClockState } from "../shared/wire/names.ts";

/** A step of the wall clock against the monotonic one that is worth an event, ms. */
const STEP_MS = 500;

/** The rig box's clocks. */
export interface Clock {
  /** Wall clock (ms UTC), the boot's monotonic clock (whole ms), and whether the wall clock can be believed. */
  now(): FrameTime;
  /** An event if the wall clock moved against the monotonic one, or became true, since the last call; else null. */
  watch(): ClockEvent | null;
}

export interface ClockSource {
  wall(): number;
  mono(): number;
  /** A time server keeps the wall clock true. */
  synchronised(): boolean;
}

/** The machine's clocks. Monotonic time counts from the boot, so that it can be compared over restarts of the daemon. */
export function machineClock(synchronised: () => boolean): ClockSource {
  return {
    wall: () => Date.now(),
    mono: () => Math.round(Number(process.hrtime.bigint() / 1_000n) / 1_000),
    synchronised,
  };
}

/** Before this software was there no reading can have been taken by it: the wall clock was never set. */
const SOFTWARE_SINCE = Date.UTC(2026, 0, 1);

/** A clock that nobody keeps true is free-running while it is plausible and never stepped; after a step nobody knows which time was right. */
export function openClock(source: ClockSource): Clock {
  let inDoubt = false;

  function stateAt(wall: number): ClockState {
    if (source.synchronised()) return "synchronised";
    return inDoubt || wall < SOFTWARE_SINCE ? "unknown" : "free-running";
  }
  function now(): FrameTime {
    const receivedAt = source.wall();
    return { receivedAt, mono: source.mono(), clock: stateAt(receivedAt) };
  }

  let before = now();
  return {
    now,
    watch() {
      let after = now();
      const step = after.receivedAt - before.receivedAt - (after.mono - before.mono);
      const stepped = Math.abs(step) > STEP_MS;
      if (after.clock === "synchronised") inDoubt = false;
      else if (stepped && !inDoubt) {
        inDoubt = true;
        after = { ...after, clock: stateAt(after.receivedAt) };
      }
      const changed = stepped || after.clock !== before.clock;
      if (changed) before = after;
      return changed ? { type: "clock", at: after.receivedAt, mono: after.mono, step, state: after.clock } : null;
    },
  };
}

/** Changes with every boot of the machine; where the system does not tell, with every start of the daemon. */
export function bootId(): string {
  const path = "/proc/sys/kernel/random/boot_id";
  return existsSync(path) ? hash64(readFileSync(path, "utf8").trim()) : newId();
}
