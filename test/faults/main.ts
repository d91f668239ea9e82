// `npm run test:faults -- [--fast] [--record] [--resume] [--keep] [--beside N] [--seed N] [--strikes N] [--carrier NAME] [FAULT …]`: breaks the product on purpose; exit code 1 where something is lost.
import "../../shared/node/guard.ts";
import { existsSync, readFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { all } from "./all.ts";
import { carrierMissing } from "./carriers.ts";
import type { Fault, Outcome } from "./fault.ts";
import { judged, type Run } from "./judge.ts";
import { commitOf, isRecorded, lineOf, record } from "./results.ts";
import { closeStages } from "./stage.ts";

const root = join(import.meta.dirname, "..", "..");
const table = join(root, "docs", "faults.md");
const { values, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: {
    fast: { type: "boolean", default: false },
    record: { type: "boolean", default: false },
    resume: { type: "boolean", default: false },
    keep: { type: "boolean", default: false },
    beside: { type: "string" },
    seed: { type: "string" },
    strikes: { type: "string" },
    carrier: { type: "string" },
  },
});
const say = (line: string) => process.stderr.write(`${line}\n`);
const unknown = wanted.filter((id) => !all.some((fault) => fault.id === id));
if (unknown.length > 0) {
  say(`no such fault: ${unknown.join(", ")}; there are ${all.map(({ id }) => id).join(", ")}`);
  process.exit(2);
}

/** Stages at once in the short set: they wait more than they compute. The full one holds times, so each has the machine for itself. */
const BESIDE = 4;
/** Programs that wait for a core, for each core: beyond, no further stage is begun beside one that runs, unless it was said how many. */
const BUSY = 3;
const isBusy = () => values.beside === undefined && (loadavg()[0] ?? 0) > BUSY * availableParallelism();
const commit = commitOf(root);
if (commit === null && values.record) {
  say("git does not tell which commit this is, and a line without one proves nothing: nothing is recorded");
  process.exit(2);
}
const day = new Date().toISOString().slice(0, 10);
const seed = Number(values.seed ?? (values.fast ? 1 : Math.trunc(Date.now() / 1_000) % 1_000_000));

/** Why a fault cannot be had here. A trial that fails in a way that nobody thought of is a reason too: nothing was tested, and that is said. */
async function missingFor(fault: Fault): Promise<string | null> {
  try {
    return (await fault.missing?.()) ?? null;
  } catch (error) {
    return `its trial failed: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function runsToDo(): Promise<Run[]> {
  const before = values.resume && existsSync(table) ? readFileSync(table, "utf8") : "";
  const runs: Run[] = [];
  for (const fault of all) {
    if (wanted.length > 0 && !wanted.includes(fault.id)) continue;
    const strikes = Number(values.strikes ?? (values.fast ? fault.strikes.fast : fault.strikes.full));
    if (strikes === 0) continue;
    // The short set takes one broker a fault; the full one each.
    for (const carrier of (fault.carriers ?? ["embedded"]).slice(0, values.fast ? 1 : undefined)) {
      if (values.carrier !== undefined && values.carrier !== carrier) continue;
      const missing = (await missingFor(fault)) ?? carrierMissing(carrier);
      if (missing !== null) say(`skipped: ${fault.id} ${fault.title} over ${carrier}: ${missing}`);
      else if (isRecorded(before, fault.id, carrier, seed, strikes)) say(`done before: ${fault.id} over ${carrier}`);
      else runs.push({ fault, carrier, seed, strikes, timed: !values.fast, keep: values.keep });
    }
  }
  return runs;
}

async function judge(run: Run): Promise<Outcome> {
  const began = performance.now();
  const outcome = await judged(run);
  const line = lineOf(outcome, commit ?? "-", day);
  process.stdout.write(`${line}\n`);
  say(`${run.fault.id} over ${run.carrier} took ${((performance.now() - began) / 1_000).toFixed(0)} s`);
  if (outcome.problem !== null) say(`${run.fault.id}: ${outcome.problem}`);
  if (values.record) record(table, [line]);
  return outcome;
}

for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, async () => {
    await closeStages();
    process.exit(1);
  });

const runs = await runsToDo();
const waiting = runs.values();
const outcomes: Outcome[] = [];
let running = 0;
const lane = async () => {
  for (const run of waiting) {
    while (running > 0 && isBusy()) await sleep(2_000);
    running += 1;
    outcomes.push(await judge(run));
    running -= 1;
  }
};
await Promise.all(Array.from({ length: Number(values.beside ?? (values.fast ? BESIDE : 1)) }, lane));
const failed = outcomes.filter(({ problem }) => problem !== null);
say(
  `${outcomes.length} faults from seed ${seed}: ${failed.length === 0 ? "all are as promised" : `${failed.map(({ id }) => id).join(", ")} are not`}`,
);
process.exit(failed.length === 0 ? 0 : 1);
