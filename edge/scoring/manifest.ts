import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { rigStates } from "../../shared/domain/rig-state.ts";
import { Unit } from "../../shared/domain/units.ts";

const Input = z.strictObject({
  /** The tag's name on the rig. */
  name: z.string(),
  unit: Unit,
  /** Engineering values outside are refused: the model never saw them. */
  valid: z.tuple([z.number(), z.number()]),
});

/** What stands beside a model's file. A model without it, or that does not match it, is refused. */
export const Manifest = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]+$/),
  version: z.number().int().positive(),
  task: z.string(),
  file: z.literal("model.onnx"),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  opset: z.number().int(),
  trainedOn: z.strictObject({
    command: z.string(),
    rows: z.number().int(),
    sha256: z.string(),
    seeds: z.array(z.number().int()),
  }),
  inputs: z.array(Input).min(1).max(64),
  /** Each feature is the mean of an input over these seconds, at this sampling. */
  window: z.strictObject({ seconds: z.number().positive(), samplingMs: z.number().positive() }),
  /** Rig states in which it judges; in others there is no score. */
  states: z.array(z.enum(rigStates)).min(1),
  /** A score is a distance over this one: 1 is the limit. */
  threshold: z.strictObject({ distance: z.number().positive(), howSet: z.string() }),
  /** Seconds that the score must stay above 1 before it alarms. */
  onDelayS: z.number().nonnegative(),
  metrics: z.record(z.string(), z.unknown()),
  trivialBaseline: z.record(z.string(), z.unknown()),
  parity: z.number(),
  /** Run at every load: a wrong answer refuses the model. */
  golden: z
    .array(
      z.strictObject({
        input: z.array(z.number()),
        score: z.number(),
        shares: z.array(z.number()),
        residuals: z.array(z.number()),
      }),
    )
    .min(1),
});
export type Manifest = z.infer<typeof Manifest>;

/** Reads a model folder. Throws, naming the file, when the manifest is malformed or the model is not the one that it was written for. */
export function readModel(folder: string): { manifest: Manifest; model: Uint8Array } {
  const path = join(folder, "manifest.json");
  const parsed = Manifest.safeParse(JSON.parse(readFileSync(path, "utf8")));
  if (!parsed.success) throw new Error(`${path}: ${z.prettifyError(parsed.error)}`);
  const manifest = parsed.data;
  const file = join(folder, manifest.file);
  const model = readFileSync(file);
  const hash = createHash("sha256").update(model).digest("hex");
  if (hash !== manifest.sha256) {
    throw new Error(
      `${file} is not the model of its manifest (sha256 ${hash.slice(0, 12)}…, wanted ${manifest.sha256.slice(0, 12)}…): refused`,
    );
  }
  const wrong = manifest.golden.find(
    (one) => one.input.length !== manifest.inputs.length || one.shares.length !== manifest.inputs.length,
  );
  if (wrong !== undefined) throw new Error(`${path}: a golden vector has not one number an input`);
  return { manifest, model };
}
