import { globSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { CoverageAnswer } from "../../shared/domain/api-coverage.ts";
import { HistoricalAnswer } from "../../shared/domain/api-history.ts";
import { RealtimeAnswer } from "../../shared/domain/api-latest.ts";
import { type Link, openLink } from "../support/link.ts";
import { openScene, type Scene, until } from "../support/parts.ts";

/** A rig box without a battery: its clock says 1970 at the start, and nobody tells it the time until the office can be reached. */
const [library] = globSync("/usr/lib/*/faketime/libfaketimeMT.so.1");

const Health = z.object({ values: z.object({ good: z.number(), all: z.number() }) });
const HmiDates = z.object({ dated: z.array(z.object({ from: z.number(), to: z.number() })) });
const hourMs = 3_600_000;

let scene: Scene;
let mqtt: Link;
let began: number;

beforeAll(async () => {
  if (library === undefined) return;
  scene = await openScene();
  mqtt = await openLink(scene.ports.mqtt);
  mqtt.mode("drop");
  await scene.startRig();
  await scene.startCloud();
  const { output } = await scene.run(["cloud/main.ts", "--claim", "rig-14"]);
  setClock(hourMs - Date.now());
  began = Date.now();
  await scene.startEdge({
    through: { mqtt: mqtt.port },
    env: {
      IDRILL_CLAIM: output.trim().split("\n").at(-1) ?? "",
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: join(scene.data, "clock"),
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
      DONT_FAKE_MONOTONIC: "1",
    },
  });
}, 120_000);

afterAll(async () => {
  await scene?.close();
  await mqtt?.close();
});

function setClock(offMs: number): void {
  const seconds = Math.round(offMs / 1_000);
  writeFileSync(join(scene.data, "clock"), `${seconds < 0 ? "" : "+"}${seconds}\n`);
}

const log = () => `${scene.logOf("edge")}\n${scene.logOf("cloud")}`;
const coverage = async () => CoverageAnswer.parse(await scene.ask("rigs/rig-14/coverage")).data;
async function rigDates(): Promise<{ from: number; to: number }[]> {
  const address = `http://127.0.0.1:${scene.ports.hmi}/api/v1/hmi/coverage?from=${began - hourMs}&to=${Date.now()}`;
  return HmiDates.parse(await (await fetch(address)).json()).dated;
}

test.skipIf(library === undefined)(
  "a boot in 1970 is dated once the office answers: in the office's history and on the rig's own, and marked in both",
  async () => {
    await until(
      async () => {
        const { values } = Health.parse(await (await fetch(`http://127.0.0.1:${scene.ports.hmi}/health`)).json());
        return values.all > 0 && values.good >= values.all - 3 && Date.now() - began > 8_000;
      },
      log,
      90,
    );
    expect(await rigDates()).toEqual([]);

    mqtt.mode("up");
    await until(async () => (await coverage()).spans.some(({ reason }) => reason === "dated afterwards"), log, 90);
    const { undated, spans } = await coverage();
    expect(undated).toBe(0);
    const dated = spans.filter(({ reason }) => reason === "dated afterwards");
    expect(dated[0]?.from).toBeGreaterThan(began - 1_000);
    expect(dated[0]?.from).toBeLessThan(began + 15_000);

    const time = `start=${new Date(began - hourMs).toISOString()}`;
    const answer = HistoricalAnswer.parse(
      await scene.ask(`sensor-data/historical?rig_id=rig-14&tags=hook_load&${time}`),
    );
    expect(answer.dated.length).toBeGreaterThan(0);
    const [series] = answer.data;
    if (series?.form !== "readings") throw new Error("no readings");
    expect(series.count).toBeGreaterThan(5);
    expect(series.timing?.[0]?.[1]).toBe("dated afterwards");
    expect(series.at0).toBeGreaterThan(began - 1_000);

    const { data } = RealtimeAnswer.parse(await scene.ask("sensor-data/realtime?rig_id=rig-14"));
    const latest = data.find(({ name }) => name === "hook_load");
    expect(latest?.timing).toBe("dated afterwards");
    expect(Math.abs(latest?.ageMs ?? Number.NaN)).toBeLessThan(60_000);
    await until(async () => (await rigDates()).length > 0, log, 30);
    expect((await rigDates())[0]?.from).toBeGreaterThan(began - 1_000);
  },
);

test.skipIf(library === undefined)(
  "once its clock is set right, which the office's word confirms, frames have their own time again",
  async () => {
    setClock(0);
    await until(
      async () => {
        const { data } = RealtimeAnswer.parse(await scene.ask("sensor-data/realtime?rig_id=rig-14"));
        return data.find(({ name }) => name === "hook_load")?.timing === "own";
      },
      log,
      60,
    );
    const events = z
      .object({ data: z.array(z.object({ event: z.looseObject({ type: z.string() }), at: z.number() })) })
      .parse(await scene.ask("rigs/rig-14/events?type=clock"));
    expect(events.data[0]?.event).toMatchObject({ type: "clock", state: "free-running" });
    expect(events.data.every(({ at }) => at > began - 5_000)).toBe(true);
  },
);
