import { useEffect, useRef, useState } from "preact/hooks";
import type { HistoricalAnswer } from "../../../shared/domain/api-history.ts";
import type { BucketSeries } from "../../../shared/domain/api-series.ts";
import { keepAsking } from "../../../shared/ui/keep-asking.ts";
import { serverNow } from "./clock.ts";
import { fold, type Grid, gridOf, type LiveReading, refreshed } from "./grid.ts";
import { ask } from "./session.ts";
import { askedGrid, type TimeSpan } from "./span.ts";

/** History of some tags of a rig over a span, with what came live since folded in. */
export interface Past {
  grid: Grid | null;
  /** Rises with each change of the grid, which is changed in place. */
  changes: number;
  trouble: string | null;
}

/** Backfill lands in the middle: what is drawn is asked again so often, ms. */
const againMs = 30_000;

/** Asks for history with about as many points as the plot is wide, folds live readings in, and asks again as late data may have come, and when `pictures` changes: then some may have been missed. */
export function usePast(rig: string, tags: string, span: TimeSpan, points: number, pictures: number) {
  const [past, set] = useState<Past>({ grid: null, changes: 0, trouble: null });
  const grid = useRef<Grid | null>(null);
  const changed = (trouble: string | null) =>
    set(({ changes }) => ({ grid: grid.current, changes: changes + 1, trouble }));
  const { length, end } = span;
  useEffect(() => {
    if (tags === "" || points === 0) return;
    const control = new AbortController();
    const { signal } = control;
    let first = true;
    const once = async (until: AbortSignal) => {
      const answer = await asked(rig, tags, span, points, until);
      if (signal.aborted) return;
      grid.current = answer === null ? null : refreshed(answer, first ? null : grid.current);
      first = false;
    };
    void keepAsking({ once, everyMs: againMs, signal, tell: changed });
    return () => control.abort();
  }, [rig, tags, length, end, points, pictures]);
  /** Takes live readings; a span of the past stays as it is. */
  const take = (readings: readonly LiveReading[]) => {
    if (grid.current === null || end !== null) return;
    for (const reading of readings) fold(grid.current, reading);
    set((before) => ({ ...before, changes: before.changes + 1 }));
  };
  return { past, take };
}

async function asked(
  rig: string,
  tags: string,
  span: TimeSpan,
  points: number,
  signal: AbortSignal,
): Promise<Grid | null> {
  const to = span.end ?? serverNow();
  const wanted = askedGrid(to - span.length, to, points);
  const time = `start=${new Date(wanted.start).toISOString()}&end=${new Date(wanted.end).toISOString()}`;
  const answer = await ask<HistoricalAnswer>(
    `/sensor-data/historical?rig_id=${rig}&tags=${tags}&${time}&points=${wanted.points}`,
    signal,
  );
  return gridOf(answer.data.filter((series): series is BucketSeries => series.form === "buckets"));
}
