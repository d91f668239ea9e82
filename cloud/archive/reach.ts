import type { EpochMs } from "../../shared/domain/id.ts";

/** Whole ms, UTC. */
export interface Reach {
  from: EpochMs;
  to: EpochMs;
}

/** Earliest and latest of these times, as whole ms; what is no number is left out. */
export function reachOf(...columns: readonly Float64Array[]): Reach {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const column of columns) {
    for (let i = 0; i < column.length; i++) {
      const at = column[i] ?? 0;
      if (at < from) from = at;
      if (at > to) to = at;
    }
  }
  const most = Number.MAX_SAFE_INTEGER;
  return { from: Math.floor(Math.max(from, -most)), to: Math.ceil(Math.min(to, most)) };
}
