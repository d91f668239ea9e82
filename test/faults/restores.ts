import { spawn } from "node:child_process";
import { cpSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { freePort } from "../support/link.ts";
import { until } from "../support/parts.ts";
import { eachStrike, type Fault } from "./fault.ts";
import type { Stage } from "./stage.ts";

const root = join(import.meta.dirname, "..", "..");
const Coverage = z.object({ data: z.object({ spans: z.array(z.object({ kind: z.string() })) }) });
const kindsOf = async ({ scene }: Stage) =>
  Coverage.parse(await scene.ask("rigs/rig-14/coverage")).data.spans.map(({ kind }) => kind);

/** Copies the disk of an edge that has ended. What it gives puts the copy in the place of the newer one, which stays beside. */
function copyOfDisk({ scene }: Stage, strike: number): () => void {
  const at = (name: string) => join(scene.data, name);
  cpSync(at("edge"), at("copy"), { recursive: true });
  return () => {
    renameSync(at("edge"), at(`disk-${strike}`));
    renameSync(at("copy"), at("edge"));
  };
}

/** Faults of restored and cloned disks. What is taken out stays beside as `disk-N`, for the oracle. */
export const restoreFaults: readonly Fault[] = [
  {
    id: "F21",
    title: "an old copy of the edge's disk is put back after a drain",
    strikes: { fast: 2, full: 10 },
    run: eachStrike(async (stage, random, strike) => {
      await stage.edge().end("SIGKILL");
      const putBack = copyOfDisk(stage, strike);
      await stage.startEdge();
      await sleep(3_000 + random.next() * 4_000);
      await stage.drained();
      await stage.edge().end();
      putBack();
      await stage.startEdge();
      await stage.drained();
    }),
  },
  {
    id: "F21-outage",
    title: "an old copy of the edge's disk is put back while nobody has the newer tail",
    strikes: { fast: 0, full: 10 },
    run: eachStrike(async (stage, random, strike) => {
      await stage.edge().end("SIGKILL");
      const putBack = copyOfDisk(stage, strike);
      stage.mqtt.mode("drop");
      await stage.startEdge();
      await sleep(4_000 + random.next() * 4_000);
      await stage.edge().end("SIGKILL");
      putBack();
      await stage.startEdge();
      stage.mqtt.mode("up");
      await stage.drained();
      await until(
        async () => (await kindsOf(stage)).includes("edge down"),
        () => "the tail that nobody has is no gap",
        60,
      );
      if ((await kindsOf(stage)).includes("missing")) throw new Error("frames that nobody told of are called missing");
    }),
  },
  {
    id: "F21-clone",
    title: "a copy of the edge's disk runs beside it under the same identity",
    strikes: { fast: 0, full: 5 },
    run: eachStrike(async (stage, random, strike) => {
      const at = (...names: string[]) => join(stage.scene.data, ...names);
      await stage.edge().end("SIGKILL");
      cpSync(at("edge"), at(`twin-${strike}`, "edge"), { recursive: true });
      await stage.startEdge();
      // What an OPC UA server tells two who listen is served once, and the oracle would take it for doubled: the twin reaches none.
      const config = readFileSync(at("rig.json"), "utf8").replaceAll(
        String(stage.scene.ports.opcua),
        String(await freePort()),
      );
      writeFileSync(at("twin.json"), config);
      const twin = spawn(process.execPath, [join(root, "edge", "main.ts"), at("twin.json")], {
        env: { ...process.env, IDRILL_DATA: at(`twin-${strike}`), HMI_PORT: String(await freePort()) },
        stdio: "ignore",
      });
      const ended = new Promise((done) => twin.once("exit", done));
      try {
        await sleep(15_000 + random.next() * 10_000);
      } finally {
        twin.kill("SIGTERM");
        await ended;
      }
      renameSync(at(`twin-${strike}`, "edge"), at(`disk-${strike}`));
      await stage.drained();
    }),
  },
  {
    id: "F21b",
    title: "the cloud is restored from an older copy",
    strikes: { fast: 2, full: 10 },
    run: eachStrike(async (stage, random, strike) => {
      const at = (name: string) => join(stage.scene.data, name);
      await stage.cloud().end("SIGKILL");
      cpSync(at("cloud"), at("backup"), { recursive: true });
      await stage.startCloud();
      await sleep(3_000 + random.next() * 6_000);
      await stage.drained();
      await stage.cloud().end("SIGKILL");
      renameSync(at("cloud"), at(`cloud-${strike}`));
      renameSync(at("backup"), at("cloud"));
      await stage.startCloud();
      await sleep(2_000);
      await stage.drained();
    }),
  },
];
