import type { BucketSeries } from "../../shared/domain/api-series.ts";
import { bucketSeries } from "../../shared/domain/columns.ts";
import type { RigId } from "../../shared/domain/id.ts";
import type { TagVersion } from "../../shared/domain/tag.ts";
import { bucketsOf } from "../archive/buckets.ts";
import type { History } from "../archive/history.ts";

/** Equal spans of tags, in their order. A tag without any reading in them has empty buckets. */
export async function bucketsOfTags(
  history: Pick<History, "buckets">,
  rig: RigId,
  tags: readonly TagVersion[],
  { start, step, length }: { start: number; step: number; length: number },
): Promise<BucketSeries[]> {
  const ids = tags.map(({ id }) => id);
  const found = await history.buckets(rig, ids, start, start + step * length, step);
  const byTag = new Map(found.map((one) => [one.version.id, one]));
  return tags.map((tag) => {
    const one = byTag.get(tag.id);
    if (one === undefined) return bucketSeries(tag, bucketsOf(start, step, length));
    const series = bucketSeries(one.version, one.buckets);
    return one.converted ? { ...series, kind: "double", scale: 1, offset: 0 } : series;
  });
}
