import { InferenceSession, Tensor } from "onnxruntime-node";
import { type Manifest, readModel } from "./manifest.ts";

/** What a model says of one window. */
export interface Verdict {
  /** Distance from normal over the threshold; 1 is the limit. Never negative. */
  score: number;
  /** What each input contributes, 0 to 1, in the manifest's order. */
  shares: Float32Array;
  /** How far each input is from what the others make expect, in its unit. */
  residuals: Float32Array;
}

export interface Model {
  manifest: Manifest;
  /** Judges the features of one window. Throws when the answer is not finite. */
  judge(features: Float64Array): Promise<Verdict>;
}

const GOLDEN_TOLERANCE = 1e-3;

/** Loads a model from its folder once its hash agrees, and runs its golden vectors. Throws, with the reason, rather than serve a doubtful one. */
export async function openModel(folder: string): Promise<Model> {
  const { manifest, model } = readModel(folder);
  const session = await InferenceSession.create(model, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  const width = manifest.inputs.length;
  const input = new Float32Array(width);

  async function judge(features: Float64Array): Promise<Verdict> {
    if (features.length !== width) throw new Error(`${manifest.id} takes ${width} inputs, got ${features.length}`);
    input.set(features);
    const answer = await session.run({ x: new Tensor("float32", input, [1, width]) });
    const score = answer.score?.data[0];
    const shares = answer.shares?.data;
    const residuals = answer.residuals?.data;
    if (typeof score !== "number" || !Number.isFinite(score) || score < 0)
      throw new Error(`${manifest.id} answered ${score} as score`);
    if (!finite(shares) || !finite(residuals)) throw new Error(`${manifest.id} answered numbers that are not finite`);
    return { score, shares, residuals };
  }

  for (const golden of manifest.golden) {
    const { score, shares } = await judge(Float64Array.from(golden.input));
    const off = Math.abs(score - golden.score) > GOLDEN_TOLERANCE * Math.max(1, golden.score);
    const sharesOff = golden.shares.some((share, i) => Math.abs(share - (shares[i] ?? Number.NaN)) > GOLDEN_TOLERANCE);
    if (off || sharesOff) throw new Error(`${folder}: a golden vector gives ${score}, wanted ${golden.score}: refused`);
  }
  return { manifest, judge };
}

function finite(data: unknown): data is Float32Array {
  return data instanceof Float32Array && data.every(Number.isFinite);
}
