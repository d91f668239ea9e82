/**
 * `node test/sim/main.ts [--mode M] [--seeds N] [--from S] [--jobs J] [--record]`: the long run, at low priority; a seed that
 * fails replays the run with this commit. `--plant NAME` (or `all`): how many seeds each mode takes to find what is planted.
 * `--restarts N`: what hello and receipt weigh after so many restarts.
 */
import { constants, setPriority } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { runOnThreads } from "./jobs.ts";
import { type Control, controls, type Mode, modes } from "./options.ts";
import { restartInARow } from "./restarts.ts";
import { commitOf, record } from "./results.ts";
import { runSeeds } from "./seeds.ts";

const { values } = parseArgs({
  options: {
    mode: { type: "string" },
    seeds: { type: "string" },
    from: { type: "string", default: "1" },
    jobs: { type: "string", default: "1" },
    record: { type: "boolean", default: false },
    plant: { type: "string" },
    restarts: { type: "string" },
  },
});

function oneOf<T extends string>(what: string, list: readonly T[], wanted: string): T {
  const found = list.find((each) => each === wanted);
  if (found !== undefined) return found;
  console.error(`no such ${what}: ${wanted}; there are ${list.join(", ")}`);
  process.exit(2);
}

/** The first seed of each mode that finds what is planted, as lines of a table; false where one of them finds nothing. */
function plant(planted: readonly Control[], among: readonly Mode[], count: number): boolean {
  let all = true;
  console.log(`| planted | ${among.join(" | ")} |\n| --- |${" --- |".repeat(among.length)}`);
  for (const control of planted) {
    const cells = among.map((mode) => {
      const [first] = runSeeds({ mode, from: Number(values.from), count, control }, 1).broken;
      return first === undefined ? "–" : `${first.seed} (${first.text.slice(0, 2)})`;
    });
    console.log(`| ${controls[control]} | ${cells.join(" | ")} |`);
    if (cells.every((cell) => cell === "–")) all = false;
  }
  return all;
}

/** Every seed; false where one of them broke something. */
async function runAll(mode: Mode, from: number, count: number): Promise<boolean> {
  const root = join(import.meta.dirname, "..", "..");
  const commit = commitOf(root);
  let [done, steps, broke] = [0, 0, 0];
  const startedAt = performance.now();
  await runOnThreads({ mode, from, count, control: null }, Number(values.jobs), (part, ran) => {
    for (const { seed, text } of ran.broken) console.log(`seed ${seed}: ${text}`);
    done += part.count;
    steps += ran.steps;
    broke += ran.broken.length;
    const rate = Math.round((1_000 * done) / (performance.now() - startedAt));
    if (done % 10_000 === 0)
      console.log(`${mode} ${from} to ${from + done - 1}: ${steps} steps, ${broke} broke, ${rate} a second`);
  });
  console.log(
    `${mode} ${from} to ${from + count - 1}: ${steps} steps, ${broke === 0 ? "nothing broke" : `${broke} broke`}`,
  );
  if (values.record) record(join(root, "docs", "simulation.md"), { commit, mode, from, count, steps, broke });
  return broke === 0;
}

/** What the arguments ask for; false where it did not come out well. */
async function asked(): Promise<boolean> {
  const mode = values.mode === undefined ? null : oneOf("mode", modes, values.mode);
  const names = Object.keys(controls) as Control[];
  if (values.restarts !== undefined) {
    console.log(restartInARow(Number(values.restarts)));
    return true;
  }
  if (values.plant === undefined) return runAll(mode ?? "mixed", Number(values.from), Number(values.seeds ?? 1_000));
  const planted = values.plant === "all" ? names : [oneOf("plant", names, values.plant)];
  return plant(planted, mode === null ? modes : [mode], Number(values.seeds ?? 10_000));
}

setPriority(constants.priority.PRIORITY_LOW);
process.exitCode = (await asked()) ? 0 : 1;
