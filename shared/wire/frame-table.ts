import type { FrameTime } from "./frame.ts";
import { contexts, type IntReader, type IntWriter } from "./ints.ts";
import { type ClockState, clockStates } from "./names.ts";
import { readNumbers, writeNumbers } from "./numbers.ts";
import { readRuns, writeRuns } from "./runs.ts";

/** When each of consecutive frames closed, as columns. */
export interface FrameTimes {
  receivedAt: Float64Array;
  mono: Float64Array;
  /** Positions in `clockStates`. */
  clock: Uint8Array;
}

export function frameTimesOf(frames: readonly FrameTime[]): FrameTimes {
  return {
    receivedAt: Float64Array.from(frames, (frame) => frame.receivedAt),
    mono: Float64Array.from(frames, (frame) => frame.mono),
    clock: Uint8Array.from(frames, (frame) => clockStates.indexOf(frame.clock)),
  };
}

export function frameTimeAt(times: FrameTimes, i: number): FrameTime {
  return { receivedAt: times.receivedAt[i] ?? 0, mono: times.mono[i] ?? 0, clock: clockAt(times, i) };
}

function clockAt(times: FrameTimes, i: number): ClockState {
  return clockStates[times.clock[i] ?? 2] ?? "unknown";
}

/** Receive times; the monotonic ones as what differs from them, where that is exact; clock states as runs. */
export function writeFrameTimes(to: IntWriter, { receivedAt, mono, clock }: FrameTimes): void {
  const n = receivedAt.length;
  const apart = mono.map((value, i) => value - (receivedAt[i] ?? 0));
  const exact = apart.every((difference, i) => {
    const [at, value] = [receivedAt[i] ?? 0, mono[i] ?? 0];
    return (
      Number.isSafeInteger(at) && Number.isSafeInteger(value) && !Object.is(value, -0) && at + difference === value
    );
  });
  // One frame alone: a monotonic time by itself is the smaller number.
  const asApart = exact && n > 1;
  to.int(contexts.structure, asApart ? 0 : 1);
  writeNumbers(to, contexts.time, receivedAt, n);
  writeNumbers(to, contexts.time, asApart ? apart : mono, n);
  writeRuns(to, clock, 0, n);
}

export function readFrameTimes(from: IntReader, n: number): FrameTimes {
  const times: FrameTimes = { receivedAt: new Float64Array(n), mono: new Float64Array(n), clock: new Uint8Array(n) };
  const apart = from.int(contexts.structure, "form of monotonic times", 1) === 0;
  readNumbers(from, contexts.time, "receive times", times.receivedAt, n);
  readNumbers(from, contexts.time, "monotonic times", times.mono, n);
  if (apart) for (let i = 0; i < n; i++) times.mono[i] = (times.mono[i] ?? 0) + (times.receivedAt[i] ?? 0);
  readRuns(from, "clock state", times.clock, 0, n, clockStates.length - 1);
  return times;
}
