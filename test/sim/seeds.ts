import { type Control, type Mode, optionsOf } from "./options.ts";
import { World } from "./world.ts";

/** Seeds to run: `count` from `from` on. */
export interface Seeds {
  mode: Mode;
  from: number;
  count: number;
  /** What is planted; null for the world as it is. */
  control: Control | null;
}

/** What became of them: steps in all, and of each seed that broke something what it was. */
export interface Ran {
  steps: number;
  broken: { seed: number; text: string }[];
}

/** Runs seed by seed; every one to its end, or until `most` have broken something. */
export function runSeeds({ mode, from, count, control }: Seeds, most = Number.POSITIVE_INFINITY): Ran {
  const ran: Ran = { steps: 0, broken: [] };
  for (let seed = from; seed < from + count && ran.broken.length < most; seed++) {
    const world = new World(seed, { ...optionsOf(mode, seed), control });
    try {
      world.run();
    } catch (error) {
      const isBroken = error instanceof Error && error.name === "Broken";
      ran.broken.push({ seed, text: isBroken ? error.message : String((error as Error).stack) });
    }
    ran.steps += world.steps;
  }
  return ran;
}
