import { rigStates } from "../../../shared/domain/rig-state.ts";
import type { Grid } from "./grid.ts";

/** What the rig did from when to when, as the buckets tell. */
export interface StateRun {
  from: number;
  to: number;
  state: string;
  /** It began before the grid. */
  open: boolean;
}

/** Runs of one rig state, from the last value of each bucket of the tag `rig_state`; a bucket without one ends a run. */
export function stateRuns(grid: Grid, tag: string): StateRun[] {
  const runs: StateRun[] = [];
  const last = grid.lanes.get(tag)?.last ?? [];
  for (let i = 0; i < last.length; i++) {
    const code = last[i];
    const state = code === null || code === undefined ? undefined : rigStates[code];
    if (state === undefined) continue;
    const [from, to] = [grid.start + i * grid.stepMs, grid.start + (i + 1) * grid.stepMs];
    const before = runs.at(-1);
    if (before?.state === state && before.to === from) before.to = to;
    else runs.push({ from, to, state, open: i === 0 });
  }
  return runs;
}
