import type { GapEvent } from "../shared/domain/event.ts";
import type { FrameTime } from "../shared/wire/frame.ts";

/** A loop that is late by less has had a slow disk or a long collection of garbage, and missed next to nothing. */
const leastMs = 3_000;

/** Tells that the daemon itself stood still (a paused machine, a stopped process), by the monotonic time between two ticks. */
export interface Standstill {
  /** How long it stood still up to now, ms, once for each time; 0 otherwise. Cheap: ask before anything is judged. */
  woke(mono: number): number;
  /** A tick closes now; what is missing if it comes far too late, else null. */
  ticked(now: FrameTime): GapEvent | null;
}

/** Nothing counts before the first tick: until then the daemon is starting. */
export function openStandstill(tickMs: number): Standstill {
  const limit = Math.max(leastMs, 3 * tickMs);
  let last: FrameTime | null = null;
  let told = false;
  return {
    woke(mono) {
      if (last === null || told || mono - last.mono <= limit) return 0;
      told = true;
      return mono - last.mono;
    },
    ticked(now) {
      const before = last;
      [last, told] = [now, false];
      if (before === null || now.mono - before.mono <= limit) return null;
      // A wall clock that was set back leaves no span of its own to name; its step is an event already.
      if (now.receivedAt <= before.receivedAt) return null;
      const [from, to] = [before.receivedAt, now.receivedAt];
      return { type: "gap", stream: "telemetry", from, to, count: null, reason: "daemon stood still" };
    },
  };
}
