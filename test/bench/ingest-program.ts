// Feeds ingest with signed batches that were made before: `node ingest-program.ts FOLDER DATA_DIR FRAMES SECONDS`. Prints what came of it as JSON.
import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { openSqliteArchive } from "../../cloud/archive/sqlite.ts";
import { startCompacting } from "../../cloud/compact-thread.ts";
import { openFleet } from "../../cloud/fleet/fleet.ts";
import { openIngest } from "../../cloud/ingest.ts";
import { openLog } from "../../shared/node/log.ts";
import { decodeAnswer } from "../../shared/wire/answer.ts";
import { handRig } from "../support/hand-rig.ts";
import type { Fed } from "./ingest.ts";
import { enrol } from "./rig-link.ts";
import { openSeries } from "./series.ts";
import { openBatches } from "./signed-batches.ts";

const RIGS = 20;
const MOST_BATCHES = 100_000;
/** Batches wait this long for more of their hour: less than in production, so that the last ones are compacted in the time that counts. */
const SETTLE_MS = 2_000;
/** Batches that a group commit of ingest takes. */
const GROUP = 512;

const [folder = "", dataDir = "", frames = "25", seconds = "20"] = process.argv.slice(2);
const series = openSeries(dataDir, "day");
if (series === null) throw new Error(`no series in ${dataDir}`);

const keys = openFleet(join(folder, "fleet.db"));
const path = join(folder, "archive.db");
const archive = openSqliteArchive(path);
const answers = new Map<string, string>();
let landed = 0;
const ingest = openIngest({
  archive,
  keys,
  log: openLog("cloud", "error"),
  version: "bench",
  landed: (what) => {
    if (what.type === "readings") landed += what.count;
  },
  async publish(topic, bytes) {
    if (topic.endsWith("/hello")) answers.set(topic.split("/")[1] ?? "", decodeAnswer(bytes).answer);
  },
});

const { fill, start, tags, rows } = series;
const rigs = Array.from({ length: RIGS }, (_, i) => {
  const { rig, key } = enrol(keys, `rig-${i}`);
  return handRig(rig, key, tags, { startedAt: start, fill: (into, seq, at) => fill(into, seq - 1, at) });
});
for (const rig of rigs) {
  const ranges = { telemetry: [{ first: 1, last: rows }], events: [{ first: 1, last: 1 }] };
  await ingest.receive({ topic: `rig/${rig.rig}/hello`, payload: rig.hello({ telemetry: rows, events: 1 }, ranges) });
  await ingest.settled();
  rig.under(answers.get(rig.rig) ?? "");
  await ingest.receive({ topic: `rig/${rig.rig}/events`, payload: rig.events(rig.foundation()) });
  await ingest.settled();
}

const [first] = rigs;
if (first === undefined) throw new Error("no rigs");
const batches = openBatches(series, first, Number(frames));
// Signing them takes its time; so many are enough for the seconds that count.
const most = Math.min(batches.count, Math.floor(MOST_BATCHES / RIGS));
const made: { topic: string; payload: Uint8Array; readings: number }[] = [];
for (let n = 0; n < most; n++) {
  for (const rig of rigs) {
    const { bytes, readings } = batches.of(rig, answers.get(rig.rig) ?? "", n);
    made.push({ topic: `rig/${rig.rig}/backfill`, payload: bytes, readings });
  }
}

process.stdout.write(`${JSON.stringify(await feed())}\n`);
keys.close();

async function feed(): Promise<Fed> {
  let waiting = 0;
  const compacting = startCompacting(
    { path, settleMs: SETTLE_MS },
    archive,
    (batches) => {
      waiting = batches;
    },
    (damage) => {
      throw new Error(`found ${JSON.stringify(damage)}`);
    },
  );
  const began = performance.now();
  let sent = 0;
  for (const { topic, payload } of made) {
    if (performance.now() - began > Number(seconds) * 1_000) break;
    await ingest.receive({ topic, payload });
    sent += 1;
  }
  await ingest.settled();
  const landedS = (performance.now() - began) / 1_000;
  const left = waiting;
  do await new Promise((done) => setTimeout(done, 300));
  while (waiting > 0);
  const compactedS = (performance.now() - began) / 1_000;
  const readings = landed;
  const expected = made.slice(0, sent).reduce((sum, one) => sum + one.readings, 0);
  if (readings !== expected) throw new Error(`${readings} of ${expected} readings landed`);
  await compacting.close();
  await ingest.close();
  await archive.close();
  return { readings, batches: sent, landedS, compactedS, waiting: left, rawS: rawS(made.slice(0, sent)) };
}

/** The same bytes to a file, synced after as many as a group commit takes. */
function rawS(sent: readonly { payload: Uint8Array }[]): number {
  const file = openSync(join(folder, "raw"), "w");
  const began = performance.now();
  for (let i = 0; i < sent.length; i += GROUP) {
    for (const { payload } of sent.slice(i, i + GROUP)) writeSync(file, payload);
    fdatasyncSync(file);
  }
  closeSync(file);
  return (performance.now() - began) / 1_000;
}
