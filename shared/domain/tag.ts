import { z } from "zod";
import { EpochMs, Id } from "./id.ts";
import type { Representation } from "./reading.ts";
import { rigStates } from "./rig-state.ts";
import { Unit } from "./units.ts";

/** An integer register; the engineering value is raw × scale + offset. `bits` is the width as read: 64 keeps all bits. */
const Scaled = z.strictObject({
  type: z.literal("scaled"),
  bits: z.union([z.literal(16), z.literal(32), z.literal(64)]).default(16),
  signed: z.boolean().default(true),
  scale: z.number().default(1),
  offset: z.number().default(0),
});
/** A PLC REAL: float32, kept by its bits. */
const Real = z.strictObject({ type: z.literal("real"), scale: z.number().default(1), offset: z.number().default(0) });
/** A float64, kept by its bits. */
const Double = z.strictObject({
  type: z.literal("double"),
  scale: z.number().default(1),
  offset: z.number().default(0),
});
const Flag = z.strictObject({ type: z.literal("flag") });
const Text = z.strictObject({ type: z.literal("text") });

/** How a value is read and what it means in engineering units. */
export const Kind = z.discriminatedUnion("type", [Scaled, Real, Double, Flag, Text]);
export type Kind = z.infer<typeof Kind>;

/** One alarm limit in engineering units; `states` limits it to those rig states (always, where absent). */
export const Limit = z.strictObject({
  at: z.number(),
  /** 1 critical, 2 high, 3 medium, 4 low. */
  priority: z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)]),
  states: z.array(z.enum(rigStates)).optional(),
});
export type Limit = z.infer<typeof Limit>;

/** What is plausible and what is alarmed, in engineering units. */
export const Limits = z.strictObject({
  /** Outside: bad, the raw value kept. */
  sane: z.tuple([z.number(), z.number()]).optional(),
  /** Largest plausible change a second; beyond: uncertain. */
  maxStep: z.number().positive().optional(),
  /** Seconds without any change after which a value that is never still counts as a flat line. */
  flatAfterS: z.number().positive().optional(),
  /** The normal band that the screens draw. */
  normal: z.tuple([z.number(), z.number()]).optional(),
  ll: Limit.optional(),
  l: Limit.optional(),
  h: Limit.optional(),
  hh: Limit.optional(),
  /** Seconds that a limit must be passed before its alarm is raised. */
  onDelayS: z.number().nonnegative().default(5),
  /** How far back inside the limit the value must come, as a share of |limit|. */
  deadband: z.number().min(0).max(1).default(0.02),
});
export type Limits = z.infer<typeof Limits>;

/** What a tag is called, measured in and limited by, from `validFrom` on. The id never changes; any other change is a new version, named by its hash. */
export const TagVersion = z.strictObject({
  id: Id,
  name: z.string().regex(/^[a-z][a-z0-9_.]{0,79}$/, "lower snake case, dots allowed"),
  label: z.string().min(1).max(80),
  unit: Unit,
  kind: Kind,
  limits: Limits.default({ onDelayS: 5, deadband: 0.02 }),
  /** The device that it is read from; scores and derived tags name what makes them. */
  source: z.string().min(1).max(80),
  validFrom: EpochMs,
});
export type TagVersion = z.infer<typeof TagVersion>;

/** How the eight bytes of this kind's values are to be read. */
export function representationOf(kind: Kind): Representation {
  return kind.type === "scaled" && kind.bits === 64 ? "long" : kind.type;
}

/** From a value as read to engineering units. */
export function engineering(kind: Kind, raw: number): number {
  return kind.type === "flag" || kind.type === "text" ? raw : raw * kind.scale + kind.offset;
}
