import { z } from "zod";
import { EpochMs, Id } from "./id.ts";
import { qualities, timings } from "./reading.ts";
import { Unit } from "./units.ts";

/** Readings of one tag as columns, one by one or by equal spans of time. Null means "no value", never zero. */

/** A tag as a column's head: engineering value = column value × scale + offset. */
export const columnHead = {
  tag: Id,
  name: z.string(),
  label: z.string(),
  unit: Unit,
  /** long: 64-bit integers as decimal strings. text: strings. flag: 0 or 1. Others: numbers. */
  kind: z.enum(["scaled", "long", "real", "double", "flag", "text"]),
  scale: z.number(),
  offset: z.number(),
};

/** Runs: [how many, what]. */
const QualityRuns = z.array(z.tuple([z.number().int(), z.enum(qualities)]));
const TimingRuns = z.array(z.tuple([z.number().int(), z.enum(timings)]));
const ReasonRuns = z.array(z.tuple([z.number().int(), z.string()]));

/** Readings of one tag as columns, oldest first. `series.ts` reads them. */
export const ReadingSeries = z
  .object({
    form: z.literal("readings"),
    ...columnHead,
    count: z.number().int(),
    /** Time of the first; 0 when count is 0. */
    at0: EpochMs,
    /** Milliseconds from each reading to the one before it; the first is 0. */
    dt: z.array(z.number().int()),
    value: z.array(z.union([z.number(), z.string(), z.null()])),
    quality: QualityRuns,
    reason: ReasonRuns,
    /** How well their times are known; absent where all are their own. */
    timing: TimingRuns.optional(),
  })
  .meta({ id: "ReadingSeries" });
export type ReadingSeries = z.infer<typeof ReadingSeries>;

const Column = z.array(z.number().nullable());

/** One tag by equal spans of time: bucket i covers [start + i × stepMs, + stepMs). A bucket without good or uncertain values is null in all but the counts. */
export const BucketSeries = z
  .object({
    form: z.literal("buckets"),
    ...columnHead,
    start: EpochMs,
    stepMs: z.number().int().positive(),
    avg: Column,
    min: Column,
    max: Column,
    last: Column,
    /** Readings in the bucket, whatever their quality. */
    count: z.array(z.number().int()),
    /** Of them uncertain and bad. */
    uncertain: z.array(z.number().int()),
    bad: z.array(z.number().int()),
  })
  .meta({ id: "BucketSeries" });
export type BucketSeries = z.infer<typeof BucketSeries>;
