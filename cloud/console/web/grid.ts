import type { BucketSeries } from "../../../shared/domain/api-series.ts";

/** One tag over a grid of equal spans of time, as the API has it: engineering value = number × scale + offset. */
export interface Lane {
  scale: number;
  offset: number;
  avg: (number | null)[];
  min: (number | null)[];
  max: (number | null)[];
  last: (number | null)[];
  /** Readings, whatever their quality. */
  count: number[];
  bad: number[];
}

/** History and what came live since, on one axis: bucket i covers [start + i × stepMs, + stepMs). */
export interface Grid {
  start: number;
  stepMs: number;
  length: number;
  lanes: Map<string, Lane>;
}

/** A reading that came live, in engineering units; `value` is null where there is no usable one. */
export interface LiveReading {
  tag: string;
  at: number;
  value: number | null;
}

/** The answer's series, which all have the same buckets, as a grid; by tag id. */
export function gridOf(series: readonly BucketSeries[]): Grid | null {
  const first = series[0];
  if (first === undefined) return null;
  const lanes = new Map(
    series.map(
      ({ tag, scale, offset, avg, min, max, last, count, bad }) =>
        [tag, { scale, offset, avg, min, max, last, count, bad }] as const,
    ),
  );
  return { start: first.start, stepMs: first.stepMs, length: first.count.length, lanes };
}

/** Adds a live reading to its bucket; the grid grows to it. One from before the grid, or of a tag that it has not, is left out. */
export function fold(grid: Grid, { tag, at, value }: LiveReading): void {
  const lane = grid.lanes.get(tag);
  const i = Math.floor((at - grid.start) / grid.stepMs);
  if (lane === undefined || i < 0) return;
  grow(grid, i + 1);
  const before = (lane.count[i] ?? 0) - (lane.bad[i] ?? 0);
  lane.count[i] = (lane.count[i] ?? 0) + 1;
  if (value === null) {
    lane.bad[i] = (lane.bad[i] ?? 0) + 1;
    return;
  }
  const raw = (value - lane.offset) / lane.scale;
  lane.avg[i] = ((lane.avg[i] ?? 0) * before + raw) / (before + 1);
  lane.min[i] = Math.min(lane.min[i] ?? raw, raw);
  lane.max[i] = Math.max(lane.max[i] ?? raw, raw);
  lane.last[i] = raw;
}

/** A week of seconds; a reading far in the future must not fill the memory. */
const longest = 604_800;

function grow(grid: Grid, length: number): void {
  const wanted = Math.min(longest, length);
  for (const lane of grid.lanes.values()) {
    for (let i = lane.count.length; i < wanted; i++) {
      lane.count.push(0);
      lane.bad.push(0);
      for (const column of [lane.avg, lane.min, lane.max, lane.last]) column.push(null);
    }
  }
  grid.length = Math.max(grid.length, wanted);
}

/**
 * A newer answer with what came live meanwhile: of the last buckets the fuller one counts, since the answer may be a moment older
 * than the socket. Only where both grids have the same step; else the answer as it is.
 */
export function refreshed(answer: Grid, before: Grid | null, lastBuckets = 10): Grid {
  if (before === null || before.stepMs !== answer.stepMs) return answer;
  const shift = (answer.start - before.start) / answer.stepMs;
  if (!Number.isInteger(shift)) return answer;
  grow(answer, before.length - shift);
  for (const [tag, lane] of answer.lanes) {
    const old = before.lanes.get(tag);
    if (old === undefined) continue;
    for (let i = Math.max(0, answer.length - lastBuckets); i < answer.length; i++) {
      if ((old.count[i + shift] ?? 0) <= (lane.count[i] ?? 0)) continue;
      lane.count[i] = old.count[i + shift] ?? 0;
      lane.bad[i] = old.bad[i + shift] ?? 0;
      for (const column of ["avg", "min", "max", "last"] as const) lane[column][i] = old[column][i + shift] ?? null;
    }
  }
  return answer;
}

/** What a pen draws: null breaks the line, undefined does not (nothing was due there). In shown units. */
export interface Drawn {
  avg: (number | null | undefined)[];
  low: (number | null | undefined)[];
  high: (number | null | undefined)[];
}

/**
 * Columns of a lane between two buckets, × factor. A bucket without a reading joins its neighbours only where the tag comes less often than a bucket is long:
 * then the hole is as short as its usual distance (at most `usual` × 3). Bad ones and longer holes break the line.
 */
export function drawn(lane: Lane, from: number, to: number, factor: number): Drawn {
  const usual = usualDistance(lane.count);
  const column = (values: readonly (number | null)[]) => {
    const out: (number | null | undefined)[] = [];
    for (let i = from; i < to; i++) {
      const value = values[i] ?? null;
      out.push(value === null ? null : (value * lane.scale + lane.offset) * factor);
    }
    return out;
  };
  const result = { avg: column(lane.avg), low: column(lane.min), high: column(lane.max) };
  for (const [hole, end] of holes(lane.count, from, to)) {
    if (usual < 2 || end - hole >= usual * 3 || hole === from || end === to) continue;
    for (let i = hole; i < end; i++) {
      result.avg[i - from] = undefined;
      result.low[i - from] = undefined;
      result.high[i - from] = undefined;
    }
  }
  return result;
}

/** Median distance between buckets that have a reading, in buckets; 0 where there are too few to tell. */
function usualDistance(count: readonly number[]): number {
  const distances: number[] = [];
  let before = -1;
  for (let i = 0; i < count.length; i++) {
    if ((count[i] ?? 0) === 0) continue;
    if (before >= 0) distances.push(i - before);
    before = i;
  }
  return distances.length < 3 ? 0 : (distances.sort((a, b) => a - b)[distances.length >> 1] ?? 0);
}

/** Runs of buckets without a reading, [from, to). */
function holes(count: readonly number[], from: number, to: number): [number, number][] {
  const list: [number, number][] = [];
  let open = -1;
  for (let i = from; i <= to; i++) {
    const empty = i < to && (count[i] ?? 0) === 0;
    if (empty && open < 0) open = i;
    if (!empty && open >= 0) {
      list.push([open, i]);
      open = -1;
    }
  }
  return list;
}

/** A lane's mean at a moment, in engineering units; null where nothing usable was read in that bucket. */
export function valueAt(grid: Grid, tag: string, at: number): number | null {
  const lane = grid.lanes.get(tag);
  const value = lane?.avg[Math.floor((at - grid.start) / grid.stepMs)] ?? null;
  return lane === undefined || value === null ? null : value * lane.scale + lane.offset;
}
