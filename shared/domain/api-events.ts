import { z } from "zod";
import { AlarmState, Evidence } from "./alarm.ts";
import { Cursor, listOf, Moment, whole } from "./api.ts";
import { RigEvent } from "./event.ts";
import { EpochMs, Id, RigId } from "./id.ts";

/** What the cloud answers about what happened: events, alarms, and spans in which a score stood high. */

/** `GET /rigs/{id}/events`: newest first. */
export const EventsQuery = z.strictObject({
  type: z.enum(["epoch", "tag", "dictionary", "gap", "alarm", "clock", "action", "request"]).optional(),
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
