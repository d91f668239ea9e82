import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { bigRig, startDevices } from "./big-rig.ts";
import { openDayJournal } from "./day-journal.ts";
import { type Figure, figure, type Group, percentile } from "./figure.ts";
import { openStage, type Stage, startEdge } from "./program.ts";
import { openScreen } from "./screen.ts";
import { openSeries, repeated, type Series } from "./series.ts";

const JOURNAL_BYTES = 200_000_000;
/** Tags of the run whose frames fill the journal; few rows make many bytes. */
const TAGS = 480;
const KILLS = 5;
const GIVE_UP_MS = 30_000;

/** kill -9 to the first good reading of a Modbus tag on a screen that tries again all the time; the daemon is started at once after it died. */
export const restart: Group = {
  name: "restart",
  async run({ dataDir, say }) {
    const day = openSeries(dataDir, "real");
    if (day === null) {
      say("restart.first-reading: left out, no series to fill the journal with");
      return [];
    }
    const stage = await openStage();
    try {
      return [await measure(stage, repeated(day, TAGS))];
    } finally {
      await stage.close();
    }
  },
};

async function measure(stage: Stage, series: Series): Promise<Figure> {
  mkdirSync(join(stage.data, "edge"), { recursive: true });
  const path = join(stage.data, "edge", "journal.db");
  const owed = await prefill(path, series);
  const config = bigRig(stage, await startDevices(stage, 1));
  let edge = await startEdge(stage, config);
  await firstGood(stage);
  const times: number[] = [];
  for (let i = 0; i < KILLS; i++) {
    const killed = performance.now();
    await edge.end("SIGKILL");
    const starting = startEdge(stage, config);
    times.push((await firstGood(stage)) - killed);
    edge = await starting;
  }
  await edge.end();
  const megabytes = Math.round(statSync(path).size / 1e6);
  const what = `Telegraf with its broker down, as published (worst of ${KILLS} kills; journal of ${megabytes} MB, ${owed} frames owed; 1,000 tags)`;
  return figure("restart.first-reading", percentile(times, 1), "ms", what, 29_000);
}

/** Fills the journal with frames of an earlier run that nobody has received. */
async function prefill(path: string, series: Series): Promise<number> {
  const day = await openDayJournal(path, series);
  let row = 0;
  for (; day.journal.state().disk.fileBytes < JOURNAL_BYTES; row += 2_000) await day.write(row, row + 1_999);
  await day.journal.close();
  return row;
}

/** When the first good reading that was read after now is on a screen; it is opened again until there is a daemon. */
async function firstGood(stage: Stage): Promise<number> {
  const after = Date.now();
  for (const end = performance.now() + GIVE_UP_MS; performance.now() < end; ) {
    const found = Promise.withResolvers<number | null>();
    const screen = await openScreen(stage.ports.hmi, ({ values }) => {
      const good = values?.quality.some((quality, i) => quality === "good" && (values.at[i] ?? 0) > after);
      if (good === true) found.resolve(performance.now());
    }).catch(() => null);
    if (screen !== null) {
      const at = await Promise.race([found.promise, pause(GIVE_UP_MS)]);
      screen.close();
      if (typeof at === "number") return at;
    }
    await pause(10);
  }
  throw new Error(`no good reading in ${GIVE_UP_MS} ms\n${stage.logOf("edge")}`);
}

const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));
