import { z } from "zod";
import { whole } from "./api.ts";
import { EpochMs, Id, RigId } from "./id.ts";
import { qualities, timings } from "./reading.ts";
import { Unit } from "./units.ts";

/** What the cloud answers about the present: null means "no value", never zero. */

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
    /** "not known": `at` is what the rig's clock said, and wrong; which reading is the newest goes by the order of frames all the same. */
    timing: z.enum(timings),
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
