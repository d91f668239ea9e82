import { rigStates } from "../../../shared/domain/rig-state.ts";
import type { Grid } from "./grid.ts";

/** What the rig did from when to when, as the buckets tell. */
export interface StateRun {
  from: number;
  to: number;
  state: string;
  /** The change into it was not seen: it began before the grid, after a hole, or out of a state that was not known. */
  open: boolean;
}

/** A state that goes on, and since when for certain; null where the change into it was not seen. */
export interface Doing {
  state: string;
  since: number | null;
}

/** With coarser buckets nobody can say to the minute when a state began, nor whether it went on without a break. */
const finestMs = 120_000;

/** Since when the run has lasted for certain; null where its begin was not seen, or the buckets are too coarse to tell. */
export function certainSince(run: StateRun, stepMs: number): number | null {
  return run.open || stepMs > finestMs ? null : run.from + stepMs;
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
    else runs.push({ from, to, state, open: before?.to !== from || before.state === "unknown" });
  }
  return runs;
}
