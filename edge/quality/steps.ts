import type { RigState } from "../../shared/domain/rig-state.ts";
import type { Checks } from "./checks.ts";

/** Samples that agree with each other after a step before it is believed. */
const agreeing = 3;
/** How long after a change of the rig's state a step is no wonder: pumps stop, the string goes into slips. */
const settleMs = 5_000;

/** Steps that are larger than what is measured can make. */
export interface Steps {
  /** Says what the rig does, before the readings of a block; `at` in ms UTC. */
  enter(state: RigState, at: number): void;
  /** Whether the value lies farther from what was last believed than the tag can go in the time between. Must see every believable value. */
  tooLarge(tag: number, value: number, at: number): boolean;
}

export function openSteps({ maxStep }: Pick<Checks, "maxStep">): Steps {
  const size = maxStep.length;
  /** What was last believed, at least a second apart: closer samples differ by noise, which is no rate. */
  const value = new Float64Array(size).fill(Number.NaN);
  const since = new Float64Array(size);
  /** What was not believed yet, and how many samples agreed on it. */
  const other = new Float64Array(size);
  const otherAt = new Float64Array(size);
  const count = new Uint8Array(size);
  let now: RigState | null = null;
  let settling = Number.NEGATIVE_INFINITY;

  const near = (tag: number, a: number, b: number, ms: number) =>
    Math.abs(a - b) <= (maxStep[tag] ?? 0) * Math.max(1, Math.abs(ms) / 1_000);

  function believe(tag: number, next: number, at: number): false {
    value[tag] = next;
    since[tag] = at;
    count[tag] = 0;
    return false;
  }

  return {
    enter(state, at) {
      if (now !== null && state !== now) settling = at + settleMs;
      else if (at > settling) settling = Number.NEGATIVE_INFINITY;
      now = state;
    },
    tooLarge(tag, next, at) {
      if (maxStep[tag] === Number.POSITIVE_INFINITY) return false;
      const last = value[tag] ?? Number.NaN;
      const passed = at - (since[tag] ?? 0);
      if (settling > Number.NEGATIVE_INFINITY || Number.isNaN(last)) return believe(tag, next, at);
      if (near(tag, next, last, passed)) {
        count[tag] = 0;
        return Math.abs(passed) >= 1_000 && believe(tag, next, at);
      }
      const agrees = (count[tag] ?? 0) > 0 && near(tag, next, other[tag] ?? 0, at - (otherAt[tag] ?? 0));
      const samples = agrees ? (count[tag] ?? 0) + 1 : 1;
      if (samples >= agreeing) return believe(tag, next, at);
      count[tag] = samples;
      other[tag] = next;
      otherAt[tag] = at;
      return true;
    },
  };
}
