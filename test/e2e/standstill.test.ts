import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CoverageAnswer } from "../../shared/domain/api-coverage.ts";
import { EventsAnswer } from "../../shared/domain/api-events.ts";
import { openScene, type Part, type Scene, until } from "../support/parts.ts";

/** Longer than a device may be silent before anybody is told. */
const FROZEN_MS = 18_000;
/** Longer than it takes to find again what was wrong before a restart. */
const FOUND_AGAIN_MS = 16_000;

let scene: Scene;
let edge: Part;

beforeAll(async () => {
  scene = await openScene();
  await scene.startRig(["--fault", "dropout:hook_load@5"]);
  await scene.startCloud();
  const { output } = await scene.run(["cloud/main.ts", "--claim", "rig-14"]);
  edge = await scene.startEdge({ env: { IDRILL_CLAIM: output.trim().split("\n").at(-1) ?? "" } });
}, 90_000);
afterAll(() => scene?.close());

/** Every change of an alarm that has landed, oldest first. */
async function alarmChanges() {
  const { data } = EventsAnswer.parse(await scene.ask("rigs/rig-14/events?type=alarm"));
  return data.flatMap(({ event }) => (event.type === "alarm" ? [event.state] : [])).reverse();
}
const ofHookLoad = async () =>
  (await alarmChanges()).filter(({ name, condition }) => name === "hook_load" && condition === "quality");

test("a frozen daemon tells the hole and blames no device, and a killed one keeps its alarms' times", async () => {
  const told = () => `${scene.logOf("edge")}\n${scene.logOf("cloud")}`;
  await until(async () => (await ofHookLoad()).length > 0, told, 60);
  const start = Date.now();
  process.kill(edge.pid, "SIGSTOP");
  await sleep(FROZEN_MS);
  process.kill(edge.pid, "SIGCONT");
  const gaps = async () => {
    const span = `start=${new Date(start - 5_000).toISOString()}&end=${new Date(start + FROZEN_MS).toISOString()}`;
    const { data } = CoverageAnswer.parse(await scene.ask(`rigs/rig-14/coverage?${span}`));
    return data.spans.filter(({ reason }) => reason === "daemon stood still");
  };
  await until(async () => (await gaps()).length > 0, told, 30);
  const [gap, ...others] = await gaps();
  expect(others).toEqual([]);
  expect((gap?.to ?? 0) - (gap?.from ?? 0)).toBeGreaterThan(FROZEN_MS - 2_000);
  await sleep(3_000);

  await edge.end("SIGKILL");
  edge = await scene.startEdge();
  await sleep(FOUND_AGAIN_MS);
  await until(async () => (await ofHookLoad()).length >= 3, told, 30);
  const changes = await ofHookLoad();
  expect(changes.map(({ state, cannotJudge }) => `${state}${cannotJudge ? " ?" : ""}`)).toEqual([
    "unacknowledged",
    "unacknowledged ?",
    "unacknowledged",
  ]);
  expect(new Set(changes.map(({ raisedAt }) => raisedAt)).size).toBe(1);
  expect((await alarmChanges()).filter(({ condition }) => condition === "link")).toEqual([]);
}, 200_000);
