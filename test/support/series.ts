import type { ReadingSeries } from "../../shared/domain/api-series.ts";
import type { Quality } from "../../shared/domain/reading.ts";

/** Reads a series of readings that the API gave. */

/** Times of a series of readings, milliseconds since 1970. */
export function timesOf(series: Pick<ReadingSeries, "at0" | "dt">): Float64Array {
  const times = new Float64Array(series.dt.length);
  let at = series.at0;
  for (const [i, step] of series.dt.entries()) times[i] = at += step;
  return times;
}

/** Values in engineering units; null where there is none and where it is text. */
export function numbersOf(series: Pick<ReadingSeries, "kind" | "scale" | "offset" | "value">): (number | null)[] {
  return series.value.map((value) => {
    if (value === null || series.kind === "text") return null;
    return Number(value) * series.scale + series.offset;
  });
}

/** A column of runs as one entry a reading. */
function expand<T>(runs: readonly (readonly [number, T])[]): T[] {
  return runs.flatMap(([count, what]) => Array<T>(count).fill(what));
}

/** Qualities, one a reading. */
export function qualitiesOf(series: Pick<ReadingSeries, "quality">): Quality[] {
  return expand(series.quality);
}
