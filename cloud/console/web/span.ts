import type { RigSummary } from "../../../shared/domain/api-rigs.ts";

/** The span of time that a rig's page shows. */
export interface TimeSpan {
  /** ms. */
  length: number;
  /** Its end, ms UTC; null: it ends now and goes on. */
  end: number | null;
}

const hourMs = 3_600_000;
export const weekMs = 168 * hourMs;

export type LengthName = "1h" | "6h" | "24h" | "7d";

export const lengths: readonly (readonly [LengthName, string, number])[] = [
  ["1h", "1 h", hourMs],
  ["6h", "6 h", 6 * hourMs],
  ["24h", "24 h", 24 * hourMs],
  ["7d", "7 d", weekMs],
];

/** What is shown at first: the length that was chosen before, by its name; else the shortest that covers what is known of the rig, a day at most, six hours where nothing is. */
export function usualSpan({ coverage }: Pick<RigSummary, "coverage">, now: number, chosen: string): TimeSpan {
  const before = lengths.find(([name]) => name === chosen);
  if (before !== undefined) return { length: before[2], end: null };
  const first = coverage.find(({ kind }) => kind === "held" || kind === "late" || kind === "thinned");
  if (first === undefined) return { length: 6 * hourMs, end: null };
  const age = now - first.from;
  const covers = lengths.find(([, , length]) => age <= length && length < 24 * hourMs);
  return { length: covers?.[2] ?? 24 * hourMs, end: null };
}

/** The share of the axis that lies after now, so that the newest values do not stick to the edge. */
const aheadShare = 0.035;

/** From and to of the data, and the end of the axis. */
export function boundsOf({ length, end }: TimeSpan, now: number): { from: number; to: number; edge: number } {
  const to = end ?? now;
  return { from: to - length, to, edge: end === null ? to + length * aheadShare : to };
}

/** The span moved by the pointer or keys: never into the future, where it becomes live, and never before the week that the brush shows. */
export function movedTo({ length }: TimeSpan, end: number, now: number): TimeSpan {
  if (end >= now - length * 0.01) return { length, end: null };
  return { length, end: Math.max(now - weekMs + length, end) };
}

/** Steps of a grid, s: those that the API takes too. */
const steps = [1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1_200, 1_800, 3_600];

/**
 * What to ask for about `points` buckets so that every answer for the same span has the same grid: a round step, the start a multiple of it.
 */
export function askedGrid(
  from: number,
  to: number,
  points: number,
): { start: number; end: number; points: number; stepMs: number } {
  const least = (to - from) / Math.max(2, points);
  const stepMs = 1_000 * (steps.find((one) => one * 1_000 >= least) ?? 7_200);
  const start = Math.floor(from / stepMs) * stepMs;
  const length = Math.max(2, Math.ceil((to - start) / stepMs));
  return { start, end: start + length * stepMs, points: length, stepMs };
}
