// `npm run bench -- [GROUP …]`: measures, and prints a table and one JSON line a figure. Nothing here is asserted.
import "../../shared/node/guard.ts";
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Figure, Group } from "./figure.ts";

const { values: options, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: { "data-dir": { type: "string", default: process.env.IDRILL_DATA_DIR ?? "../shared/data" } },
});
const groups: Record<string, () => Promise<Group>> = {
  wire: async () => (await import("./wire.ts")).wire,
  disk: async () => (await import("./disk.ts")).disk,
  edge: async () => (await import("./edge.ts")).edge,
  latency: async () => (await import("./latency.ts")).latency,
  restart: async () => (await import("./restart.ts")).restart,
  link: async () => (await import("./link.ts")).link,
  ingest: async () => (await import("./ingest.ts")).ingest,
  history: async () => (await import("./history.ts")).history,
  inference: async () => (await import("./inference.ts")).inference,
};
const unknown = wanted.filter((name) => !(name in groups));
if (unknown.length > 0) {
  process.stderr.write(`no such group: ${unknown.join(", ")}; there are ${Object.keys(groups).join(", ")}\n`);
  process.exit(1);
}
const say = (line: string) => process.stderr.write(`${line}\n`);
if (!existsSync(options["data-dir"]))
  say(`no reference data at ${options["data-dir"]} (--data-dir): figures that need it are left out`);

const figures: Figure[] = [];
for (const [name, load] of Object.entries(groups)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  say(`measuring ${name}`);
  try {
    figures.push(...(await (await load()).run({ dataDir: options["data-dir"], say })));
  } catch (error) {
    process.exitCode = 1;
    say(`${name}.*: left out, it failed: ${error instanceof Error ? error.stack : String(error)}`);
  }
}

const short = (value: number | null) => (value === null ? "" : String(Number(value.toPrecision(4))));
const lines = figures.map((one) => [
  one.name,
  short(one.value),
  one.unit,
  short(one.ratio),
  short(one.reference.value),
  one.reference.what,
]);
const head = ["figure", "value", "unit", "ratio", "reference", "which is"];
const widths = head.map((title, i) => Math.max(title.length, ...lines.map((line) => (line[i] ?? "").length)));
for (const line of [head, ...lines])
  say(
    line
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd(),
  );
for (const one of figures) process.stdout.write(`${JSON.stringify(one)}\n`);
process.exit();
