import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { type Model, openModel } from "../../edge/scoring/model.ts";
import type { AlarmState } from "../../shared/domain/alarm.ts";
import { demoTags, type Outcome, runRig } from "../support/pure-rig.ts";

/** The demo's stages and its model, on seeds that neither training nor threshold nor measurement saw. */
const seeds = Array.from({ length: 10 }, (_, i) => 1_001 + i);
const quietSeeds = Array.from({ length: 10 }, (_, i) => 1_101 + i);
const HOUR_S = 3_600;
/** When a fault begins: windows are full, the rig drills. */
const FROM_S = 600;
const WITHIN_S = 60;

/** What stands still for long on a healthy rig, or around zero, so that no flat line can be told. */
const mayBeStill = ["depth", "bit_depth", "block_position", "bit_wear", "pump3_spm", "pit_gain"];
const measured = demoTags.filter(({ name, kind }) => kind.type !== "flag" && !/tick|rig_state/.test(name));
const alone = ["mud_pressure", "mud_flow", "hook_load", "torque", "gas", "mud_density"];

let model: Model;
beforeAll(async () => {
  model = await openModel(join(import.meta.dirname, "..", "..", "edge", "models", "hydraulics"));
});

/** Seconds from the fault's begin to the first alarm that is about it; an alarm before the fault fails the test. */
function delayOf({ raised }: Outcome, isAbout: (alarm: AlarmState) => boolean): number {
  const early = raised.filter(({ second }) => second < FROM_S).map(({ alarm }) => alarm.text);
  expect(early).toEqual([]);
  const first = raised.find(({ alarm }) => isAbout(alarm));
  return first === undefined ? Number.POSITIVE_INFINITY : first.second - FROM_S;
}

function tell(fault: string, delays: readonly number[]): void {
  const sorted = delays.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  const median = ((sorted[middle] ?? Number.NaN) + (sorted[sorted.length - 1 - middle] ?? Number.NaN)) / 2;
  console.log(JSON.stringify({ fault, runs: delays.length, medianS: median, worstS: sorted.at(-1) }));
}

const isScore = ({ condition }: AlarmState) => condition === "score";
const isOf =
  (name: string, source = demoTags.find((tag) => tag.name === name)?.source) =>
  ({ condition, name: about }: AlarmState) =>
    (condition === "quality" && about === name) || (condition === "link" && about === source);

test("the seeds are new to the model", () => {
  const seen = JSON.stringify(model.manifest).match(/\d+/g)?.map(Number) ?? [];
  expect(model.manifest.trainedOn.seeds.length).toBeGreaterThan(0);
  expect([...seeds, ...quietSeeds].filter((seed) => seen.includes(seed))).toEqual([]);
});

test("a washout is alarmed by its score within a minute, on every seed", async () => {
  const delays: number[] = [];
  for (const seed of seeds) {
    const outcome = await runRig(seed, FROM_S + WITHIN_S + 10, [`washout@${FROM_S}`], model);
    delays.push(delayOf(outcome, isScore));
  }
  tell("washout", delays);
  expect(Math.max(...delays)).toBeLessThanOrEqual(WITHIN_S);
});

test.each(["flatline", "nan", "dropout", "silent"])(
  "%s of one sensor raises the alarm of that sensor or of its device within a minute, on every seed",
  async (kind) => {
    const delays: number[] = [];
    for (const name of alone)
      for (const seed of seeds) {
        const outcome = await runRig(seed, FROM_S + WITHIN_S, [`${kind}:${name}@${FROM_S}`], model);
        delays.push(delayOf(outcome, (alarm) => isOf(name)(alarm) || isScore(alarm)));
      }
    tell(`${kind} of one of ${alone.length} sensors`, delays);
    expect(Math.max(...delays)).toBeLessThanOrEqual(WITHIN_S);
  },
  60_000,
);

test.each(["flatline", "nan", "dropout"])(
  "%s of all sensors at once raises the alarm of each",
  async (kind) => {
    const names = measured.map(({ name }) => name).filter((name) => kind !== "flatline" || !mayBeStill.includes(name));
    const delays: number[] = [];
    for (const seed of seeds) {
      const faults = names.map((name) => `${kind}:${name}@${FROM_S}`);
      const outcome = await runRig(seed, FROM_S + WITHIN_S, faults, model);
      for (const name of names) delays.push(delayOf(outcome, isOf(name)));
    }
    tell(`${kind} of all ${names.length} sensors`, delays);
    expect(Math.max(...delays)).toBeLessThanOrEqual(WITHIN_S);
  },
  60_000,
);

test("ten hours without a fault raise nothing and are scored", async () => {
  let scored = 0;
  for (const seed of quietSeeds) {
    const outcome = await runRig(seed, HOUR_S, [], model);
    scored += outcome.scored;
    expect(outcome.raised.map(({ second, alarm }) => `seed ${seed} at ${second}: ${alarm.text}`)).toEqual([]);
  }
  console.log(JSON.stringify({ fault: "none", hours: quietSeeds.length, alarms: 0, scoredS: scored }));
  expect(scored).toBeGreaterThan(0.5 * quietSeeds.length * HOUR_S);
}, 60_000);
