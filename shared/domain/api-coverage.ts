import { z } from "zod";
import { Moment, oneOf } from "./api.ts";
import { EpochMs, Id, RigId } from "./id.ts";

/** What the cloud answers to "is it all here?". */

const coverageKinds = ["held", "late", "thinned", "under way", "missing", "edge down", "undated", "not known"] as const;
/**
 * What is known of a span of a rig's time. What is held or late and was "dated afterwards" says so as its reason. "thinned": held, but the rig left out
 * readings to make room on its disk, within the bound that the reason tells. "undated": frames are here that were made somewhere in it. "edge down":
 * nothing is known to have been made: the rig box was off, or its disk lost the end of a run, or it "read nothing" where that is the reason.
 */
export const CoverageSpan = z
  .object({
    from: EpochMs,
    to: EpochMs,
    kind: z.enum(coverageKinds),
    /** Frames concerned; null where nobody can know. */
    frames: z.number().int().nullable(),
    /** Why it is missing, e.g. "evicted"; or that it was "dated afterwards"; empty where there is nothing to say beyond the kind (in `gaps` the kind stands there again). */
    reason: z.string(),
  })
  .meta({ id: "CoverageSpan" });
export type CoverageSpan = z.infer<typeof CoverageSpan>;

/** `GET /rigs/{id}/coverage`: "is it all here?" */
export const CoverageQuery = z.strictObject({ start: Moment.optional(), end: Moment.optional() });
export const Coverage = z.object({
  rig: RigId,
  start: EpochMs,
  end: EpochMs,
  completeTo: EpochMs.nullable(),
  spans: z.array(CoverageSpan),
  streams: z.array(
    z.object({
      stream: z.enum(["telemetry", "events"]),
      /** Everything up to here is stored or accounted for; null where that is not known. */
      completeTo: EpochMs.nullable(),
      /** Frames that the rig was heard to have made and that are not held: still at the rig, as far as is known. */
      underWay: z.number().int(),
      /** When these will be here at the rate at which backfill lands; null where none is measured, or none is under way. */
      arrivesAt: EpochMs.nullable(),
    }),
  ),
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
  /** Frames that the rig lost in more ranges than are kept of it: they are in no list here. As of the rig's newest hello since the office started; null while none told it. */
  lostBeyond: z.number().int().nullable(),
  /** Frames that are held and whose time nobody knows. */
  undated: z.number().int(),
  /** Each stretch of them, whenever it was made: not before `from` and not after `to`, null where nothing bounds it. `over`: their boot ended without a word of the true time, so they stay undated. */
  undatedSpans: z.array(
    z.object({
      epoch: Id,
      first: z.number().int(),
      last: z.number().int(),
      from: EpochMs.nullable(),
      to: EpochMs.nullable(),
      frames: z.number().int(),
      over: z.boolean(),
    }),
  ),
});
export type Coverage = z.infer<typeof Coverage>;
export const CoverageAnswer = oneOf(Coverage);
export type CoverageAnswer = z.infer<typeof CoverageAnswer>;
