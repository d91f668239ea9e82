import { resolve } from "node:path";
import { z } from "zod";
import { figure, type Group } from "./figure.ts";
import { openStage } from "./program.ts";
import { openSeries } from "./series.ts";

const SECONDS = 20;
const FRAMES = 25;

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

/** Batches of 25 frames of 24 tags, signed before, given to ingest's own entry in a process that compacts as ingest's thread does. */
export const ingest: Group = {
  name: "ingest",
  async run({ dataDir, say }) {
    if (openSeries(dataDir, "day") === null) {
      say("ingest.600: left out, no series");
      return [];
    }
    const stage = await openStage();
    try {
      const args = ["test/bench/ingest-program.ts", stage.data, resolve(dataDir), String(FRAMES), String(SECONDS)];
      const fed = Fed.parse(JSON.parse(await stage.run(args)));
      const { readings, batches, landedS, compactedS, waiting, rawS } = fed;
      say(
        `ingest: ${batches} batches landed in ${landedS.toFixed(1)} s; ${waiting} then waited for compaction, done after ${compactedS.toFixed(1)} s`,
      );
      const what = `readings/s of a raw loop: the same bytes written, fdatasync each 256 batches (fed for ${SECONDS} s by 20 rigs without a broker; until compacted)`;
      return [figure("ingest.600", readings / compactedS, "readings/s", what, readings / rawS)];
    } finally {
      await stage.close();
    }
  },
};
