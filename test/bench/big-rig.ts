import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { DeviceConfig, RigConfig } from "../../shared/domain/rig-config.ts";
import { freePort } from "../support/link.ts";
import { until } from "./office.ts";
import type { Stage } from "./program.ts";

export const RIG = "bench-rig";
const TAGS_A_DEVICE = 1_000;
/** The first registers of the first device, as modbus-server.ts fills them: what the shipped model takes. */
const modelTags: readonly [string, number][] = [
  ["rig_state", 1],
  ["mud_pressure", 1],
  ["mud_flow", 1],
  ["flow_out", 1],
  ["pump1_spm", 0.1],
  ["pump2_spm", 0.1],
  ["mud_density", 0.01],
  ["bit_depth", 1],
];

type ConfigInput = z.input<typeof RigConfig>;
type DeviceInput = ConfigInput["devices"][number];

/** Starts a raw Modbus server in a process of its own and gives the port of each of its devices. */
export async function startDevices(stage: Stage, count: number): Promise<number[]> {
  stage.start("devices", ["test/bench/modbus-server.ts", String(count)]);
  const lines = () =>
    readFileSync(join(stage.data, "devices.log"), "utf8")
      .trim()
      .split("\n")
      .map((line) => line.split(" ").map(Number));
  await until("the devices listen", () => lines().length === count && !Number.isNaN(lines()[0]?.[1] ?? Number.NaN));
  return lines()
    .toSorted(([a = 0], [b = 0]) => a - b)
    .map(([, port = 0]) => port);
}

/** Writes a configuration of one device a port, 1,000 int16 each polled (and ticks closed) every `everyMs`, every tag with limits; scoring on. Gives its path. */
export function bigRig(
  stage: Stage,
  ports: readonly number[],
  { everyMs = 1_000, more = [] }: { everyMs?: number; more?: readonly DeviceInput[] } = {},
): string {
  const config: ConfigInput = {
    rig: RIG,
    name: "Bench",
    origin: "simulated",
    tickMs: everyMs,
    devices: [...ports.map((port, d) => device(port, d, everyMs)), ...more],
    cloud: { url: `http://127.0.0.1:${stage.ports.cloud}`, mqtt: `mqtt://127.0.0.1:${stage.ports.mqtt}` },
    scoring: { model: "hydraulics" },
  };
  const path = join(stage.data, "rig.json");
  writeFileSync(path, JSON.stringify(RigConfig.parse(config) && config));
  return path;
}

const OpcuaDevices = z.object({ devices: z.array(z.looseObject({ driver: z.string() })) });

/** Starts the simulated rig, of which only the OPC UA server is used, and gives its device as the demo's configuration has it, less tags that the model's device has. */
export async function startLogger(stage: Stage): Promise<DeviceInput> {
  const port = await freePort();
  stage.start("logger", ["test/rig/main.ts"], { MODBUS_PORT: "0", OPCUA_PORT: String(port) });
  await until("the logger listens", () => stage.logOf("logger").includes('"opcua"'));
  const { devices } = OpcuaDevices.parse(JSON.parse(readFileSync(join(root, "deploy/examples/demo-rig.json"), "utf8")));
  const demo = DeviceConfig.parse(devices.find(({ driver }) => driver === "opcua"));
  if (demo.driver !== "opcua") throw new Error("the demo has no OPC UA device");
  const taken = new Set(modelTags.map(([name]) => name));
  const tags = demo.tags.filter(({ name }) => !taken.has(name));
  return { ...demo, endpoint: `opc.tcp://127.0.0.1:${port}`, tags };
}

const root = join(import.meta.dirname, "..", "..");

function device(port: number, d: number, pollMs: number): DeviceInput {
  const tags = Array.from({ length: TAGS_A_DEVICE }, (_, r) => {
    const [name, scale] = (d === 0 ? modelTags[r] : undefined) ?? [`d${d}.r${r}`, 0.1];
    const own = /^d\d/.test(name)
      ? {
          label: `Device ${d} register ${r}`,
          unit: "count" as const,
          limits: { sane: [0, 1_000] as [number, number], maxStep: 500, h: { at: 900, priority: 3 as const } },
        }
      : name === "rig_state"
        ? { label: "Rig state", unit: "code" as const }
        : {};
    return {
      id: `be0c${(d * TAGS_A_DEVICE + r).toString(16).padStart(12, "0")}`,
      name,
      ...own,
      scale,
      register: { table: "holding" as const, address: r, type: "int16" as const },
    };
  });
  return { driver: "modbus", name: `device ${d}`, host: "127.0.0.1", port, pollMs, tags };
}
