import type { Archive } from "../../cloud/archive/archive.ts";
import { openIngest } from "../../cloud/ingest.ts";
import type { RigKeys } from "../../cloud/rig-keys.ts";
import { openLog } from "../../shared/node/log.ts";
import type { SigningKey } from "../../shared/node/signing.ts";
import { decodeAnswer } from "../../shared/wire/answer.ts";
import { handRig } from "../support/hand-rig.ts";
import type { Series } from "./series.ts";

/** Frames of a batch, so that even full mantissas stay below its limit. */
const FRAMES = 300;
/** As ingest's thread does it. */
const COMPACT_MS = 60;
const SETTLE_MS = 30_000;

/**
 * Lands the first `rows` rows of a series (which repeats) as one rig's signed batches, through ingest, and compacts all of them. `first` is the time
 * of row 0. Gives the readings that landed.
 */
export async function fillArchive(
  archive: Archive,
  keys: RigKeys,
  { rig, key }: { rig: string; key: SigningKey },
  series: Series,
  rows: number,
  first = series.start,
): Promise<number> {
  let answer: string | null = null;
  let readings = 0;
  const ingest = openIngest({
    archive,
    keys,
    log: openLog("cloud", "error"),
    version: "bench",
    landed: (what) => {
      if (what.type === "readings") readings += what.count;
    },
    async publish(topic, bytes) {
      if (topic.endsWith("/hello")) answer = decodeAnswer(bytes).answer;
    },
  });
  const run = handRig(rig, key, series.tags, {
    startedAt: first,
    fill: (into, seq, at) => series.fill(into, seq - 1, at),
  });
  const send = (topic: string, payload: Uint8Array) => ingest.receive({ topic: `rig/${rig}/${topic}`, payload });
  await send("hello", run.hello({ telemetry: rows, events: 1 }, ranges(rows)));
  await ingest.settled();
  if (answer === null) throw new Error("the hello was not answered");
  run.under(answer);
  await send("events", run.events(run.foundation()));
  await ingest.settled();
  for (let seq = 1; seq <= rows; seq += FRAMES) {
    await send("backfill", run.telemetry(seq, Math.min(seq + FRAMES - 1, rows), "backfill"));
    if (seq % (12 * FRAMES) === 1) {
      await ingest.settled();
      await archive.compact(COMPACT_MS, SETTLE_MS);
    }
  }
  await ingest.settled();
  while ((await archive.compact(1_000)) > 0);
  await ingest.close();
  return readings;
}

const ranges = (last: number) => ({ telemetry: [{ first: 1, last }], events: [{ first: 1, last: 1 }] });
