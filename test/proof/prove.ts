import { cpSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { verify } from "../../cloud/verify/verify.ts";
import { openStage, type Stage } from "../faults/stage.ts";
import { Random } from "../sim/random.ts";
import { until } from "../support/parts.ts";
import { type Found, problemsOf } from "./balance.ts";
import { type Blow, type Ground, inSeconds } from "./ground.ts";
import { QUICK } from "./scope.ts";
import { openWitness } from "./witness.ts";

/** The longest that the office may need to have everything, s. */
const DRAIN_S = 120;
const TICK_MS = 1_000;

/** Up to when everything is receipted, as the edge says it. */
const Complete = z.object({ link: z.object({ completeTo: z.number().nullable() }) });

export interface Plan {
  seed: number;
  quick: boolean;
  blows: readonly Blow[];
  /** The folder is kept where it does not balance. */
  keep: boolean;
  /** Done to the data folder before anything runs; gives what undoes it. */
  prepare(data: string): () => void;
  say(line: string): void;
}

/** Runs the product on a folder of its own, strikes it, and looks at what is left. Everything that it started has ended when it resolves. */
export async function prove({ seed, quick, blows, keep, prepare, say }: Plan): Promise<Found> {
  const began = performance.now();
  const tell = (line: string) => say(`${clock(performance.now() - began)}  ${line}`);
  tell(`seed ${seed}: a simulated rig, its daemon and an office start, on free ports and in a folder of their own`);
  const signal = awaitSignal();
  const stage = await openStage("embedded", seed, { prepare });
  void signal.come.then(() => stage.close()).finally(() => process.exit(130));
  try {
    const witness = openWitness(stage.scene);
    let longestDrainMs = 0;
    const ground: Ground = {
      stage,
      random: new Random(seed),
      witness,
      tell,
      lasts: (seconds) => seconds * 1_000 * (quick ? QUICK : 1),
      async drain() {
        const { lacked, ms } = await witness.drained(DRAIN_S);
        longestDrainMs = Math.max(longestDrainMs, ms);
        tell(`whole again; the office lacked ${lacked} frames, and had everything after ${inSeconds(ms)}`);
      },
    };
    tell("they run: every value is read well, and arrives");
    const broke = await withstood(stage, async () => {
      for (const blow of blows) {
        const strikes = blow.strikes[quick ? "quick" : "full"];
        if (strikes === 0) continue;
        say("");
        await strike(blow, ground, strikes);
      }
      await standStill(stage);
    });
    const { data, ledger } = stage.scene;
    const report = verify({ ledger, edge: join(data, "edge", "journal.db"), cloud: join(data, "cloud", "archive.db") });
    const found = { report, broke, kept: witness.kept(), longestPause: witness.longestPause(), longestDrainMs };
    if (keep && problemsOf(found).length > 0) tell(`what they left is kept in ${keptCopy(data)}`);
    return found;
  } finally {
    signal.forget();
    await stage.close();
  }
}

/** Why the product did not get through; null where it did. What it has stored is looked at all the same. */
async function withstood(stage: Stage, work: () => Promise<void>): Promise<string | null> {
  try {
    await work();
    return null;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const code = await Promise.race([stage.edge().ended, sleep(0, null)]);
    return code === null ? why : `the rig's daemon ended by itself (${code}): ${why}\n${stage.scene.logOf("edge")}`;
  }
}

/** One blow, with what the rig did meanwhile. */
async function strike(blow: Blow, { tell, ...ground }: Ground, strikes: number): Promise<void> {
  const missing = blow.missing?.() ?? null;
  if (missing !== null) {
    tell(`SKIPPED: ${blow.title} (${missing})`);
    return;
  }
  tell(blow.title);
  const from = Date.now();
  await blow.run({ tell, ...ground }, strikes);
  const { polls, frames } = await ground.witness.meanwhile(from, Date.now());
  tell(`meanwhile the PLCs answered ${polls} polls, and the rig stored ${frames} frames`);
  if (blow.sparesRig && (polls === 0 || frames === 0)) throw new Error(`the rig stood still: ${blow.title}`);
}

/** The PLC ends first, so that all it gave can arrive; then, when the rig has the receipts for it, its daemon. */
async function standStill(stage: Stage): Promise<void> {
  process.kill(Number(readFileSync(join(stage.scene.data, "rig.pid"), "utf8")), "SIGTERM");
  const end = Date.now();
  await until(
    async () => {
      const { completeTo } = Complete.parse(
        await (await fetch(`http://127.0.0.1:${stage.scene.ports.hmi}/health`)).json(),
      ).link;
      return completeTo !== null && completeTo > end + TICK_MS;
    },
    () => `the rig waits for receipts\n${stage.scene.logOf("edge")}`,
    DRAIN_S,
  );
  await stage.edge().end();
}

/** The folder of a proof that failed, for whoever looks into it, without the disk image. */
function keptCopy(data: string): string {
  const kept = mkdtempSync(join(tmpdir(), "idrill-proof-"));
  cpSync(data, kept, { recursive: true, filter: (path) => path !== join(data, "disk") });
  return kept;
}

function clock(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Gives the moment at which somebody wants the proof to end; what was started and mounted has to go first. */
function awaitSignal() {
  const names = ["SIGINT", "SIGTERM"] as const;
  const come = Promise.withResolvers<void>();
  const end = () => come.resolve();
  for (const name of names) process.once(name, end);
  return {
    come: come.promise,
    forget() {
      for (const name of names) process.removeListener(name, end);
    },
  };
}
