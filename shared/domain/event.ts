import { z } from "zod";
import { AlarmState } from "./alarm.ts";
import { ClockAnchor } from "./dating.ts";
import { EpochMs, Id } from "./id.ts";
import { TagVersion } from "./tag.ts";

/**
 * What the stream `events` carries, in JSON. A plain object each: an old reader survives a new field.
 * A frame of events closes at once and refers to no dictionary.
 */

/** Names a frame in a stream of an epoch. */
const Seq = z
  .number()
  .int()
  .min(1)
  .max(2 ** 48 - 1);
const LastSeq = z.union([z.literal(0), Seq]);
/** Last seq of a stream of an epoch; 0 where it has no frame. */
const LastSeqs = z.object({ telemetry: LastSeq, events: LastSeq });

/** Seq 1 of every epoch's events: who runs, after whom, and every alarm that is open. It closes all others. */
export const EpochRecord = z.object({
  type: z.literal("epoch"),
  epoch: Id,
  /** The run before this one on this disk, with the last seqs that it gave; null where there was none, "unknown" where the disk does not tell. */
  predecessor: z.union([z.object({ epoch: Id, last: LastSeqs }), z.literal("unknown"), z.null()]),
  /** Changes with every boot of the machine; monotonic times are comparable within one. */
  boot: Id,
  software: z.string(),
  origin: z.enum(["real", "simulated"]),
  startedAt: EpochMs,
  /** The rig's name and well as the configuration has them, for people. */
  rigName: z.string(),
  well: z.string().nullable(),
  timeZone: z.string(),
  openAlarms: z.array(AlarmState),
  /** Frames of another epoch that were moved here, after a machine that was reverted in memory and on disk. */
  movedFrom: z.object({ epoch: Id, stream: z.enum(["telemetry", "events"]), firstSeq: Seq }).optional(),
});
export type EpochRecord = z.infer<typeof EpochRecord>;

export const TagEvent = z.object({ type: z.literal("tag"), hash: Id, version: TagVersion });
export type TagEvent = z.infer<typeof TagEvent>;

/** An ordered list of tag versions, as the difference to its parent: the parent's first `keep`, then `add`. Its name is the hash of the whole list. */
export const DictionaryEvent = z.object({
  type: z.literal("dictionary"),
  hash: Id,
  parent: Id.nullable(),
  keep: z.number().int().nonnegative(),
  add: z.array(Id),
});
export type DictionaryEvent = z.infer<typeof DictionaryEvent>;

/** Frames, or readings before they got a frame, that are gone, or time in which the daemon took none; and why. */
export const GapEvent = z.object({
  type: z.literal("gap"),
  stream: z.enum(["telemetry", "events"]),
  /** Tags concerned; all where absent. */
  tags: z.array(Id).optional(),
  from: EpochMs,
  to: EpochMs,
  /** The named frames, where there were any; landing this marks them lost. */
  frames: z
    .object({ epoch: Id, firstSeq: Seq, lastSeq: Seq })
    .refine(({ firstSeq, lastSeq }) => firstSeq <= lastSeq, "the first seq is behind the last")
    .optional(),
  /** Readings lost; null where nobody can know. */
  count: z.number().int().nonnegative().nullable(),
  reason: z.enum(["evicted", "overflow in RAM", "overflow at the source", "storage failed", "daemon stood still"]),
});
export type GapEvent = z.infer<typeof GapEvent>;

export const AlarmEvent = z.object({ type: z.literal("alarm"), state: AlarmState });
export type AlarmEvent = z.infer<typeof AlarmEvent>;

/**
 * The wall clock moved against the monotonic one by `step` ms, or its state changed, or somebody told the true time; `at` is the wall clock and `mono`
 * the monotonic one after it. `correction` dates the frames of this boot whose clock was not known, those before it too.
 */
export const ClockEvent = z.object({
  type: z.literal("clock"),
  at: EpochMs,
  mono: z.number(),
  step: z.number(),
  state: z.enum(["synchronised", "free-running", "unknown"]),
  correction: ClockAnchor.optional(),
});
export type ClockEvent = z.infer<typeof ClockEvent>;

/** Something a person did at the rig. */
export const ActionEvent = z.object({
  type: z.literal("action"),
  at: EpochMs,
  who: z.string(),
  station: z.string(),
  what: z.string(),
  detail: z.record(z.string(), z.unknown()).optional(),
});
export type ActionEvent = z.infer<typeof ActionEvent>;

/** How far the rig is with what the office asked for. What is told later of one request holds. */
export const RequestEvent = z.object({
  type: z.literal("request"),
  request: Id,
  state: z.enum(["taken", "done", "refused"]),
  /** Null unless it was refused. */
  why: z
    .enum([
      "the rig has nothing of it",
      "its bytes are used up",
      "the office cannot read it",
      "the rig is asked for more bytes at once than it allows",
      "the rig has sent all that it sends on request this month",
    ])
    .nullable(),
  /** Frames of it that waited for their receipt when it was taken. */
  frames: z.number().int().nonnegative(),
  /** Bytes that went for it although the link's policy held such back, all runs together. */
  bytes: z.number().int().nonnegative(),
});
export type RequestEvent = z.infer<typeof RequestEvent>;

export const RigEvent = z.discriminatedUnion("type", [
  EpochRecord,
  TagEvent,
  DictionaryEvent,
  GapEvent,
  AlarmEvent,
  ClockEvent,
  ActionEvent,
  RequestEvent,
]);
export type RigEvent = z.infer<typeof RigEvent>;
