import { spawnSync } from "node:child_process";
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../support/parts.ts";
import { type Acknowledged, fromCopy, namedIn, stillThere } from "./acknowledged.ts";
import { injecting, tracingMissing, underInjection } from "./calls.ts";
import { eachStrike, type Fault } from "./fault.ts";
import { mountsMissing, openSmallDisk } from "./mounts.ts";
import { diskOf, onOwnDisk } from "./own-disk.ts";
import { journalOf, type Stage, spoilt } from "./stage.ts";

const edgeFolder = (data: string) => join(data, "edge");

/** Values may be late where the machine has much else to do, but not for longer, s. */
const LATE_S = 10;

/** Values go on being read while the disk is in trouble. Throws where they don't. */
async function readsOn(stage: Stage, seconds: number): Promise<void> {
  const end = performance.now() + seconds * 1_000;
  let goodAt = performance.now();
  while (performance.now() < end) {
    const { values } = await stage.health();
    if (values.good >= values.all - spoilt) goodAt = performance.now();
    else if (performance.now() - goodAt > LATE_S * 1_000)
      throw new Error(`for ${LATE_S} s only ${values.good} of ${values.all} values have been good`);
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

/** Calls by which files and sockets are written, and how many of each a thread makes between its start and some seconds of work. */
const calls = [
  ["pwrite64", 100],
  ["fdatasync", 8],
  ["write", 60],
  ["openat", 60],
  ["pwrite64", 20],
  ["writev", 10],
  ["fsync", 2],
  ["rename", 1],
  ["ftruncate", 1],
  ["unlink", 1],
] as const;
const REACH_MS = 15_000;

/** Runs the edge until it is killed at that call, or for a while; what it had acknowledged until shortly before is there. True if it came to the call. */
async function killedAt(stage: Stage, inject: string): Promise<boolean> {
  const edge = await stage.startEdge({ under: underInjection(inject), wait: false });
  const journal = journalOf(stage);
  let promised: Acknowledged = fromCopy(journal, namedIn);
  const end = performance.now() + REACH_MS;
  let code: unknown;
  while (code === undefined && performance.now() < end) {
    code = await Promise.race([edge.ended, sleep(200)]);
    if (code === undefined) promised = namedIn(journal);
  }
  if (code === undefined) await edge.end("SIGKILL");
  stillThere(promised, fromCopy(journal, namedIn));
  return code === "SIGKILL";
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
      let [reached, tries] = [0, 0];
      // A point that is not come to in its time is no point: the next is taken instead.
      for (; reached < strikes && tries < 3 * strikes; tries++) {
        const [call, most] = calls[tries % calls.length] ?? ["pwrite64", 1];
        if (await killedAt(stage, `${call}:signal=SIGKILL:when=${random.between(1, most)}`)) reached++;
      }
      await stage.startEdge();
      process.stderr.write(`F01: ${reached} points were reached in ${tries} tries\n`);
      if (reached < strikes / 4) throw new Error(`only ${reached} of ${strikes} points were reached`);
    },
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
      await readsOn(stage, 14 + random.next() * 6);
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
    prepare: onOwnDisk("edge"),
    strikes: { fast: 1, full: 5 },
    run: eachStrike(async (stage, random) => {
      await sleep(1_000 + random.next() * 3_000);
      diskOf(stage).turnReadOnly();
      await readsOn(stage, 14);
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
