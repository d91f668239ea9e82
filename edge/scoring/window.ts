import type { Reason } from "../../shared/domain/reading.ts";
import type { RigState } from "../../shared/domain/rig-state.ts";
import type { Manifest } from "./manifest.ts";

/** One tick's engineering values of a model's inputs, in the manifest's order; NaN where there is no good one. */
export interface Row {
  at: number;
  state: RigState;
  values: Float64Array;
}

/** Why there is no score, and which input is to blame (position in the manifest). */
export interface Refusal {
  status: "refused";
  reason: Reason;
  input: number | null;
  /** How many inputs of this row could not be used. */
  unusable: number;
}

/** The features of a full window, and the span that they saw. */
export interface Features {
  status: "ready";
  features: Float64Array;
  from: number;
  to: number;
}

/**
 * Causal means over the last seconds, the same in training and on the rig. Cold until the window is full; starts anew
 * at a hole in time and when the rig leaves the states that the model judges.
 */
export function openWindow({ inputs, window, states }: Pick<Manifest, "inputs" | "window" | "states">): {
  push(row: Row): Features | Refusal;
} {
  const width = inputs.length;
  const depth = Math.round((window.seconds * 1_000) / window.samplingMs);
  const ring = new Float64Array(width * depth);
  const times = new Float64Array(depth);
  let filled = 0;
  let next = 0;

  const restart = () => {
    filled = 0;
    next = 0;
  };

  const refuse = (reason: Reason): Refusal => ({ status: "refused", reason, input: null, unusable: 0 });

  /** The first input that cannot be used is to blame; the others are counted. */
  function refusalOf({ values }: Row): Refusal | null {
    let first: Refusal | null = null;
    for (let i = 0; i < width; i++) {
      const value = values[i] ?? Number.NaN;
      const [low, high] = inputs[i]?.valid ?? [value, value];
      if (Number.isFinite(value) && value >= low && value <= high) continue;
      first ??= { ...refuse(Number.isFinite(value) ? "input out of range" : "input not good"), input: i };
      first.unusable++;
    }
    return first;
  }

  function means(): Float64Array {
    const features = new Float64Array(width);
    // Summed anew each time: a running sum would drift, and not agree with training to the bit.
    for (let slot = 0; slot < depth; slot++) {
      for (let i = 0; i < width; i++) features[i] = (features[i] ?? 0) + (ring[slot * width + i] ?? 0);
    }
    for (let i = 0; i < width; i++) features[i] = (features[i] ?? 0) / depth;
    return features;
  }

  function push(row: Row): Features | Refusal {
    if (!states.includes(row.state)) {
      restart();
      return refuse("not judged in this rig state");
    }
    const bad = refusalOf(row);
    if (bad !== null) return bad;
    const last = times[(next + depth - 1) % depth] ?? 0;
    if (filled > 0 && (row.at <= last || row.at - last > 3 * window.samplingMs)) restart();
    ring.set(row.values, next * width);
    times[next] = row.at;
    next = (next + 1) % depth;
    filled = Math.min(depth, filled + 1);
    if (filled < depth) return refuse("window incomplete");
    return { status: "ready", features: means(), from: times[next] ?? row.at, to: row.at };
  }

  return { push };
}
