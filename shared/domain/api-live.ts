import { z } from "zod";
import { AlarmState } from "./alarm.ts";
import { LatestReading } from "./api-latest.ts";
import { RigTag } from "./api-rigs.ts";
import { EpochMs, Id, RigId } from "./id.ts";
import { qualities, timings } from "./reading.ts";

/**
 * Messages of `WS /api/v1/sensor-data/ws/{rig_id}`. The client's first message authenticates, within 5 s; then the server sends
 * status_update "connected" (tags, latest readings, open alarms: the whole picture), then what changes.
 * Close codes: 1008 no right, limit, bad rig; 1011 our fault. A socket is closed within 5 s after its session ends.
 */

/** First message: the access token. It never stands in a URL. */
export const ClientMessage = z.discriminatedUnion("message_type", [
  z.strictObject({ message_type: z.literal("authenticate"), token: z.string().min(1).max(4_096) }),
  z.strictObject({ message_type: z.literal("ping") }),
  z.strictObject({ message_type: z.literal("close") }),
]);
export type ClientMessage = z.infer<typeof ClientMessage>;

/** Readings of one batch as columns, those of one tag together and in their order; `tag` points into the tags of the last status_update that brought a list. */
export const LiveReadings = z.object({
  epoch: Id,
  /** The last frame that they came in; rises with every message of an epoch. */
  frame: z.number().int(),
  tag: z.array(z.number().int()),
  at: z.array(EpochMs),
  /** Engineering units; null where there is no value. */
  value: z.array(z.union([z.number(), z.string(), z.null()])),
  quality: z.array(z.enum(qualities)),
  /** Words where not good; "none" else. */
  reason: z.array(z.string()),
  /** How well their times are known; absent where all are their own. Of a time that is not known `at` is what the rig's clock said, and wrong. */
  timing: z.array(z.enum(timings)).optional(),
});
export type LiveReadings = z.infer<typeof LiveReadings>;

/** How the rig stands with us. */
export const RigStatus = z.object({
  /** connected: first of a socket. alive: each 30 s. tags: the list has changed. restarted: the rig's daemon is new, `alarms` replaces what the client has. */
  status: z.enum(["connected", "alive", "tags", "restarted"]),
  online: z.boolean(),
  /** As in the fleet's rows. */
  connected: z.boolean(),
  origin: z.enum(["real", "simulated"]).nullable(),
  /** When something of the rig last landed. */
  seenAt: EpochMs.nullable(),
  completeTo: EpochMs.nullable(),
  lagMs: z.number().nullable(),
  /** With connected and tags. */
  tags: z.array(RigTag).optional(),
  /** With connected. */
  latest: z.array(LatestReading).optional(),
  /** With connected and restarted: every alarm that is not normal; replaces what the client has. */
  alarms: z.array(AlarmState).optional(),
});
export type RigStatus = z.infer<typeof RigStatus>;

const envelope = {
  rig: RigId,
  /** Counts the messages of this connection from 1. */
  seq: z.number().int(),
  timestamp: z.iso.datetime(),
};

export const LiveMessage = z.discriminatedUnion("message_type", [
  z.object({ ...envelope, message_type: z.literal("sensor_data"), data: LiveReadings }),
  z.object({ ...envelope, message_type: z.literal("status_update"), data: RigStatus }),
  /** An alarm that was normal before. */
  z.object({ ...envelope, message_type: z.literal("alert"), data: AlarmState }),
  /** Any further change of it. */
  z.object({ ...envelope, message_type: z.literal("alert_update"), data: AlarmState }),
  z.object({ ...envelope, message_type: z.literal("pong"), data: z.object({}) }),
  z.object({
    ...envelope,
    message_type: z.literal("error"),
    data: z.object({ code: z.string(), message: z.string() }),
  }),
]);
export type LiveMessage = z.infer<typeof LiveMessage>;
