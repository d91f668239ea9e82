import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openAlarms } from "../../edge/alarms/alarms.ts";
import { tagsOf } from "../../edge/configuration/tags.ts";
import { decode, type Field } from "../../edge/drivers/modbus/decode.ts";
import { itemsOf } from "../../edge/drivers/modbus/plan.ts";
import { openRigState } from "../../edge/quality/rig-state.ts";
import { openValidation } from "../../edge/quality/validate.ts";
import { openInputs } from "../../edge/scoring/inputs.ts";
import type { Model } from "../../edge/scoring/model.ts";
import { scoreTag } from "../../edge/scoring/scoring.ts";
import { openWindow } from "../../edge/scoring/window.ts";
import type { AlarmState } from "../../shared/domain/alarm.ts";
import {
  AT_SOURCE,
  BAD,
  Block,
  GOOD,
  NO_VALUE,
  QUALITY_MASK,
  realBits,
  reasonCode,
  reasonText,
} from "../../shared/domain/reading.ts";
import { RigConfig } from "../../shared/domain/rig-config.ts";
import type { RigState } from "../../shared/domain/rig-state.ts";
import { faultOf } from "../rig/faults/fault.ts";
import { DROPPED, SILENT } from "../rig/faults/sensor.ts";
import { openImage } from "../rig/modbus/image.ts";
import { registerMap } from "../rig/modbus/map.ts";
import { loggerNodes } from "../rig/opcua/nodes.ts";
import { rigTags } from "../rig/physics/sensors.ts";
import { simulate } from "../rig/physics/simulate.ts";

const root = join(import.meta.dirname, "..", "..");
const config = RigConfig.parse(JSON.parse(readFileSync(join(root, "deploy", "examples", "demo-rig.json"), "utf8")));
const tags = tagsOf(config, 0);
export const demoTags = tags.versions;

const start = Date.UTC(2026, 0, 1);
const columns = [...rigTags, "tick", "tick_proof"];

/** What a run of the demo's stages made of the simulated rig. */
export interface Outcome {
  /** What was raised, each with the second. */
  raised: { second: number; alarm: AlarmState }[];
  /** "tag: reason" of readings that are not good, with how many. */
  doubts: Map<string, number>;
  /** Seconds with a score. */
  scored: number;
}

/**
 * The simulated rig's registers and nodes as the demo's drivers read them, second by second and without sockets, on their way through quality, alarms and, with a
 * model, scoring; a score is judged a second after its tick, as in the daemon. `faults` as the rig takes them.
 */
export async function runRig(
  seed: number,
  seconds: number,
  faults: readonly string[] = [],
  model?: Model,
): Promise<Outcome> {
  const rig = simulate({ seed, faults: faults.map((text) => faultOf(text, rigTags)) });
  const image = openImage(registerMap, columns);
  const scorer = model === undefined ? null : scorerOf(model);
  const versions = scorer === null ? tags.versions : [...tags.versions, scorer.tag];
  const validation = openValidation(versions, tags.sentinels);
  const rigState = openRigState(versions);
  const pollMs = versions.map((_, i) => tags.pollMs[i] ?? config.tickMs);
  const alarms = openAlarms({
    tags: versions,
    pollMs,
    restored: [],
    now: { at: start, mono: 0 },
    boot: "0".repeat(16),
    clockSure: true,
  });
  const reads = readersOf();
  const values = new Float64Array(columns.length);
  const missing = new Uint8Array(columns.length);
  const [block, score] = [new Block(), new Block(1)];
  const outcome: Outcome = { raised: [], doubts: new Map(), scored: 0 };
  let state: RigState = "unknown";

  function accept(readings: Block, now: { at: number; mono: number }, second: number): void {
    validation.validate(readings, state, now.at);
    state = rigState.observe(readings);
    for (const alarm of [...alarms.judge(readings, state, now), ...alarms.sweep(now)])
      if (alarm.state === "unacknowledged" && !alarm.cannotJudge) outcome.raised.push({ second, alarm });
  }

  for (let second = 1; second <= seconds; second++) {
    const sample = rig.next();
    values.set(sample.values);
    missing.set(sample.missing);
    image.show(values, missing);
    const now = { at: start + second * 1_000, mono: second * 1_000 };
    block.clear();
    for (const read of reads) read(block, now.at, image, values, missing);
    accept(block, now, second);
    countDoubts(block, outcome.doubts);
    if (score.length > 0) accept(score, now, second);
    if (scorer !== null && (await scorer.score(score, block, now.at, state))) outcome.scored++;
  }
  return outcome;
}

/** The model as its worker runs it, and its answers as readings. */
function scorerOf(model: Model) {
  const { push } = openWindow(model.manifest);
  const inputsOf = openInputs(model.manifest, tags.versions);
  const index = tags.versions.length;
  return {
    tag: scoreTag(model.manifest, config.rig, 0),
    /** Puts the score of a tick into the block, or why there is none; whether there is one. */
    async score(into: Block, readings: Block, at: number, state: RigState): Promise<boolean> {
      const seen = push({ at, state, values: inputsOf(readings, at) });
      into.clear();
      if (seen.status === "refused") {
        into.push(index, at, 0, BAD | NO_VALUE | AT_SOURCE, reasonCode(seen.reason, (seen.input ?? -1) + 1));
        return false;
      }
      const verdict = await model.judge(seen.features);
      into.pushBits(index, at, realBits(verdict.score), 0, AT_SOURCE, 0);
      return true;
    },
  };
}

function countDoubts(block: Block, doubts: Map<string, number>): void {
  for (let i = 0; i < block.length; i++) {
    if (((block.status[i] ?? 0) & QUALITY_MASK) === GOOD) continue;
    const doubt = `${tags.versions[block.tag[i] ?? 0]?.name}: ${reasonText(block.reason[i] ?? 0)}`;
    doubts.set(doubt, (doubts.get(doubt) ?? 0) + 1);
  }
}

type Reader = (
  into: Block,
  at: number,
  image: ReturnType<typeof openImage>,
  values: Float64Array,
  missing: Uint8Array,
) => void;

function readersOf(): Reader[] {
  return config.devices.flatMap((device, d): Reader[] => {
    const first = tags.firstTags[d] ?? 0;
    if (device.driver === "opcua") {
      return device.tags.map((tag, t): Reader => {
        const column = columns.indexOf(loggerNodes.find((one) => one.node === tag.node)?.column ?? "");
        return (into, at, _, values, missing) => {
          if (missing[column] === DROPPED) into.pushBad(first + t, at, reasonCode("device status", 0x808c));
          else if (missing[column] === SILENT) into.pushBad(first + t, at, reasonCode("no answer in time"));
          else into.push(first + t, at, values[column] ?? Number.NaN, AT_SOURCE, 0);
        };
      });
    }
    return itemsOf(device).flatMap(({ tag, unit, table, from, to }): Reader[] => {
      const register = device.tags[tag]?.register;
      if (register === undefined) return [];
      const { type, order, words } = register;
      const bits = table === "coil" || table === "discrete";
      const field: Field = { tag: first + tag, at: 0, type, order, words, bits };
      return [
        (into, at, image) => {
          const answer = image.read(unit, table, from, to - from);
          if (answer === "silent") into.pushBad(field.tag, at, reasonCode("no answer in time"));
          else if ("exception" in answer)
            into.pushBad(field.tag, at, reasonCode("no such register or node", answer.exception));
          else decode([field], bits ? Uint8Array.from(answer.values) : bytesOf(answer.values), at, into);
        },
      ];
    });
  });
}

function bytesOf(words: Uint16Array): Uint8Array {
  return Uint8Array.from(
    { length: words.length * 2 },
    (_, i) => ((words[i >> 1] ?? 0) >> (i % 2 === 0 ? 8 : 0)) & 0xff,
  );
}
