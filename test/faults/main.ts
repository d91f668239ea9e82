// `npm run test:faults -- [--fast] [--record] [--seed N] [--strikes N] [--carrier NAME] [FAULT …]`: breaks the product on purpose; exit code 1 where something is lost.
import "../../shared/node/guard.ts";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { carrierMissing } from "./carriers.ts";
import { clockFaults } from "./clocks.ts";
import { diskFaults } from "./disks.ts";
import type { Fault, Outcome } from "./fault.ts";
import { fleetFaults } from "./fleets.ts";
import { judged } from "./judge.ts";
import { linkFaults } from "./links.ts";
import { outages } from "./outages.ts";
import { processFaults } from "./processes.ts";
import { restoreFaults } from "./restores.ts";
import { commitOf, lineOf, record } from "./results.ts";
import { satelliteFaults } from "./satellites.ts";
import { soak } from "./soak.ts";

const all: readonly Fault[] = [
  ...outages,
  ...processFaults,
  ...diskFaults,
  ...linkFaults,
  ...satelliteFaults,
  ...fleetFaults,
  ...clockFaults,
  ...restoreFaults,
  soak,
];
const root = join(import.meta.dirname, "..", "..");
const { values, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: {
    fast: { type: "boolean", default: false },
    record: { type: "boolean", default: false },
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

const commit = commitOf(root);
const day = new Date().toISOString().slice(0, 10);
const seed = Number(values.seed ?? (values.fast ? 1 : Math.trunc(Date.now() / 1_000) % 1_000_000));
const outcomes: Outcome[] = [];
for (const fault of all) {
  if (wanted.length > 0 && !wanted.includes(fault.id)) continue;
  const strikes = Number(values.strikes ?? (values.fast ? fault.strikes.fast : fault.strikes.full));
  if (strikes === 0) continue;
  // The short set takes one broker a fault; the full one each.
  const carriers = (fault.carriers ?? ["embedded"]).slice(0, values.fast ? 1 : undefined);
  for (const carrier of carriers) {
    if (values.carrier !== undefined && values.carrier !== carrier) continue;
    const missing = fault.missing?.() ?? carrierMissing(carrier);
    if (missing !== null) {
      say(`skipped: ${fault.id} ${fault.title} over ${carrier}: ${missing}`);
      continue;
    }
    const outcome = await judged(fault, carrier, seed, strikes);
    outcomes.push(outcome);
    const line = lineOf(outcome, commit, day);
    process.stdout.write(`${line}\n`);
    if (outcome.problem !== null) say(outcome.problem);
    if (values.record) record(join(root, "docs", "faults.md"), [line]);
  }
}
const failed = outcomes.filter(({ problem }) => problem !== null);
say(`${outcomes.length} faults from seed ${seed}: ${failed.length === 0 ? "all balance" : `${failed.length} do not`}`);
process.exit(failed.length === 0 ? 0 : 1);
