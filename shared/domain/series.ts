import type { BucketSeries } from "./api-series.ts";

/** A bucket column in engineering units. */
export function bucketNumbers(
  series: Pick<BucketSeries, "scale" | "offset">,
  column: readonly (number | null)[],
): (number | null)[] {
  return column.map((value) => (value === null ? null : value * series.scale + series.offset));
}
