import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { type RigState, rigStates } from "../../shared/domain/rig-state.ts";
import type { Row } from "../scoring/window.ts";

/** The program that writes drilling as CSV: "time,state,<tag>,…", time in seconds, values in the catalogue's units. */
const SIMULATED_RIG = "test/rig/export.ts";

/** What a run of the simulated rig is to contain. */
export interface RunOptions {
  seed: number;
  hours: number;
  faults?: readonly string[];
  /** ft */
  startDepth?: number;
}

/** Rows of a run of the simulated rig, in order, with the asked tags in the asked order; it runs as a program of its own. */
export async function* simulatedRows(
  { seed, hours, faults = [], startDepth = 9_800 }: RunOptions,
  tags: readonly string[],
): AsyncGenerator<Row> {
  const numbers = { seed, hours, "start-depth": startDepth };
  const args = [
    ...Object.entries(numbers).flatMap(([name, value]) => [`--${name}`, String(value)]),
    ...faults.flatMap((fault) => ["--fault", fault]),
    "--tags",
    tags.join(","),
  ];
  const child = spawn(process.execPath, [SIMULATED_RIG, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise<number | null>((done) => child.once("close", done));
  let header = true;
  for await (const line of createInterface({ input: child.stdout })) {
    if (!header) yield rowOf(line, tags.length);
    header = false;
  }
  const code = await ended;
  if (code !== 0) throw new Error(`${SIMULATED_RIG} ended with exit code ${code}`);
}

function rowOf(line: string, width: number): Row {
  const cells = line.split(",");
  const values = new Float64Array(width);
  // An empty cell is a value that nobody read, not a zero.
  for (let i = 0; i < width; i++) values[i] = cells[i + 2] ? Number(cells[i + 2]) : Number.NaN;
  return { at: Math.round(Number(cells[0]) * 1_000), state: stateOf(cells[1]), values };
}

function stateOf(word: string | undefined): RigState {
  return rigStates.find((one) => one === word) ?? "unknown";
}
