// `npm run train`: fits the hydraulics model to fault-free simulated drilling, sets its threshold without labels, measures it on seeds that
// neither saw, and writes model.onnx and manifest.json beside this file.
import "../../../shared/node/guard.ts";
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { type Sensor, sensorOf } from "../../../shared/domain/catalogue.ts";
import type { Manifest } from "../../scoring/manifest.ts";
import { type Features, openWindow, type Row } from "../../scoring/window.ts";
import { distanceOf, fitNormal, type Normal, residualScale, sharesOf } from "../mahalanobis.ts";
import { node, OPSET, onnxModel } from "../onnx.ts";
import { type RunOptions, simulatedRows } from "../rows.ts";

/** What hydraulics is seen by: pressure against what is pumped, what comes back, and the depth that it is pumped to. */
const inputs = ["mud_pressure", "mud_flow", "flow_out", "pump1_spm", "pump2_spm", "mud_density", "bit_depth"];
/** Where it was trained, rather than what it judges: outside the range it saw it does not know. What is judged may be anything a sensor can show. */
const context = ["bit_depth"];
const states: Manifest["states"] = ["rotary drilling"];
const window = { seconds: 20, samplingMs: 1_000 };
const onDelayS = 5;
/** Seeds for fitting, for the threshold, and for measuring; no test uses those of the first two. */
const fit: RunOptions[] = range(1, 16).map((seed, i) => ({ seed, hours: 6, startDepth: 8_800 + i * 200 }));
const quiet: RunOptions[] = range(101, 8).map((seed, i) => ({ seed, hours: 6, startDepth: 9_000 + i * 350 }));
const unseen = range(201, 10);
/** Above the greatest distance of the fault-free threshold runs. */
const MARGIN = 1.25;
const KEEP_EVERY_S = 5;

const hash = createHash("sha256");
const rows: Float64Array[] = [];
const ranges = inputs.map(() => [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] as [number, number]);
const open = inputs.map(() => [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as [number, number]);

for (const run of fit) {
  for await (const { seen, row } of windows(run, open)) {
    hash.update(row.values);
    widen(ranges, row.values);
    if (row.at % (KEEP_EVERY_S * 1_000) === 0) rows.push(seen.features);
  }
}
const normal = fitNormal(rows, inputs);

let greatest = 0;
for (const run of quiet)
  for await (const { seen } of windows(run, open)) greatest = Math.max(greatest, distanceOf(normal, seen.features));
const distance = greatest * MARGIN;

const model = graphOf(normal, distance);
const metrics = await measure(normal, distance);
const golden = await goldenOf(model, rows);
const valid = ranges.map((range, i) =>
  context.includes(inputs[i] ?? "") ? widened(range, 0.1) : (sensor(inputs[i] ?? "").limits.sane ?? range),
);
const manifest: Manifest = {
  id: "hydraulics",
  version: 1,
  task: "anomaly of the mud circuit while drilling: pressure that does not fit flow, strokes, density and depth",
  file: "model.onnx",
  sha256: createHash("sha256").update(model).digest("hex"),
  opset: OPSET,
  trainedOn: {
    command: "npm run train",
    rows: rows.length,
    sha256: hash.digest("hex"),
    seeds: fit.map((run) => run.seed),
  },
  inputs: inputs.map((name, i) => ({ name, unit: sensor(name).unit, valid: valid[i] ?? [0, 0] })),
  window,
  states,
  threshold: {
    distance,
    howSet: `${MARGIN} × the greatest distance in ${quiet.length} fault-free runs of ${quiet[0]?.hours} h (seeds ${quiet.map((run) => run.seed).join(", ")}); no labels`,
  },
  onDelayS,
  metrics,
  trivialBaseline: {
    alwaysOn: { recall: 1, falseAlarmsPerHour: 3_600 },
    neverOn: { recall: 0, falseAlarmsPerHour: 0 },
  },
  parity: golden.parity,
  golden: golden.vectors,
};
writeFileSync(join(import.meta.dirname, "model.onnx"), model);
writeFileSync(join(import.meta.dirname, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
process.stdout.write(
  `${JSON.stringify({ rows: rows.length, distance, parity: golden.parity, ...metrics }, null, 2)}\n`,
);

/** Full windows of a run, each with the row that filled it. */
async function* windows(run: RunOptions, bounds: [number, number][]): AsyncGenerator<{ seen: Features; row: Row }> {
  const { push } = openWindow({
    inputs: inputs.map((name, i) => ({ name, unit: sensor(name).unit, valid: bounds[i] ?? [0, 0] })),
    window,
    states,
  });
  for await (const row of simulatedRows(run, inputs)) {
    const seen = push(row);
    if (seen.status === "ready") yield { seen, row };
  }
}

/** On unseen seeds: how long after its start a washout is alarmed, and how often fault-free drilling is. */
async function measure(fitted: Normal, limit: number): Promise<Manifest["metrics"]> {
  const delays: (number | null)[] = [];
  let falseAlarms = 0;
  for (const seed of unseen) {
    const start = 1_200;
    delays.push(await firstAlarm({ seed, hours: 0.5, faults: [`washout@${start}`] }, fitted, limit, start));
    if ((await firstAlarm({ seed: seed + 100, hours: 1 }, fitted, limit, 0)) !== null) falseAlarms++;
  }
  const found = delays.filter((delay) => delay !== null).sort((a, b) => a - b);
  return {
    washout: {
      seeds: unseen,
      recall: found.length / unseen.length,
      delayS: { median: found[Math.floor(found.length / 2)] ?? null, worst: found.at(-1) ?? null },
    },
    faultFree: { hours: unseen.length, alarms: falseAlarms },
  };
}

/** Seconds from `after` to the first moment that the score stayed above its limit for the on-delay; null if never. An alarm before `after` counts as 0 or less. */
async function firstAlarm(run: RunOptions, fitted: Normal, limit: number, after: number): Promise<number | null> {
  let since: number | null = null;
  for await (const { seen, row } of windows(run, open)) {
    if (distanceOf(fitted, seen.features) <= limit) since = null;
    else since ??= row.at;
    if (since !== null && row.at - since >= onDelayS * 1_000) return row.at / 1_000 - after;
  }
  return null;
}

/** x → score (distance over its limit), shares (what each input contributes, adding up to 1) and residuals (how far each is from what the others make expect, in its unit). */
function graphOf(fitted: Normal, limit: number): Uint8Array {
  const width = inputs.length;
  return onnxModel(
    "hydraulics",
    { x: width },
    { score: 1, shares: width, residuals: width },
    [
      { name: "mean", shape: [width], data: Float32Array.from(fitted.mean) },
      { name: "scale", shape: [width], data: Float32Array.from(fitted.scale) },
      { name: "whitening", shape: [width, width], data: Float32Array.from(fitted.whitening) },
      { name: "precision", shape: [width, width], data: Float32Array.from(fitted.precision) },
      { name: "units", shape: [width], data: Float32Array.from(fitted.mean, (_, i) => 1 / residualScale(fitted, i)) },
      { name: "limit", shape: [1], data: Float32Array.of(limit) },
      { name: "zero", shape: [1], data: Float32Array.of(0) },
      { name: "tiny", shape: [1], data: Float32Array.of(1e-12) },
      { name: "columns", shape: [1], data: BigInt64Array.of(1n) },
    ],
    [
      node("Sub", ["x", "mean"], ["centred"]),
      node("Mul", ["centred", "scale"], ["z"]),
      node("MatMul", ["z", "whitening"], ["white"]),
      node("Mul", ["white", "white"], ["squares"]),
      node("ReduceSum", ["squares", "columns"], ["squared"], { keepdims: 1n }),
      node("Sqrt", ["squared"], ["distance"]),
      node("Div", ["distance", "limit"], ["score"]),
      node("MatMul", ["z", "precision"], ["along"]),
      node("Mul", ["along", "units"], ["residuals"]),
      node("Mul", ["z", "along"], ["parts"]),
      node("Max", ["parts", "zero"], ["positive"]),
      node("ReduceSum", ["positive", "columns"], ["whole"], { keepdims: 1n }),
      node("Max", ["whole", "tiny"], ["divisor"]),
      node("Div", ["positive", "divisor"], ["shares"]),
    ],
  );
}

/** Inputs with what the written model answers, and the greatest relative difference to the trainer's own arithmetic. */
async function goldenOf(bytes: Uint8Array, from: readonly Float64Array[]) {
  const session = await InferenceSession.create(bytes);
  const picks = [0, Math.floor(from.length / 2), from.length - 1].map(
    (i) => from[i] ?? new Float64Array(inputs.length),
  );
  const washed = Float64Array.from(picks[0] ?? []);
  washed[0] = (washed[0] ?? 0) * 0.93;
  const vectors: Manifest["golden"] = [];
  let parity = 0;
  for (const pick of [...picks, washed]) {
    const answer = await session.run({ x: new Tensor("float32", Float32Array.from(pick), [1, inputs.length]) });
    const score = Number(answer.score?.data[0]);
    const shares = Array.from(answer.shares?.data ?? [], Number);
    const own = distanceOf(normal, pick) / distance;
    parity = Math.max(
      parity,
      Math.abs(score - own) / Math.max(own, 1e-3),
      ...sharesOf(normal, pick).map((share, i) => Math.abs(share - (shares[i] ?? 0))),
    );
    vectors.push({
      input: Array.from(pick),
      score,
      shares,
      residuals: Array.from(answer.residuals?.data ?? [], Number),
    });
  }
  return { vectors, parity };
}

function widen(bounds: [number, number][], values: Float64Array): void {
  for (const [i, bound] of bounds.entries()) {
    bound[0] = Math.min(bound[0], values[i] ?? bound[0]);
    bound[1] = Math.max(bound[1], values[i] ?? bound[1]);
  }
}

function widened([low, high]: [number, number], share: number): [number, number] {
  return [low - (high - low) * share, high + (high - low) * share];
}

function sensor(name: string): Sensor {
  const found = sensorOf(name);
  if (found === undefined) throw new Error(`the catalogue has no ${name}`);
  return found;
}

function range(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}
