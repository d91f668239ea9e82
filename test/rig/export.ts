import { once } from "node:events";
import { parseArgs } from "node:util";
import { faultOf } from "./faults/fault.ts";
import { DROPPED, SILENT } from "./faults/sensor.ts";
import { rigTags } from "./physics/sensors.ts";
import { simulate } from "./physics/simulate.ts";

// `node test/rig/export.ts --tags a,b [--seed N] [--hours H] [--hz N] [--start-depth FT] [--fault NAME@SECONDS …]`:
// drilling as CSV on stdout, "time,state,a,b": time in simulated seconds, values in the catalogue's units, an empty
// cell where a fault leaves no value.
const { values: given } = parseArgs({
  options: {
    tags: { type: "string", default: rigTags.join(",") },
    seed: { type: "string", default: "14" },
    hours: { type: "string", default: "1" },
    hz: { type: "string", default: "1" },
    "start-depth": { type: "string", default: "9800" },
    fault: { type: "string", multiple: true, default: [] },
  },
});

const LINES_A_WRITE = 1_000;

function numberOf(name: "seed" | "hours" | "hz" | "start-depth"): number {
  const value = Number(given[name]);
  if (!Number.isFinite(value)) throw new Error(`--${name} ${given[name]}: not a number`);
  return value;
}

const tags = given.tags.split(",");
const places = tags.map((tag) => rigTags.indexOf(tag));
for (const [i, place] of places.entries()) if (place < 0) throw new Error(`--tags: the rig has no tag "${tags[i]}"`);

const hz = numberOf("hz");
const faults = given.fault.map((text) => faultOf(text, rigTags));
const simulation = simulate({ seed: numberOf("seed"), hz, faults, startDepth: numberOf("start-depth") });
const count = Math.round(numberOf("hours") * 3_600 * hz);

let lines = [`time,state,${tags.join(",")}`];
for (let i = 0; i < count; i++) {
  const { time, state, values, missing } = simulation.next();
  const cells = places.map((place) => {
    const value = values[place] ?? Number.NaN;
    const unread = missing[place] === DROPPED || missing[place] === SILENT;
    return unread || Number.isNaN(value) ? "" : value;
  });
  lines.push(`${time},${state},${cells.join(",")}`);
  if (lines.length >= LINES_A_WRITE) await write();
}
await write();

async function write(): Promise<void> {
  const whole = `${lines.join("\n")}\n`;
  lines = [];
  if (!process.stdout.write(whole)) await once(process.stdout, "drain");
}
