import type { Grid } from "./grid.ts";

/** A span in which a tag was read and no value of it was usable. */
export interface BadRun {
  from: number;
  to: number;
}

/** Runs of buckets in which all readings were bad, the longest first, at most `most`; buckets without a reading between bad ones belong to them. */
export function badRuns({ start, stepMs, lanes }: Grid, tag: string, most: number): BadRun[] {
  const runs: BadRun[] = [];
  const lane = lanes.get(tag);
  let goesOn = false;
  for (const [i, count] of (lane?.count ?? []).entries()) {
    if (count === 0) continue;
    const [from, to] = [start + i * stepMs, start + (i + 1) * stepMs];
    const isBad = lane?.bad[i] === count;
    const open = runs.at(-1);
    if (isBad && goesOn && open !== undefined) open.to = to;
    else if (isBad) runs.push({ from, to });
    goesOn = isBad;
  }
  return runs.sort((a, b) => b.to - b.from - (a.to - a.from)).slice(0, most);
}
