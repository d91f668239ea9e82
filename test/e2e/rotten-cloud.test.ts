import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { CoverageAnswer } from "../../shared/domain/api-coverage.ts";
import { Random } from "../sim/random.ts";
import { openScene, type Part, type Scene, until } from "../support/parts.ts";
import { flipBits } from "../support/rotten-archive.ts";

const OPEN_BYTES = 8_000;
const FLIPS = 40;

let scene: Scene;
let cloud: Part;

beforeAll(async () => {
  scene = await openScene();
  await scene.startRig();
  cloud = await scene.startCloud();
  const { output } = await scene.run(["cloud/main.ts", "--claim", "rig-14"]);
  await scene.startEdge({ env: { IDRILL_CLAIM: output.trim().split("\n").at(-1) ?? "" } });
}, 90_000);
afterAll(() => scene?.close());

const Health = z.object({ storage: z.object({ owedBytes: z.number() }), link: z.object({ state: z.string() }) });

const drained = () =>
  until(
    async () => {
      const { storage, link } = Health.parse(await (await fetch(`http://127.0.0.1:${scene.ports.hmi}/health`)).json());
      return storage.owedBytes < OPEN_BYTES && link.state === "up";
    },
    () => `the edge still owes frames\n${scene.logOf("edge")}\n${scene.logOf("cloud")}`,
    90,
  );

async function coverage() {
  const answer = CoverageAnswer.parse(await scene.ask("rigs/rig-14/coverage"));
  return answer.data;
}

const storedFrames = async () =>
  (await coverage()).held
    .filter(({ stream, state }) => stream === "telemetry" && state === "stored")
    .reduce((sum, { first, last }) => sum + last - first + 1, 0);

test("after many bits of the cloud's archive flipped while it was down, it starts, and the rig makes the record whole again", async () => {
  await until(
    async () => (await storedFrames()) >= 30,
    () => scene.logOf("cloud"),
    60,
  );
  await drained();
  const before = await storedFrames();
  await cloud.end();
  const path = join(scene.data, "cloud", "archive.db");
  const db = new Database(path);
  db.pragma("wal_checkpoint(truncate)");
  db.close();
  const places = flipBits(path, new Random(7), FLIPS);
  cloud = await scene.startCloud();
  await until(
    async () => {
      const { spans } = await coverage();
      const damaged = spans.filter(({ reason }) => reason.startsWith("damaged"));
      return damaged.length === 0 && (await storedFrames()) > before;
    },
    () => `${places.join()}\n${scene.logOf("cloud")}`,
    120,
  );
  await drained();
  const { spans } = await coverage();
  expect(spans.filter(({ kind }) => kind === "missing")).toEqual([]);
}, 300_000);
