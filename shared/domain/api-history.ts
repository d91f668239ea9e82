import { z } from "zod";
import { AlarmState, Evidence } from "./alarm.ts";
import { Cursor, listOf, Moment, oneOf, whole } from "./api.ts";
import { RigEvent } from "./event.ts";
import { EpochMs, Id, RigId } from "./id.ts";
import { qualities } from "./reading.ts";
import { Limits } from "./tag.ts";
import { Unit } from "./units.ts";

/** What the cloud answers about readings: the present, the past, what is missing. Null means "no value", never zero. */

/** Names that may be asked for at once. */
export const mostTags = 100;

const Names = z
  .string()
  .min(1)
  .max(8_000)
  .transform((text) => text.split(","))
  .pipe(z.array(z.string().regex(/^[A-Za-z0-9][\w. -]{0,79}$/, "tag names, aliases or ids")).max(mostTags));

/** The reading that counts as the present one of a tag. */
export const LatestReading = z
  .object({
    rig: RigId,
    tag: Id,
    name: z.string(),
    label: z.string(),
    unit: Unit,
    at: EpochMs,
    /** Engineering units; a text tag's text; null where there is none (the reason says why). */
    value: z.union([z.number(), z.string(), z.null()]),
    quality: z.enum(qualities),
    /** "none" when good. */
    reason: z.string(),
    /** Milliseconds between `at` and this answer. */
    ageMs: z.number(),
    /** The time is the source's own, not the gateway's. */
    sourceTime: z.boolean(),
  })
  .meta({ id: "LatestReading" });
export type LatestReading = z.infer<typeof LatestReading>;

/** `GET /sensor-data/realtime`: the latest reading of each tag, newest first. */
export const RealtimeQuery = z.strictObject({ rig_id: RigId.optional(), limit: whole(1, 10_000).default(100) });
export const RealtimeAnswer = z.object({
  success: z.literal(true),
  count: z.number().int(),
  data: z.array(LatestReading),
  timestamp: z.iso.datetime(),
});
export type RealtimeAnswer = z.infer<typeof RealtimeAnswer>;

/** A tag as a column's head: engineering value = column value × scale + offset. */
const head = {
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
const ReasonRuns = z.array(z.tuple([z.number().int(), z.string()]));

/** Readings of one tag as columns, oldest first. `series.ts` reads them. */
export const ReadingSeries = z
  .object({
    form: z.literal("readings"),
    ...head,
    count: z.number().int(),
    /** Time of the first; 0 when count is 0. */
    at0: EpochMs,
    /** Milliseconds from each reading to the one before it; the first is 0. */
    dt: z.array(z.number().int()),
    value: z.array(z.union([z.number(), z.string(), z.null()])),
    quality: QualityRuns,
    reason: ReasonRuns,
  })
  .meta({ id: "ReadingSeries" });
export type ReadingSeries = z.infer<typeof ReadingSeries>;

const Column = z.array(z.number().nullable());

/** One tag by equal spans of time: bucket i covers [start + i × stepMs, + stepMs). A bucket without good or uncertain values is null in all but the counts. */
export const BucketSeries = z
  .object({
    form: z.literal("buckets"),
    ...head,
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

export const coverageKinds = ["held", "late", "under way", "missing", "edge down", "undated", "not known"] as const;
/** What is known of a span of a rig's time. */
export const CoverageSpan = z
  .object({
    from: EpochMs,
    to: EpochMs,
    kind: z.enum(coverageKinds),
    /** Frames concerned; null where nobody can know. */
    frames: z.number().int().nullable(),
    /** Why it is missing, e.g. "evicted"; empty for what is held. */
    reason: z.string(),
  })
  .meta({ id: "CoverageSpan" });
export type CoverageSpan = z.infer<typeof CoverageSpan>;

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
});
export type AggregatedAnswer = z.infer<typeof AggregatedAnswer>;

/** A rig's tag as it is now. */
export const RigTag = z.object({ ...head, limits: Limits, source: z.string() }).meta({ id: "RigTag" });
export type RigTag = z.infer<typeof RigTag>;

/** One row of the fleet. Null: not known. */
export const RigSummary = z.object({
  rig: RigId,
  name: z.string(),
  well: z.string().nullable(),
  timeZone: z.string(),
  origin: z.enum(["real", "simulated"]).nullable(),
  software: z.string().nullable(),
  /** Words of V49, from the tag rig_state; null while no good one is known. */
  state: z.string().nullable(),
  /** Something of the rig landed within the last 15 s. */
  online: z.boolean(),
  /** When something of the rig last landed. */
  seenAt: EpochMs.nullable(),
  /** Everything up to here is stored or accounted for. */
  completeTo: EpochMs.nullable(),
  /** Receive time at the rig to landing here, of the newest live frame. */
  lagMs: z.number().nullable(),
  depth: LatestReading.nullable(),
  rop: LatestReading.nullable(),
  openAlarms: z.number().int(),
  unacknowledged: z.number().int(),
  worstAlarm: AlarmState.nullable(),
  /** Spans of the last 24 h. */
  coverage: z.array(CoverageSpan),
});
export type RigSummary = z.infer<typeof RigSummary>;

export const RigsAnswer = listOf(RigSummary);
export type RigsAnswer = z.infer<typeof RigsAnswer>;

export const RigDetail = RigSummary.extend({
  tags: z.array(RigTag),
  alarms: z.array(AlarmState),
  latest: z.array(LatestReading),
});
export type RigDetail = z.infer<typeof RigDetail>;
export const RigAnswer = oneOf(RigDetail);
export type RigAnswer = z.infer<typeof RigAnswer>;

/** `GET /rigs/{id}/coverage`: "is it all here?" */
export const CoverageQuery = z.strictObject({ start: Moment.optional(), end: Moment.optional() });
export const Coverage = z.object({
  rig: RigId,
  start: EpochMs,
  end: EpochMs,
  completeTo: EpochMs.nullable(),
  spans: z.array(CoverageSpan),
  /** Tags that had no good value, from when to when. */
  noGoodValue: z.array(z.object({ tag: Id, name: z.string(), from: EpochMs, to: EpochMs })),
  /** What is held, by name; state as the contract has it. */
  held: z.array(
    z.object({
      epoch: Id,
      stream: z.enum(["telemetry", "events"]),
      first: z.number().int(),
      last: z.number().int(),
      state: z.enum(["lost", "quarantined", "thinned", "stored", "expired"]),
    }),
  ),
  /** Frames without a true clock as yet. */
  undated: z.number().int(),
});
export type Coverage = z.infer<typeof Coverage>;
export const CoverageAnswer = oneOf(Coverage);
export type CoverageAnswer = z.infer<typeof CoverageAnswer>;

/** `GET /rigs/{id}/events`: newest first. */
export const EventsQuery = z.strictObject({
  type: z.enum(["epoch", "tag", "dictionary", "gap", "alarm", "clock", "action"]).optional(),
  start: Moment.optional(),
  end: Moment.optional(),
  limit: whole(1, 1_000).default(100),
  cursor: Cursor.optional(),
});
export const RigEventRow = z
  .object({
    rig: RigId,
    epoch: Id,
    seq: z.number().int(),
    /** When the rig accepted it. */
    at: EpochMs,
    /** When it landed here. */
    landedAt: EpochMs,
    event: RigEvent,
  })
  .meta({ id: "RigEventRow" });
export type RigEventRow = z.infer<typeof RigEventRow>;
export const EventsAnswer = listOf(RigEventRow);
export type EventsAnswer = z.infer<typeof EventsAnswer>;

/** `GET /alarms`: alarms that are not normal, of all rigs granted or one; worst first. */
export const AlarmsQuery = z.strictObject({
  rig_id: RigId.optional(),
  priority: whole(1, 4).optional(),
  limit: whole(1, 1_000).default(100),
  cursor: Cursor.optional(),
});
export const AlarmRow = z
  .object({
    rig: RigId,
    state: AlarmState,
    /** The rig reports at the moment; false: "not known since `knownAt`". */
    current: z.boolean(),
    knownAt: EpochMs.nullable(),
  })
  .meta({ id: "AlarmRow" });
export type AlarmRow = z.infer<typeof AlarmRow>;
export const AlarmsAnswer = listOf(AlarmRow);
export type AlarmsAnswer = z.infer<typeof AlarmsAnswer>;

/** `GET /anomalies`: spans in which a model's score stood above its threshold, newest first. */
export const AnomaliesQuery = z.strictObject({
  rig_id: RigId.optional(),
  hours: whole(1, 168).default(24),
  limit: whole(1, 1_000).default(100),
  cursor: Cursor.optional(),
});
export const Anomaly = z
  .object({
    rig: RigId,
    tag: Id,
    name: z.string(),
    from: EpochMs,
    /** Last reading above the threshold. */
    to: EpochMs,
    readings: z.number().int(),
    peak: z.number(),
    threshold: z.number(),
    /** Contributing tags, greatest share first, as the rig's alarm told them; empty where it raised none. */
    evidence: z.array(Evidence),
  })
  .meta({ id: "Anomaly" });
export type Anomaly = z.infer<typeof Anomaly>;
export const AnomaliesAnswer = listOf(Anomaly);
export type AnomaliesAnswer = z.infer<typeof AnomaliesAnswer>;

/** `GET /sensors`: the catalogue. */
export const SensorRow = z.object({
  name: z.string(),
  label: z.string(),
  unit: Unit,
  aliases: z.array(z.string()),
  limits: Limits,
});
export const SensorsAnswer = listOf(SensorRow);
export type SensorsAnswer = z.infer<typeof SensorsAnswer>;
