import { expect, test } from "vitest";
import { RigConfig } from "../../shared/domain/rig-config.ts";
import { TagFault, tagsOf } from "./tags.ts";

let next = 0;
const id = () => (next++).toString(16).padStart(16, "0");
const register = { table: "holding", address: 0, type: "int16" };
const tag = (name: string, over = {}) => ({ id: id(), name, register, ...over });
const rig = (...devices: object[][]) =>
  RigConfig.parse({
    rig: "r1",
    name: "Rig 1",
    devices: devices.map((tags, i) => ({ driver: "modbus", name: `plc${i}`, host: "h", pollMs: 500, tags })),
  });

test("tags stand in the order of the devices and their tags", () => {
  const tags = tagsOf(rig([tag("wob"), tag("rpm", { sentinels: [-32768] })], [tag("torque")]), 5);
  expect(tags.versions.map((one) => [one.name, one.source])).toEqual([
    ["wob", "plc0"],
    ["rpm", "plc0"],
    ["torque", "plc1"],
  ]);
  expect([tags.firstTags, tags.sentinels, tags.pollMs]).toEqual([
    [0, 2],
    [[], [-32768], []],
    [500, 500, 500],
  ]);
});

test("an alias becomes the catalogue's name, with its unit and label", () => {
  const [version] = tagsOf(rig([tag("standpipe_pressure")]), 5).versions;
  expect(version).toMatchObject({ name: "mud_pressure", unit: "psi", label: "Standpipe pressure", validFrom: 5 });
});

test("limits of the configuration override the catalogue's key by key", () => {
  const [version] = tagsOf(rig([tag("gas", { limits: { h: { at: 3, priority: 2 }, onDelayS: 1 } })]), 5).versions;
  expect(version?.limits).toEqual({ sane: [0, 100], onDelayS: 1, deadband: 0.02, h: { at: 3, priority: 2 } });
});

test("a name of the rig's own needs unit and label, another unit or a second tag of one sensor is refused, all with their paths", () => {
  const config = rig([tag("left_thing"), tag("spp", { unit: "V" }), tag("flow_in"), tag("mud_flow")]);
  let fault: unknown;
  try {
    tagsOf(config, 5);
  } catch (error) {
    fault = error;
  }
  if (!(fault instanceof TagFault)) throw new Error("nothing was refused", { cause: fault });
  expect(fault.issues.map((issue) => issue.path.join("."))).toEqual([
    "devices.0.tags.0.name",
    "devices.0.tags.1.name",
    "devices.0.tags.3.name",
  ]);
  expect(tagsOf(rig([tag("left_thing", { unit: "V", label: "Left thing" })]), 5).versions[0]?.name).toBe("left_thing");
});
