import type { EpochMs } from "../../shared/domain/id.ts";
import { THIN_KEEP_MS } from "../../shared/wire/thin.ts";

/** A stored reading by which one that was thinned out can be judged: both in the same unit. */
export interface Kept {
  at: EpochMs;
  /** Null where it is bad. */
  value: number | null;
  /** How far off what was left out near it may lie; null in a whole frame, in which nothing was. */
  bound: number | null;
}

/**
 * Whether thinning may have left out a value of a moment: a reading that was kept in the minute before it lies within its bound. `edge` is how far
 * the moment may be off, ms.
 */
export function leavingOut(kept: readonly Kept[], edge: number): (value: number, at: EpochMs) => boolean {
  const sorted = kept.filter(({ bound }) => bound !== null).sort((one, other) => one.at - other.at);
  return (value, at) => {
    const from = at - THIN_KEEP_MS - edge;
    for (let i = firstFrom(sorted, from); i < sorted.length; i++) {
      const one = sorted[i];
      if (one === undefined || one.at > at + edge) return false;
      if (one.value !== null && Math.abs(one.value - value) <= (one.bound ?? 0)) return true;
    }
    return false;
  };
}

function firstFrom(sorted: readonly Kept[], from: EpochMs): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle]?.at ?? from) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}
