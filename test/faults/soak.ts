import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../sim/random.ts";
import type { Fault } from "./fault.ts";
import { type Held, heldBy } from "./held.ts";
import { slopeOf } from "./slope.ts";
import type { Stage } from "./stage.ts";

const SAMPLE_MS = 5_000;
const UP_MS = 20_000;
const DOWN_MS = 10_000;
/** Of the time, before memory counts: code is compiled, caches fill. */
const WARM_UP = 0.3;
/** What may be seen of growth, a hour: MB of memory, and of the log of writes; descriptors. The other measures are told, to find the cause. */
const allowed: Record<string, number> = { rss: 1, wal: 1, descriptors: 1 };
/** A log of writes may not grow past this, MB. */
const WAL_CAP = 64;

interface Sample {
  atS: number;
  held: Held;
}
type Part = "edge" | "cloud";

/** Polls twice as often, closes ticks twice as often, while the link comes and goes; what the processes hold must not grow. A strike is a minute. With IDRILL_SOAK=FILE each sample is a JSON line there. */
export const soak: Fault = {
  id: "F45",
  title: "soak at twice the rate, link flapping; a strike is a minute",
  strikes: { fast: 0, full: 60 },
  async run(stage, random, strikes) {
    // Both are begun once more, once all was loaded: the first start of a changed tree has the compiler of types in memory.
    for (const part of ["edge", "cloud"] as const) await heldNow(stage, part);
    await stage.edge().end();
    await stage.cloud().end();
    await stage.startCloud();
    await stage.startEdge({ edit: twiceTheRate });
    await stage.allGood();
    const ending = new AbortController();
    const flapping = flap(stage, random, ending.signal);
    const samples: Record<Part, Sample[]> = { edge: [], cloud: [] };
    const began = performance.now();
    while (performance.now() - began < strikes * 60_000) {
      const atS = (performance.now() - began) / 1_000;
      for (const part of ["edge", "cloud"] as const) {
        const held = await heldNow(stage, part);
        samples[part].push({ atS, held });
        note({ part, atS, ...held });
      }
      await sleep(SAMPLE_MS);
    }
    ending.abort();
    await flapping;
    const problems = Object.entries(samples).flatMap(([part, taken]) => growthOf(part, taken));
    if (problems.length > 0) throw new Error(problems.join("; "));
  },
};

function heldNow({ scene, edge, cloud }: Stage, part: Part): Promise<Held> {
  return part === "edge"
    ? heldBy(edge().pid, join(scene.data, "edge", "journal.db"), `http://127.0.0.1:${scene.ports.hmi}/metrics`)
    : heldBy(cloud().pid, join(scene.data, "cloud", "archive.db"), `http://127.0.0.1:${scene.ports.cloud}/metrics`);
}

function note(line: Record<string, unknown>): void {
  const file = process.env.IDRILL_SOAK;
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(line)}\n`);
}

function twiceTheRate(config: string): string {
  const twice = config.replaceAll('"pollMs": 1000', '"pollMs": 500').replaceAll('"timeoutMs": 800', '"timeoutMs": 400');
  return twice.replace('"rig": "rig-14",', '"rig": "rig-14",\n  "tickMs": 500,');
}

async function flap(stage: Stage, random: Random, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(UP_MS);
    stage.mqtt.mode(random.chance(0.5) ? "drop" : "silence");
    await sleep(DOWN_MS);
    stage.mqtt.mode("up");
  }
}

/** What grew, in words; tells what was seen. Means of a minute each, since samples that follow each other hang together. */
function growthOf(part: string, samples: readonly Sample[]): string[] {
  const last = samples.at(-1)?.atS ?? 0;
  const warm = samples.filter(({ atS }) => atS >= WARM_UP * last);
  const problems: string[] = [];
  for (const measure of Object.keys(warm[0]?.held ?? {})) {
    const minutes = Map.groupBy(warm, ({ atS }) => Math.floor(atS / 60));
    const points = [...minutes].map(([minute, taken]) => ({
      atS: minute * 60,
      value: taken.reduce((sum, { held }) => sum + (held[measure] ?? 0), 0) / taken.length,
    }));
    const { perHour, low, high } = slopeOf(points);
    const most = Math.max(...warm.map(({ held }) => held[measure] ?? 0));
    const said = `${part} ${measure}: ${points[0]?.value.toFixed(1)} to ${points.at(-1)?.value.toFixed(1)}, at most ${most.toFixed(1)}; ${perHour.toFixed(2)} an hour (95 %: ${low.toFixed(2)} to ${high.toFixed(2)})`;
    process.stderr.write(`${said}\n  by minute: ${points.map(({ value }) => value.toFixed(1)).join(" ")}\n`);
    const growth = allowed[measure];
    if (growth !== undefined && low > 0 && perHour >= growth) problems.push(`grows: ${said}`);
    if (measure === "wal" && most > WAL_CAP) problems.push(`the log of writes is too large: ${said}`);
  }
  return problems;
}
