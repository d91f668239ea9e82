import { readFile } from "node:fs/promises";
import { beforeAll, expect, test } from "vitest";
import { openAlarms } from "../../edge/alarms/alarms.ts";
import { decode, type Field } from "../../edge/drivers/modbus/decode.ts";
import { itemsOf } from "../../edge/drivers/modbus/plan.ts";
import { openRigState } from "../../edge/quality/rig-state.ts";
import { openValidation } from "../../edge/quality/validate.ts";
import { type RigTags, tagsOf } from "../../edge/tags.ts";
import type { AlarmState } from "../../shared/domain/alarm.ts";
import { AT_SOURCE, Block, GOOD, QUALITY_MASK, reasonCode, reasonText } from "../../shared/domain/reading.ts";
import { RigConfig } from "../../shared/domain/rig-config.ts";
import { faultOf } from "../rig/faults/fault.ts";
import { DROPPED, SILENT } from "../rig/faults/sensor.ts";
import { openImage } from "../rig/modbus/image.ts";
import { registerMap } from "../rig/modbus/map.ts";
import { loggerNodes } from "../rig/opcua/nodes.ts";
import { rigTags } from "../rig/physics/sensors.ts";
import { simulate } from "../rig/physics/simulate.ts";

/** The simulated rig's registers and nodes as the drivers read them, without sockets, second by second. */
let config: RigConfig;
let tags: RigTags;
beforeAll(async () => {
  config = RigConfig.parse(JSON.parse(await readFile("deploy/examples/demo-rig.json", "utf8")));
  tags = tagsOf(config, 0);
});

const start = Date.UTC(2026, 0, 1);
const columns = [...rigTags, "tick", "tick_proof"];

interface Outcome {
  /** What was raised, each with the second. */
  raised: { second: number; alarm: AlarmState }[];
  /** "tag: reason" of readings that are not good, with how many. */
  doubts: Map<string, number>;
}

function run(seed: number, seconds: number, faults: string[] = []): Outcome {
  const rig = simulate({ seed, faults: faults.map((text) => faultOf(text, rigTags)) });
  const image = openImage(registerMap, columns);
  const validation = openValidation(tags.versions, tags.sentinels);
  const rigState = openRigState(tags.versions);
  const alarms = openAlarms({ tags: tags.versions, pollMs: tags.pollMs, restored: [], now: { at: start, mono: 0 } });
  const reads = readersOf();
  const values = new Float64Array(columns.length);
  const missing = new Uint8Array(columns.length);
  const block = new Block();
  const outcome: Outcome = { raised: [], doubts: new Map() };
  for (let second = 1; second <= seconds; second++) {
    const sample = rig.next();
    values.set(sample.values);
    missing.set(sample.missing);
    image.show(values, missing);
    const now = { at: start + second * 1_000, mono: second * 1_000 };
    block.clear();
    for (const read of reads) read(block, now.at, image, values, missing);
    const state = rigState.observe(block);
    validation.validate(block, state, now.at);
    for (const alarm of [...alarms.judge(block, state, now), ...alarms.sweep(now)]) {
      if (alarm.state === "unacknowledged" && !alarm.cannotJudge) outcome.raised.push({ second, alarm });
    }
    for (let i = 0; i < block.length; i++) {
      if (((block.status[i] ?? 0) & QUALITY_MASK) === GOOD) continue;
      const doubt = `${tags.versions[block.tag[i] ?? 0]?.name}: ${reasonText(block.reason[i] ?? 0)}`;
      outcome.doubts.set(doubt, (outcome.doubts.get(doubt) ?? 0) + 1);
    }
  }
  return outcome;
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

test("an hour of drilling without a fault raises no alarm, whatever the seed, and doubts next to nothing", () => {
  for (let seed = 1; seed <= 10; seed++) {
    const { raised, doubts } = run(seed, 3_600);
    expect(raised.map(({ second, alarm }) => `seed ${seed} at ${second}: ${alarm.text} ${alarm.value}`)).toEqual([]);
    expect(
      [...doubts.values()].reduce((sum, one) => sum + one, 0),
      JSON.stringify([...doubts]),
    ).toBeLessThan(100);
  }
}, 120_000);

test.each([
  "flatline:mud_pressure",
  "flatline:torque",
  "nan:mud_flow",
  "nan:mud_pressure",
  "dropout:hook_load",
  "silent:pump1_spm",
  "dropout:mud_density",
])("%s raises its alarm within a minute", (fault) => {
  for (let seed = 101; seed <= 103; seed++) {
    const { raised } = run(seed, 700, [`${fault}@600`]);
    const delays = raised.map(({ second }) => second - 600);
    expect(delays.length, `seed ${seed}`).toBeGreaterThan(0);
    expect(Math.min(...delays)).toBeGreaterThan(0);
    expect(Math.min(...delays)).toBeLessThanOrEqual(60);
  }
});

test("where a sensor shows no number, its reading says why", () => {
  const { doubts } = run(7, 660, ["nan:mud_flow@600", "nan:mud_pressure@600", "dropout:hook_load@600"]);
  expect([...doubts.keys()]).toEqual(
    expect.arrayContaining([
      "mud_flow: null sentinel",
      "mud_pressure: not a number",
      "hook_load: no such register or node (0x0002)",
    ]),
  );
});
