import { createHash } from "node:crypto";
import { cpSync, existsSync, globSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "better-sqlite3";
import type { Random } from "../sim/random.ts";
import { until } from "../support/parts.ts";
import { fromCopy, namedIn, stillThere } from "./acknowledged.ts";
import { tracingMissing, underInjection } from "./calls.ts";
import { eachStrike, type Fault } from "./fault.ts";
import { journalOf, type Stage } from "./stage.ts";

/** A layout that no release knows yet. */
const NEWER = 1_000;
const REACH_MS = 12_000;

/** Gives a database that nobody has open the number of a layout; gives the number that it had. */
function layoutOf(file: string, now: number): number {
  const db = new Database(file);
  try {
    db.pragma("wal_checkpoint(TRUNCATE)");
    const before = Number(db.pragma("user_version", { simple: true }));
    db.pragma(`user_version = ${now}`);
    return before;
  } finally {
    db.close();
  }
}

/** A hash over the file and its log of writes, which is empty where there is none. */
function contentOf(file: string): string {
  const hash = createHash("sha256");
  for (const end of ["", "-wal"]) if (existsSync(`${file}${end}`)) hash.update(readFileSync(`${file}${end}`));
  return hash.digest("hex");
}

/** A program that is older than its file says so, waited for, and ends; the file is as it was. */
async function refusedUntouched(file: string, says: () => Promise<string>, program: Program): Promise<void> {
  const before = layoutOf(file, NEWER);
  const content = contentOf(file);
  await program.start();
  await until(
    async () => (await says()).includes("written by another release"),
    () => `${file} is not refused in plain words`,
    60,
  );
  // For as long as whoever is tried again is tried.
  await sleep(3_000);
  await program.end();
  if (contentOf(file) !== content) throw new Error(`${file} is of a newer release and was touched`);
  layoutOf(file, before);
}

interface Program {
  start(): Promise<unknown>;
  end(): Promise<unknown>;
}

async function edgeRefuses(stage: Stage): Promise<void> {
  const screen = `http://127.0.0.1:${stage.scene.ports.hmi}/api/v1/hmi/snapshot`;
  const says = async () => (await fetch(screen)).text();
  await refusedUntouched(journalOf(stage), says, {
    start: () => stage.startEdge(),
    end: () => stage.edge().end(),
  });
}

async function cloudRefuses(stage: Stage): Promise<void> {
  const { scene } = stage;
  const says = async () => JSON.stringify(await scene.ask("health/services"));
  await refusedUntouched(join(scene.data, "cloud", "archive.db"), says, {
    start: () => stage.startCloud(),
    end: () => stage.cloud().end(),
  });
}

const calls = ["pwrite64", "fdatasync", "fsync", "ftruncate", "unlink"];

/** The edge opens its journal, or makes it, and is killed at one of its first calls. */
async function killedWhileOpening(stage: Stage, random: Random): Promise<void> {
  const inject = `${random.pick(calls)}:signal=SIGKILL:when=${random.between(1, 12)}`;
  const edge = await stage.startEdge({ under: underInjection(inject), wait: false });
  await Promise.race([edge.ended, sleep(REACH_MS)]);
  await edge.end("SIGKILL");
}

/** Faults of a release that meets another one's files with data in them. */
export const releaseFaults: readonly Fault[] = [
  {
    id: "F46",
    title: "files of a newer release with data in them; kill -9 while a file is opened, and while one is laid out",
    missing: tracingMissing,
    strikes: { fast: 1, full: 20 },
    run: eachStrike(async (stage, random, strike) => {
      const journal = journalOf(stage);
      stage.mqtt.mode("drop");
      await sleep(3_000 + random.next() * 3_000);
      await stage.edge().end();
      const promised = fromCopy(journal, namedIn);
      await edgeRefuses(stage);
      for (let n = 0; n < 2; n++) await killedWhileOpening(stage, random);
      stillThere(promised, fromCopy(journal, namedIn));
      await stage.cloud().end();
      await cloudRefuses(stage);
      await stage.startCloud();
      stage.mqtt.mode("up");
      await stage.startEdge();
      await stage.drained();

      await stage.edge().end();
      cpSync(dirname(journal), join(stage.scene.data, `disk-${strike}`), { recursive: true });
      for (const file of globSync(`${journal}*`)) rmSync(file);
      for (let n = 0; n < 2; n++) await killedWhileOpening(stage, random);
      await stage.startEdge();
      await stage.allGood();
      await stage.drained();
    }),
  },
];
