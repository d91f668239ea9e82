import { join } from "node:path";
import { z } from "zod";
import { type Link, openLink } from "../support/link.ts";
import { openScene, type Part, type Scene, unmetered, until } from "../support/parts.ts";
import { openSatellite, type Satellite } from "../support/satellite.ts";
import { type Broker, brokerOf, type Carrier } from "./carriers.ts";
import type { Fault } from "./fault.ts";

/** A simulated rig, its edge and its cloud as processes, over a link and a broker that a fault can break. */
export interface Stage {
  scene: Scene;
  carrier: Carrier;
  /** Between edge and broker. */
  mqtt: Link;
  /** Between rig and cloud, where the fault asks for one; `mqtt` carries nothing then. Null for loopback. */
  satellite: Satellite | null;
  /** Null where the broker is part of the cloud. */
  broker: Broker | null;
  /** The part that runs now. */
  edge(): Part;
  cloud(): Part;
  /** `under` is a command that runs it and keeps its process id; `wait: false` gives it before it answers. */
  startEdge(options?: {
    env?: Record<string, string>;
    under?: readonly string[];
    wait?: boolean;
    edit?: (config: string) => string;
  }): Promise<Part>;
  startCloud(env?: Record<string, string>): Promise<Part>;
  health(): Promise<Health>;
  /** Waits until the cloud has all but the last seconds; gives how long that took, s. */
  drained(withinS?: number): Promise<number>;
  /** Waits until what is configured is read well. */
  allGood(): Promise<void>;
  /** Tells a figure; throws where it is greater than was promised and this run holds times. */
  hold(what: string, value: number, limit: number, unit: string): void;
  close(): Promise<void>;
}

export const journalOf = ({ scene }: Stage): string => join(scene.data, "edge", "journal.db");

/** Values that may be bad at a moment for a reason of their own, a score that is not there yet among them. */
export const spoilt = 3;

/** What the edge says of itself, as far as faults look at it. */
export const Health = z.object({
  status: z.string(),
  values: z.object({ good: z.number(), all: z.number() }),
  storage: z.object({ owedBytes: z.number(), failed: z.string().nullable() }),
  link: z.object({ state: z.string(), lastReceiptAt: z.number().nullable() }),
});
export type Health = z.infer<typeof Health>;

/** How long is waited for what comes by itself, s: nothing that is promised, a machine may have much else to do. */
const PATIENCE_S = 180;

/** What a healthy rig owes at any moment: the frames since the last receipt. */
const openBytes = 8_000;

/** What a stage has to know of the fault that it is for. */
type StageSettings = Partial<Pick<Fault, "id" | "prepare" | "satellite" | "owing" | "reported">>;

const open = new Set<Stage>();

/** Ends every stage that is open: what would outlive this process goes with it, as mounts do. */
export async function closeStages(): Promise<void> {
  await Promise.allSettled([...open].map((stage) => stage.close()));
}

/** Starts all parts and waits until values flow to the cloud. `timed`: see `hold`. */
export async function openStage(
  carrier: Carrier,
  seed: number,
  { id = "", prepare = () => () => undefined, satellite: settings, owing, reported }: StageSettings,
  timed = true,
): Promise<Stage> {
  const satellite = settings === undefined ? null : await openSatellite({ ...settings, seed });
  const scene = await openScene(satellite ?? undefined);
  if (satellite !== null) {
    await satellite.door("rig", scene.ports.hmi);
    await satellite.door("cloud", scene.ports.cloud);
  }
  const undo = await prepare(scene.data);
  const broker = carrier === "embedded" ? null : brokerOf(carrier, join(scene.data, "broker"), scene.ports.mqtt);
  const mqtt = await openLink(scene.ports.mqtt);
  let edge: Part | undefined;
  let cloud: Part | undefined;
  const running = (part: Part | undefined) => {
    if (part === undefined) throw new Error("the part does not run yet");
    return part;
  };
  const brokerUrl = carrier === "embedded" ? {} : { IDRILL_MQTT_URL: `mqtt://127.0.0.1:${scene.ports.mqtt}` };

  /** A run goes on for a moment while its stage is closed under it. */
  function assertOpen(): void {
    if (!open.has(stage)) throw new Error("the stage is closed");
  }

  const stage: Stage = {
    scene,
    carrier,
    mqtt,
    satellite,
    broker,
    edge: () => running(edge),
    cloud: () => running(cloud),
    async startEdge({ edit = (config: string) => config, ...options } = {}) {
      assertOpen();
      const through = satellite === null ? { through: { mqtt: mqtt.port } } : {};
      // What a byte costs is no part of these faults.
      edge = await scene.startEdge({ ...through, ...options, edit: (config) => edit(unmetered(config)) });
      return edge;
    },
    async startCloud(env = {}) {
      assertOpen();
      cloud = await scene.startCloud({ ...brokerUrl, ...env });
      return cloud;
    },
    health: async () => Health.parse(await (await fetch(`http://127.0.0.1:${scene.ports.hmi}/health`)).json()),
    async drained(withinS = PATIENCE_S) {
      const began = performance.now();
      await until(
        async () => {
          const { storage, link } = await stage.health();
          return storage.owedBytes < openBytes && link.state === "up";
        },
        () => `the edge still owes frames\n${scene.logOf("edge")}\n${scene.logOf("cloud")}`,
        withinS,
      );
      return (performance.now() - began) / 1_000;
    },
    allGood: () =>
      until(
        async () => {
          const { values } = await stage.health();
          return values.all > 0 && values.good >= values.all - spoilt;
        },
        () => `values do not become good\n${scene.logOf("edge")}`,
        PATIENCE_S,
      ),
    hold(what, value, limit, unit) {
      process.stderr.write(`${id}: ${what}: ${value.toFixed(1)} ${unit} (promised ${limit})\n`);
      if (timed && !reported && !(value <= limit))
        throw new Error(`${what} is ${value.toFixed(1)} ${unit}, not ${limit}`);
    },
    async close() {
      open.delete(stage);
      await broker?.end("SIGKILL");
      await scene.close(undo);
      await mqtt.close();
      await satellite?.close();
    },
  };
  open.add(stage);
  try {
    await broker?.start();
    await scene.startRig(["--seed", String(seed)]);
    await stage.startCloud();
    const { output } = await scene.run(["cloud/main.ts", "--claim", "rig-14"]);
    await stage.startEdge({ env: { IDRILL_CLAIM: output.trim().split("\n").at(-1) ?? "" } });
    await stage.allGood();
    if (!owing) await stage.drained();
  } catch (error) {
    await stage.close();
    throw error;
  }
  return stage;
}
