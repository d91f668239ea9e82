import { z } from "zod";
import { EpochMs, Id } from "./id.ts";

/** The states of ISA-18.2 that an alarm of ours can be in; "normal" ends its row. */
const alarmStates = [
  "unacknowledged",
  "acknowledged",
  "returned",
  "normal",
  "shelved",
  "suppressed",
  "out of service",
] as const;
export type AlarmLife = (typeof alarmStates)[number];

/** What contributed to a model's score: a tag, its share of the whole, and how far it is from what the other inputs make expect. */
export const Evidence = z.object({
  name: z.string(),
  label: z.string().optional(),
  share: z.number(),
  residual: z.number().optional(),
  /** Of the residual and the value. */
  unit: z.string().optional(),
  /** What the model took for it: its mean over the model's window. The residual is this less what was expected. */
  value: z.number().optional(),
});
export type Evidence = z.infer<typeof Evidence>;

/** That an alarm is put aside for a time, by whom and why. It goes on being judged meanwhile. */
export const Shelving = z.object({
  at: EpochMs,
  /** When it returns, as the wall clock shows it; only ever made earlier. */
  until: EpochMs,
  /** The time that was given, ms. */
  forMs: z.number().int().positive(),
  who: z.string(),
  why: z.string(),
  /** What it warns of is so at the moment. */
  active: z.boolean(),
  /** When it returns on the monotonic clock of this boot, ms: no step of the wall clock makes it later. */
  untilMono: z.number(),
  boot: Id,
});
export type Shelving = z.infer<typeof Shelving>;

/** Why an alarm is no longer shelved. */
export const returnReasons = ["time is up", "by hand", "priority rose", "clock not sure", "not stored"] as const;
export type ReturnReason = (typeof returnReasons)[number];

/** How an alarm came back from the shelf; `who` is null where it came by itself. */
export const Unshelved = z.object({ at: EpochMs, who: z.string().nullable(), why: z.enum(returnReasons) });

/** What is wrong with a value, a device or the disk, where no limit is passed. */
export const troubles = [
  "silent",
  "partly silent",
  "no good value",
  "stands still",
  "no score",
  "not stored",
  "journal damaged",
  "key lost",
] as const;

/** An alarm's whole state after a change. The rig is the only writer. */
export const AlarmState = z.object({
  /** Stable name: tag id and condition, e.g. "3f…:hh". */
  alarm: z.string().min(1).max(120),
  tag: Id,
  /** The tag's name when it was raised, e.g. "mud_pressure". */
  name: z.string(),
  /** What is wrong, for people: "Standpipe pressure low". */
  text: z.string(),
  /** ll, l, h, hh are limits; quality is "cannot judge"; score is a model's. */
  condition: z.enum(["ll", "l", "h", "hh", "quality", "score", "link", "storage", "configuration"]),
  priority: z.number().int().min(1).max(4),
  state: z.enum(alarmStates),
  /** Engineering value when the state changed; null where there was none. */
  value: z.number().nullable(),
  limit: z.number().nullable(),
  unit: z.string(),
  raisedAt: EpochMs,
  changedAt: EpochMs,
  acknowledgedAt: EpochMs.nullable(),
  acknowledgedBy: z.string().nullable(),
  /** The rig cannot judge at the moment: the tag's value is bad or missing. */
  cannotJudge: z.boolean(),
  /** For a score, greatest share first. */
  evidence: z.array(Evidence).optional(),
  /** For what is no limit and no score. */
  trouble: z.enum(troubles).optional(),
  /** While its state is "shelved". */
  shelving: Shelving.optional(),
  /** From its return from the shelf until it is raised anew. */
  unshelved: Unshelved.optional(),
});
export type AlarmState = z.infer<typeof AlarmState>;
