import type { Checks } from "./checks.ts";

/** Values that stand still for longer than what is measured ever does. */
export interface Flat {
  /** Whether the raw value has not changed by its smallest step for the tag's time, away from zero. Must see every believable value. */
  flat(tag: number, raw: number, value: number, at: number): boolean;
}

export function openFlat({ flatAfterMs, rest }: Pick<Checks, "flatAfterMs" | "rest">): Flat {
  const last = new Float64Array(flatAfterMs.length).fill(Number.NaN);
  const since = new Float64Array(flatAfterMs.length);
  return {
    flat(tag, raw, value, at) {
      const after = flatAfterMs[tag] ?? Number.POSITIVE_INFINITY;
      if (after === Number.POSITIVE_INFINITY) return false;
      if (raw !== last[tag] || at < (since[tag] ?? 0)) {
        last[tag] = raw;
        since[tag] = at;
        return false;
      }
      return at - (since[tag] ?? 0) >= after && Math.abs(value) > (rest[tag] ?? 0);
    },
  };
}
