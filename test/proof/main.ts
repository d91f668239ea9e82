// `npm run prove -- [--quick] [--cheat] [--seed N] [--no-root] [BLOW …]`: breaks the product in front of your eyes and prints the balance.
import "../../shared/node/guard.ts";
import { parseArgs } from "node:util";
import { balanceOf, outcomeOf } from "./balance.ts";
import { blows } from "./blows.ts";
import { powerCuts } from "./power.ts";
import { prove } from "./prove.ts";
import { exitCodeOf, scopeOf, verdictOf } from "./scope.ts";

const usage = `prove [--quick] [--cheat] [--seed N] [--no-root] [BLOW …]

Starts a simulated rig, its daemon and an office on free ports in a folder of their own, breaks them one blow after the other, and holds what the
rig served against what the office stored. Exit code 0 if they balance, 1 if not, 2 if the proof could not be had.
  --quick     the short one, less than a minute instead of five
  --cheat     with a rig whose disk confirms what it does not keep: 1 where what it lost
              shows, 2 where the proof fails for another reason
  --seed N    chooses the moments; another one each time unless told
  --no-root   what needs root (power cuts, on a disk image that is mounted in that folder) is left out
  BLOW        only these: ${[...blows.map(({ name }) => name), "power"].join(", ")}
`;

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: "boolean", default: false },
      cheat: { type: "boolean", default: false },
      seed: { type: "string", default: String(1 + Math.floor(Math.random() * 999_999)) },
      "no-root": { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    process.exit(0);
  }
  const seed = Number(values.seed);
  if (!Number.isInteger(seed)) throw new Error(`${values.seed} is no seed: a whole number is`);
  const power = powerCuts(!values["no-root"], values.cheat);
  const all = [...blows, power.blow];
  const unknown = positionals.filter((name) => !all.some((blow) => blow.name === name));
  if (unknown.length > 0) throw new Error(`no such blow: ${unknown.join(", ")}\n\n${usage}`);
  const struck = positionals.length === 0 ? all : all.filter(({ name }) => positionals.includes(name));
  const scope = { quick: values.quick, cheat: values.cheat, blows: struck };
  const say = (line: string) => process.stdout.write(`${line}\n`);
  for (const line of scopeOf(scope)) say(line);
  const found = await prove({
    seed,
    quick: values.quick,
    blows: struck,
    keep: !values.cheat,
    prepare: power.prepare,
    say,
  });
  const outcome = outcomeOf(found);
  say(`\n${balanceOf(found)}`);
  for (const line of verdictOf(scope, outcome)) say(line);
  process.exitCode = exitCodeOf(scope, outcome);
} catch (error) {
  process.stderr.write(`prove: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
