import { z } from "zod";
import { Cursor, Moment, whole } from "./api.ts";
import { CoverageSpan } from "./api-coverage.ts";
import { BucketSeries, ReadingSeries } from "./api-series.ts";
import { EpochMs, RigId } from "./id.ts";

/** What may be asked about readings of the past, and its answers. */

/** Names that may be asked for at once. */
export const mostTags = 100;

const Names = z
  .string()
  .min(1)
  .max(8_000)
  .transform((text) => text.split(","))
  .pipe(z.array(z.string().regex(/^[A-Za-z0-9][\w. -]{0,79}$/, "tag names, aliases or ids")).max(mostTags));

/** `GET /sensor-data/historical`: readings by tag and time; with `points`, buckets instead so that about so many come back. */
export const HistoricalQuery = z.strictObject({
  rig_id: RigId,
  /** Comma-separated names, aliases of the catalogue or ids. */
  tags: Names.optional(),
  /** The original's word for the same. */
  parameters: Names.optional(),
  start: Moment.optional(),
  end: Moment.optional(),
  /** Readings of all tags together. */
  limit: whole(1, 100_000).default(10_000),
  cursor: Cursor.optional(),
  points: whole(2, 10_000).optional(),
});
export const HistoricalAnswer = z.object({
  success: z.literal(true),
  count: z.number().int(),
  rig: RigId,
  start: EpochMs,
  end: EpochMs,
  data: z.array(z.discriminatedUnion("form", [ReadingSeries, BucketSeries])),
  /** What of the span is not held, and why. */
  gaps: z.array(CoverageSpan),
  /** What of it was dated afterwards: the rig's clock was not known when it was made. */
  dated: z.array(CoverageSpan),
  /** Where the rig left out readings to make room on its disk, within the bound that the reason tells: means and counts there are of what was kept. */
  thinned: z.array(CoverageSpan),
  next: z.string().nullable(),
});
export type HistoricalAnswer = z.infer<typeof HistoricalAnswer>;

/** `GET /sensor-data/aggregated`: buckets of so many seconds; the last 24 h where no time is given. */
export const AggregatedQuery = z.strictObject({
  rig_id: RigId,
  tags: Names.optional(),
  parameters: Names.optional(),
  start: Moment.optional(),
  end: Moment.optional(),
  bucket: whole(1, 3_600).default(60),
});
export const AggregatedAnswer = z.object({
  success: z.literal(true),
  count: z.number().int(),
  rig: RigId,
  start: EpochMs,
  end: EpochMs,
  data: z.array(BucketSeries),
  gaps: z.array(CoverageSpan),
  dated: z.array(CoverageSpan),
  thinned: z.array(CoverageSpan),
});
export type AggregatedAnswer = z.infer<typeof AggregatedAnswer>;
