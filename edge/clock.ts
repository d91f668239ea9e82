import { existsSync, readFileSync } from "node:fs";
import type { ClockEvent } from "../shared/domain/event.ts";
import { newId } from "../shared/node/data-folder.ts";
import { hash64 } from "../shared/node/signing.ts";
import type { FrameTime } from "../shared/wire/frame.ts";
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
  state(): ClockState;
}

/** Monotonic time counts from the boot, so that it can be compared over restarts of the daemon. */
const machine: ClockSource = {
  wall: () => Date.now(),
  mono: () => Math.round(Number(process.hrtime.bigint() / 1_000n) / 1_000),
  state: systemClockState,
};

export function openClock(source: ClockSource = machine): Clock {
  const now = (): FrameTime => ({ receivedAt: source.wall(), mono: source.mono(), clock: source.state() });
  let before = now();
  return {
    now,
    watch() {
      const after = now();
      const step = after.receivedAt - before.receivedAt - (after.mono - before.mono);
      const changed = Math.abs(step) > STEP_MS || after.clock !== before.clock;
      if (changed) before = after;
      return changed ? { type: "clock", at: after.receivedAt, mono: after.mono, step, state: after.clock } : null;
    },
  };
}

/** Written by systemd-timesyncd once the clock was set from a time server. */
const SYNCHRONISED = "/run/systemd/timesync/synchronized";

/** Without a sign of synchronisation nothing is known: other time daemons leave none that can be read. */
function systemClockState(): ClockState {
  return existsSync(SYNCHRONISED) ? "synchronised" : "unknown";
}

/** Changes with every boot of the machine; where the system does not tell, with every start of the daemon. */
export function bootId(): string {
  const path = "/proc/sys/kernel/random/boot_id";
  return existsSync(path) ? hash64(readFileSync(path, "utf8").trim()) : newId();
}
