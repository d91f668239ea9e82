import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { type Link, openLink } from "../support/link.ts";
import { openScene, type Part, type Scene, until } from "../support/parts.ts";

/** How long the cloud cannot be reached, cut in the network and as a process. */
const OUTAGE_MS = 60_000;
/** What a healthy rig owes at any moment: the frames since the last receipt. */
const OPEN_BYTES = 8_000;

/** From the last frame before a kill to the first of the next run, at most, seconds. */
const DEAD_S = 6;

/** The last line that verify prints, as far as it is judged here. */
const Verdict = z.object({
  deadSeconds: z.number(),
  ticks: z.object({ doubled: z.number(), unexplained: z.number() }),
  streams: z.array(z.object({ stream: z.string(), made: z.number() })),
});

let scene: Scene;
let mqtt: Link;
let cloudHttp: Link;
let edge: Part;
let cloud: Part;

beforeAll(async () => {
  scene = await openScene();
  mqtt = await openLink(scene.ports.mqtt);
  cloudHttp = await openLink(scene.ports.cloud);
  await scene.startRig();
  cloud = await scene.startCloud();
  const { output } = await scene.run(["cloud/main.ts", "--claim", "rig-14"]);
  edge = await startEdge({ IDRILL_CLAIM: output.trim().split("\n").at(-1) ?? "" });
}, 90_000);

afterAll(async () => {
  await scene?.close();
  await mqtt?.close();
  await cloudHttp?.close();
});

const startEdge = (env: Record<string, string> = {}) =>
  scene.startEdge({ through: { mqtt: mqtt.port, cloud: cloudHttp.port }, env });

/** What the edge says of its own link and of what it still owes. */
const Health = z.object({ storage: z.object({ owedBytes: z.number() }), link: z.object({ state: z.string() }) });

const health = async () => Health.parse(await (await fetch(`http://127.0.0.1:${scene.ports.hmi}/health`)).json());

/** Everything that the rig has is in the cloud, but for what came in the last seconds. */
const drained = () =>
  until(
    async () => {
      const { storage, link } = await health();
      return storage.owedBytes < OPEN_BYTES && link.state === "up";
    },
    () => `the edge still owes frames\n${scene.logOf("edge")}\n${scene.logOf("cloud")}`,
    90,
  );

test("after a minute without the cloud and kills of both sides, every frame is stored once and verify balances", async () => {
  await drained();
  const end = Date.now() + OUTAGE_MS;
  let kills = 0;
  const modes = ["drop", "silence", "up"] as const;
  for (let round = 0; Date.now() < end; round++) {
    mqtt.mode(modes[round % modes.length] ?? "up");
    cloudHttp.mode(modes[round % modes.length] ?? "up");
    if (round === 1) await cloud.end("SIGKILL");
    await sleep(7_000);
    await edge.end("SIGKILL");
    kills++;
    edge = await startEdge();
    if (round === 2) cloud = await scene.startCloud();
    if (round > 3) {
      await cloud.end("SIGKILL");
      cloud = await scene.startCloud();
    }
    await sleep(4_000);
  }
  mqtt.mode("up");
  cloudHttp.mode("up");
  await drained();
  await edge.end();
  const { code, output } = await scene.run(["cloud/verify/main.ts", "--ledger", scene.ledger, "--data", scene.data]);
  expect(code, output).toBe(0);
  const { deadSeconds, ticks, streams } = Verdict.parse(JSON.parse(output.trim().split("\n").at(-1) ?? ""));
  expect(deadSeconds, output).toBeLessThanOrEqual(kills * DEAD_S);
  expect(ticks, output).toMatchObject({ doubled: 0, unexplained: 0 });
  const made = streams.filter(({ stream }) => stream === "telemetry").reduce((sum, one) => sum + one.made, 0);
  expect(made, output).toBeGreaterThan(40);
}, 240_000);
