import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { sensorOf } from "../../shared/domain/catalogue.ts";
import { type ModbusTag, type OpcuaTag, RigConfig } from "../../shared/domain/rig-config.ts";
import type { RigState } from "../../shared/domain/rig-state.ts";
import type { Limit, Limits } from "../../shared/domain/tag.ts";
import type { Entry } from "./modbus/map.ts";
import { registerMap } from "./modbus/map.ts";
import { loggerNodes } from "./opcua/nodes.ts";
import { rigTags } from "./physics/sensors.ts";
import { simulate } from "./physics/simulate.ts";
import { entriesOf, ReplayMap } from "./replay/map.ts";

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../deploy/examples/${name}`, import.meta.url), "utf8"));
const demo = RigConfig.parse(read("demo-rig.json"));
const replay = RigConfig.parse(read("replay-rig.json"));
const map = ReplayMap.parse(read("replay-map.json"));
type AnyTag = ModbusTag | OpcuaTag;
const tagsOf = (config: RigConfig): AnyTag[] =>
  config.devices.flatMap((device): AnyTag[] => (device.driver === "modbus" ? device.tags : device.tags));
const counters: Record<number, string> = { 1: "rig.", 2: "pumps.", 3: "pits." };

function checkRegisters(
  config: typeof demo,
  entries: readonly Entry[],
  columnOf: (name: string, unit: number) => string,
) {
  for (const device of config.devices) {
    if (device.driver !== "modbus") continue;
    for (const { name, register, scale } of device.tags) {
      const unit = register.unitId ?? device.unitId;
      const entry = entries.find((one) => one.unit === unit && one.column === columnOf(name, unit));
      expect({ ...register, scale }, name).toMatchObject({
        table: entry?.table,
        address: entry?.address,
        type: entry?.type,
        order: entry?.order,
      });
    }
  }
}

test("the demo reads every register and node of the rig, as the rig serves it", () => {
  checkRegisters(demo, registerMap, (name, unit) =>
    name.includes("tick") ? name.replace(counters[unit] ?? "", "") : name,
  );
  const scaled = demo.devices.flatMap((device) => (device.driver === "modbus" ? device.tags : []));
  for (const { name, scale } of scaled)
    if (!name.includes("tick")) expect(scale, name).toBe(registerMap.find((one) => one.column === name)?.scale);
  expect(scaled.length).toBe(registerMap.length);
  const nodes = demo.devices.flatMap((device) => (device.driver === "opcua" ? device.tags.map((tag) => tag.node) : []));
  expect(nodes.sort()).toEqual(
    loggerNodes
      .map((one) => one.node)
      .filter((node) => node !== "ns=1;s=gas")
      .sort(),
  );
});

test("the replay's configuration reads what its map serves", () => {
  const record = (unit: number) => map.records.find((one) => one.unit === unit)?.name ?? "";
  checkRegisters(replay, entriesOf(map), (name, unit) =>
    name.startsWith(`${record(unit)}.`) ? name : `${record(unit)}.${name}`,
  );
});

test("tags that the catalogue knows need no unit, others have one", () => {
  for (const { name, unit, label } of [...tagsOf(demo), ...tagsOf(replay)])
    expect(sensorOf(name) !== undefined || (unit !== undefined && label !== undefined), name).toBe(true);
});

interface Judged {
  name: string;
  i: number;
  limits: Limits;
  /** Samples in a row beyond each limit; samples in a row of one value. */
  beyond: Map<string, number>;
  same: number;
  last: number;
}

const band = ["ll", "l", "h", "hh"] as const;

function judge(tag: Judged, value: number, state: RigState): void {
  const { limits, name } = tag;
  const [least, most] = limits.sane ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  if (value < least || value > most) throw new Error(`${name} ${value} outside ${least}..${most}`);
  const step = Math.abs(value - tag.last);
  if (limits.maxStep !== undefined && step > limits.maxStep) throw new Error(`${name} stepped by ${step} in ${state}`);
  for (const key of band) {
    const limit: Limit | undefined = limits[key];
    if (!limit) continue;
    const applies = limit.states === undefined || limit.states.includes(state);
    const passed = applies && (key.startsWith("l") ? value < limit.at : value > limit.at);
    tag.beyond.set(key, passed ? (tag.beyond.get(key) ?? 0) + 1 : 0);
    if ((tag.beyond.get(key) ?? 0) >= 3) throw new Error(`${name} ${value} beyond ${key} ${limit.at} in ${state}`);
  }
  tag.same = value === tag.last ? tag.same + 1 : 0;
  tag.last = value;
  if (value !== 0 && limits.flatAfterS !== undefined && tag.same > limits.flatAfterS / 2)
    throw new Error(`${name} is flat at ${value}`);
}

test.each([14, 101, 102, 103])(
  "ten hours without a fault pass no limit, no step and no flat line of the demo (seed %i)",
  (seed) => {
    const tags = tagsOf(demo)
      .filter((tag) => rigTags.includes(tag.name))
      .map((tag): Judged => {
        const limits = { onDelayS: 5, deadband: 0.02, ...sensorOf(tag.name)?.limits, ...tag.limits } as Limits;
        return { name: tag.name, i: rigTags.indexOf(tag.name), limits, beyond: new Map(), same: 0, last: Number.NaN };
      });
    const simulation = simulate({ seed });
    for (let second = 0; second < 36_000; second++) {
      const sample = simulation.next();
      for (const tag of tags) judge(tag, sample.values[tag.i] ?? Number.NaN, sample.state);
    }
  },
);

test("while it drills, the values of the overview lie inside their normal bands, well away from the edges", () => {
  const rows = [
    "hook_load",
    "wob",
    "rop",
    "rpm",
    "torque",
    "motor_temperature",
    "vibration",
    "mud_pressure",
    "mud_flow",
    "flow_out",
    "pit_volume",
    "gas",
  ];
  const normal = new Map(tagsOf(demo).map((tag) => [tag.name, tag.limits?.normal] as const));
  const simulation = simulate({ seed: 14 });
  const inside = new Map(rows.map((row) => [row, 0]));
  let drilling = 0;
  for (let second = 0; second < 20_000; second++) {
    const sample = simulation.next();
    if (sample.state !== "rotary drilling") continue;
    drilling += 1;
    for (const row of rows) {
      const [least, most] = normal.get(row) ?? [0, 0];
      const value = sample.values[rigTags.indexOf(row)] ?? Number.NaN;
      if (value > least && value < most) inside.set(row, (inside.get(row) ?? 0) + 1);
    }
  }
  for (const [row, times] of inside) expect(times / drilling, row).toBeGreaterThan(0.97);
});
