import type { BucketSeries, ReadingSeries } from "./api-series.ts";
import type { Quality } from "./reading.ts";

/** Reads the API's columns; for screens, so without schemas. */

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
export function expand<T>(runs: readonly (readonly [number, T])[]): T[] {
  return runs.flatMap(([count, what]) => Array<T>(count).fill(what));
}

/** Qualities, one a reading. */
export function qualitiesOf(series: Pick<ReadingSeries, "quality">): Quality[] {
  return expand(series.quality);
}

/** A bucket column in engineering units. */
export function bucketNumbers(
  series: Pick<BucketSeries, "scale" | "offset">,
  column: readonly (number | null)[],
): (number | null)[] {
  return column.map((value) => (value === null ? null : value * series.scale + series.offset));
}

/** Start of each bucket, milliseconds since 1970. */
export function bucketTimes(series: Pick<BucketSeries, "start" | "stepMs" | "count">): Float64Array {
  return Float64Array.from(series.count, (_, i) => series.start + i * series.stepMs);
}
