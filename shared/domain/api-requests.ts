import { z } from "zod";
import { listOf, Moment, oneOf } from "./api.ts";
import { EpochMs, Id, RigId } from "./id.ts";
import { maxAskedTags } from "./request.ts";

/** What the office asks a rig for beside what comes by itself. */

const dayMs = 86_400_000;
/** A span's greatest length, ms. */
export const longestSpanMs = 7 * dayMs;

const limits = {
  /** Bytes that may go for it although the rig's data budget or link windows hold such back. */
  maxBytes: z.number().int().min(100_000).max(1_000_000_000).default(5_000_000),
};

/** `POST /rigs/{id}/requests`. A span's times are the rig's own; its end is included. */
export const RequestBody = z.discriminatedUnion("what", [
  z.strictObject({
    what: z.literal("span"),
    start: Moment,
    end: Moment,
    /** What the rig has as history and the office does not hold is sent again. */
    repair: z.boolean().default(false),
    ...limits,
    /** How long the rig is told of it. */
    forHours: z.number().int().min(1).max(720).default(72),
  }),
  z.strictObject({
    what: z.literal("tags"),
    /** Ids or names. */
    tags: z.array(z.string().min(1).max(200)).min(1).max(maxAskedTags),
    ...limits,
    forMinutes: z.number().int().min(1).max(1_440).default(15),
  }),
]);
export type RequestBody = z.input<typeof RequestBody>;

/** "told": sent to the rig, which has not said anything yet; "arriving": the rig took it. */
const requestStates = ["asked", "told", "arriving", "done", "refused", "expired", "withdrawn"] as const;

export const RigRequest = z
  .object({
    request: Id,
    rig: RigId,
    wanted: z.discriminatedUnion("what", [
      z.object({ what: z.literal("span"), start: EpochMs, end: EpochMs, repair: z.boolean() }),
      z.object({ what: z.literal("tags"), tags: z.array(Id) }),
    ]),
    maxBytes: z.number().int(),
    /** Of these, what the rig has said to be spent. */
    spentBytes: z.number().int(),
    askedAt: EpochMs,
    askedBy: z.string(),
    endsAt: EpochMs,
    state: z.enum(requestStates),
    /** Why it was refused; null where it was not. */
    why: z.string().nullable(),
    toldAt: EpochMs.nullable(),
    /** When the rig last said something of it. */
    heardAt: EpochMs.nullable(),
    /** Frames of it that waited at the rig when it took it. */
    frames: z.number().int(),
  })
  .meta({ id: "RigRequest" });
export type RigRequest = z.infer<typeof RigRequest>;

export const RequestAnswer = oneOf(RigRequest);
export type RequestAnswer = z.infer<typeof RequestAnswer>;
/** Newest first, the last 50. */
export const RequestsAnswer = listOf(RigRequest);
export type RequestsAnswer = z.infer<typeof RequestsAnswer>;
