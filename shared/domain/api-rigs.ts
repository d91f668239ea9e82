import { z } from "zod";
import { AlarmState } from "./alarm.ts";
import { listOf, oneOf } from "./api.ts";
import { CoverageSpan } from "./api-coverage.ts";
import { LatestReading } from "./api-latest.ts";
import { columnHead } from "./api-series.ts";
import { EpochMs, RigId } from "./id.ts";
import { Limits } from "./tag.ts";
import { Unit } from "./units.ts";

/** What the cloud answers about rigs: the fleet, one rig, and the catalogue of sensors. */

/** A rig's tag as it is now. */
export const RigTag = z.object({ ...columnHead, limits: Limits, source: z.string() }).meta({ id: "RigTag" });
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
  /** It reports as often as it usually does. */
  online: z.boolean(),
  /** It does not report, and yet our broker holds its connection: the run that goes on has read nothing so far. Its alarms are of now. */
  connected: z.boolean(),
  /** When something of the rig last landed. */
  seenAt: EpochMs.nullable(),
  /** Everything up to here is stored or accounted for. */
  completeTo: EpochMs.nullable(),
  /** Receive time at the rig to landing here, of the newest live frame. */
  lagMs: z.number().nullable(),
  depth: LatestReading.nullable(),
  rop: LatestReading.nullable(),
  /** Not normal and not put aside. */
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

/** `GET /sensors`: the catalogue. */
const SensorRow = z.object({
  name: z.string(),
  label: z.string(),
  unit: Unit,
  aliases: z.array(z.string()),
  limits: Limits,
});
export const SensorsAnswer = listOf(SensorRow);
export type SensorsAnswer = z.infer<typeof SensorsAnswer>;
