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
  /** Of the residual. */
  unit: z.string().optional(),
});
export type Evidence = z.infer<typeof Evidence>;

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
});
export type AlarmState = z.infer<typeof AlarmState>;
