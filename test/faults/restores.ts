import { cpSync, renameSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { eachStrike, type Fault } from "./fault.ts";

/** Faults of restored and cloned disks. What is taken out stays beside as `disk-N`, for the oracle. */
export const restoreFaults: readonly Fault[] = [
  {
    id: "F21",
    title: "an old copy of the edge's disk is put back after a drain",
    strikes: { fast: 2, full: 10 },
    run: eachStrike(async (stage, random, strike) => {
      const at = (name: string) => join(stage.scene.data, name);
      await stage.edge().end("SIGKILL");
      cpSync(at("edge"), at("copy"), { recursive: true });
      await stage.startEdge();
      await sleep(3_000 + random.next() * 4_000);
      await stage.drained();
      await stage.edge().end();
      renameSync(at("edge"), at(`disk-${strike}`));
      renameSync(at("copy"), at("edge"));
      await stage.startEdge();
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
