import { resolve } from "node:path";
import { z } from "zod";
import { type Figure, figure, type Group, type Setting } from "./figure.ts";
import { openStage } from "./program.ts";
import { openSeries } from "./series.ts";

const SECONDS = 20;
/** Of 24 readings each: a batch of 600, and one of a rig that sends every second. */
const FRAMES = [25, 1] as const;

/** What the feeding program tells. Times from the first batch on. */
const Fed = z.object({
  readings: z.number(),
  batches: z.number(),
  /** Until the last batch was committed, and until none waited for compaction. */
  landedS: z.number(),
  compactedS: z.number(),
  /** Batches that waited for compaction when the feeding ended. */
  waiting: z.number(),
  /** The same bytes written and synced raw. */
  rawS: z.number(),
});
export type Fed = z.infer<typeof Fed>;

/** Batches of frames of 24 tags, signed before, given to ingest's own entry in a process that compacts as ingest's thread does. */
export const ingest: Group = {
  name: "ingest",
  async run({ dataDir, say }) {
    if (openSeries(dataDir, "day") === null) {
      say("ingest.*: left out, no series");
      return [];
    }
    const figures: Figure[] = [];
    for (const frames of FRAMES) figures.push(await fed(frames, dataDir, say));
    return figures;
  },
};

async function fed(frames: number, dataDir: string, say: Setting["say"]): Promise<Figure> {
  const name = `ingest.${24 * frames}`;
  const stage = await openStage();
  try {
    const args = ["test/bench/ingest-program.ts", stage.data, resolve(dataDir), String(frames), String(SECONDS)];
    const { readings, batches, landedS, compactedS, waiting, rawS } = Fed.parse(JSON.parse(await stage.run(args)));
    say(
      `${name}: ${batches} batches landed in ${landedS.toFixed(1)} s; ${waiting} then waited for compaction, done after ${compactedS.toFixed(1)} s`,
    );
    const what = `readings/s of a raw loop: the same bytes written, fdatasync each 512 batches (fed for ${SECONDS} s by 20 rigs without a broker; until compacted)`;
    return figure(name, readings / compactedS, "readings/s", what, readings / rawS);
  } finally {
    await stage.close();
  }
}
