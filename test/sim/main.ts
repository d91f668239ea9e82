import { parseArgs } from "node:util";
import { brief, type Options, storm, usual } from "./options.ts";
import { World } from "./world.ts";

/** `node test/sim/main.ts --seeds N --from S [--reverts] [--clones] [--storm | --brief]`: the long run; a seed that fails replays the run with this commit. */
const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    from: { type: "string", default: "1" },
    reverts: { type: "boolean", default: false },
    storm: { type: "boolean", default: false },
    clones: { type: "boolean", default: false },
    brief: { type: "boolean", default: false },
  },
});

const options: Options = {
  ...(values.brief ? brief : values.storm ? storm : usual),
  reverts: values.reverts ? 1.5 : 0,
  clones: values.clones ? 1 : 0,
};
const from = Number(values.from);
const failures = new Map<string, number[]>();
let steps = 0;
for (let seed = from; seed < from + Number(values.seeds); seed++) {
  const world = new World(seed, options);
  try {
    world.run();
  } catch (error) {
    const text = String(error instanceof Error && error.name === "Broken" ? error.message : (error as Error).stack);
    console.log(`seed ${seed}: ${text}`);
    const kind = text.slice(0, 4);
    failures.set(kind, [...(failures.get(kind) ?? []), seed]);
  }
  steps += world.steps;
}
console.log(
  `${values.seeds} seeds from ${from}, ${steps} steps: ${failures.size === 0 ? "nothing broke" : [...failures].map(([kind, seeds]) => `${kind} ${seeds.length}`).join(", ")}`,
);
process.exitCode = failures.size === 0 ? 0 : 1;
