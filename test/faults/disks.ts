import { spawnSync } from "node:child_process";
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../support/parts.ts";
import { injecting, tracingMissing, underInjection } from "./calls.ts";
import { eachStrike, type Fault } from "./fault.ts";
import { type Disk, mountsMissing, openDisk, openSmallDisk } from "./mounts.ts";
import { type Stage, spoilt } from "./stage.ts";

const edgeFolder = (data: string) => join(data, "edge");

/** Values go on being read while the disk is in trouble. Throws where they don't. */
async function readsOn(stage: Stage, seconds: number): Promise<void> {
  const end = performance.now() + seconds * 1_000;
  while (performance.now() < end) {
    const { values } = await stage.health();
    if (values.good < values.all - spoilt) throw new Error(`only ${values.good} of ${values.all} values are good`);
    await sleep(500);
  }
}

const storesAgain = (stage: Stage) =>
  until(
    async () => (await stage.health()).storage.failed === null,
    () => `the journal does not store again\n${stage.scene.logOf("edge")}`,
    60,
  );

/** Writes a file until nothing more fits beside it. */
function fill(file: string): void {
  const descriptor = openSync(file, "w");
  try {
    for (const block = Buffer.alloc(4_096); ; ) writeSync(descriptor, block);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
  } finally {
    closeSync(descriptor);
  }
}

function limitDescriptors(pid: number, most: number): void {
  const { status, stderr } = spawnSync("prlimit", ["--pid", String(pid), `--nofile=${most}:`], { encoding: "utf8" });
  if (status !== 0) throw new Error(`prlimit: ${stderr}`);
}

/** Disks that are opened for a fault, by the data folder of its stage. */
const disks = new Map<string, Disk>();
function diskOf({ scene }: Stage): Disk {
  const disk = disks.get(scene.data);
  if (disk === undefined) throw new Error("the fault prepared no disk");
  return disk;
}
function onOwnDisk(data: string): () => void {
  const disk = openDisk(edgeFolder(data), join(data, "disk"), 200);
  disks.set(data, disk);
  return () => {
    disks.delete(data);
    disk.release();
  };
}

/** Faults of the edge's disk. */
export const diskFaults: readonly Fault[] = [
  {
    id: "F01",
    title: "kill -9 of the edge at its Nth system call",
    missing: tracingMissing,
    strikes: { fast: 8, full: 200 },
    async run(stage, random, strikes) {
      await stage.edge().end("SIGKILL");
      const calls = ["pwrite64", "fdatasync", "fsync", "pwrite64", "rename", "unlink", "ftruncate", "write"];
      let reached = 0;
      for (let strike = 0; strike < strikes; strike++) {
        const when = random.between(1, strike % 2 === 0 ? 12 : 120);
        const inject = `${calls[strike % calls.length]}:signal=SIGKILL:when=${when}`;
        const edge = await stage.startEdge({ under: underInjection(inject), wait: false });
        const code = await Promise.race([edge.ended, sleep(12_000)]);
        if (code === "SIGKILL") reached++;
        else await edge.end("SIGKILL");
      }
      await stage.startEdge();
      if (reached < strikes / 4) throw new Error(`only ${reached} of ${strikes} points were reached`);
    },
  },
  {
    id: "F03",
    title: "power cut of the edge: what was not synced is gone",
    missing: mountsMissing,
    prepare: onOwnDisk,
    strikes: { fast: 5, full: 50 },
    run: eachStrike(async (stage, random) => {
      await sleep(200 + random.next() * 4_800);
      process.kill(stage.edge().pid, "SIGSTOP");
      diskOf(stage).cutPower();
      await stage.edge().end("SIGKILL");
      await stage.startEdge();
    }),
  },
  {
    id: "F13",
    title: "no file descriptor left",
    strikes: { fast: 1, full: 5 },
    run: eachStrike(async (stage, random) => {
      const { pid } = stage.edge();
      limitDescriptors(pid, 16);
      stage.mqtt.mode("drop");
      await sleep(1_000);
      stage.mqtt.mode("up");
      await sleep(5_000 + random.next() * 5_000);
      limitDescriptors(pid, 1_024);
      await stage.drained();
    }),
  },
  {
    id: "F14",
    title: "disk full, then free again",
    missing: mountsMissing,
    prepare: (data) => openSmallDisk(edgeFolder(data), 64),
    strikes: { fast: 1, full: 10 },
    run: eachStrike(async (stage, random) => {
      const folder = edgeFolder(stage.scene.data);
      const filler = join(folder, "filler");
      fill(filler);
      await readsOn(stage, 8 + random.next() * 10);
      rmSync(filler);
      await storesAgain(stage);
    }),
  },
  {
    id: "F15",
    title: "a sync or a write fails with EIO or ENOSPC",
    missing: tracingMissing,
    strikes: { fast: 4, full: 40 },
    run: eachStrike(async (stage, random, strike) => {
      const failures = ["fsync,fdatasync:error=EIO", "pwrite64:error=ENOSPC", "pwrite64:error=EIO"];
      const failure = failures[strike % failures.length] ?? "";
      await injecting(stage.edge().pid, `${failure}:when=${random.between(1, 12)}`, 2_000 + random.next() * 2_000);
      await storesAgain(stage);
    }),
  },
  {
    id: "F16",
    title: "file system turns read-only",
    missing: mountsMissing,
    prepare: onOwnDisk,
    strikes: { fast: 1, full: 5 },
    run: eachStrike(async (stage, random) => {
      await sleep(1_000 + random.next() * 3_000);
      diskOf(stage).turnReadOnly();
      await readsOn(stage, 10);
      await stage.edge().end("SIGKILL");
      diskOf(stage).repair();
      await stage.startEdge();
      await stage.drained();
    }),
  },
  {
    id: "F20",
    title: "disk so slow that each sync takes half a second",
    missing: tracingMissing,
    strikes: { fast: 1, full: 5 },
    async run(stage, _random, strikes) {
      for (let strike = 0; strike < strikes; strike++) {
        await stage.edge().end();
        await stage.startEdge({ under: underInjection("fsync,fdatasync:delay_enter=500000") });
        await stage.allGood();
        await readsOn(stage, 18);
      }
      await stage.edge().end();
      await stage.startEdge();
    },
  },
];
