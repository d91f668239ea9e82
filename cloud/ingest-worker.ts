import { parentPort, workerData } from "node:worker_threads";
import { Block } from "../shared/domain/reading.ts";
import { openLog } from "../shared/node/log.ts";
import { openSqliteArchive } from "./archive/sqlite.ts";
import { openBroker } from "./broker.ts";
import { startCompacting } from "./compact-thread.ts";
import { openFleet } from "./fleet/fleet.ts";
import { openIngest } from "./ingest.ts";
import type { FromWorker, IngestOptions, ToWorker } from "./ingest-thread.ts";
import type { Landed } from "./landed.ts";
import { openMqttSource } from "./mqtt-source.ts";
import type { Source } from "./source.ts";

// Broker and ingest in a thread of their own, so that no question to the API keeps a rig waiting. Started by ingest-thread.ts.

/** Batches may wait this long for more of their hour. */
const SETTLE_MS = 120_000;

const { archivePath, fleetPath, host, port, mqttUrl, version, receiptMs }: IngestOptions = workerData;
const log = openLog("cloud");
const tell = (message: FromWorker) => parentPort?.postMessage(message);

/** What a commit landed, in one message to the other thread. */
let news: Landed[] = [];
function tellNews(): void {
  tell({ type: "landed", news });
  news = [];
}

const keys = openFleet(fleetPath);
const archive = openSqliteArchive(archivePath);
const ingest = openIngest({
  archive,
  keys,
  log,
  version,
  ...(receiptMs === undefined ? {} : { receiptMs }),
  publish: (topic, bytes) => source.publish(topic, bytes),
  landed(what) {
    if (news.push(forMain(what)) === 1) queueMicrotask(tellNews);
  },
});
const { receive } = ingest;
const source: Source & { port?: number } = await (mqttUrl === undefined
  ? openBroker({ host, port, keys, receive, log })
  : openMqttSource({ url: mqttUrl, receive, log }));

const compacting = startCompacting({ path: archivePath, settleMs: SETTLE_MS }, archive, (batches) =>
  tell({ type: "waiting", batches }),
);
parentPort?.on("message", (message: ToWorker) => {
  if (message.type === "close") void close();
  else tell({ type: "connected", id: message.id, rigs: source.connected() });
});
tell({ type: "ready", port: source.port ?? null, incarnation: archive.incarnation });
await Promise.all([ingest.done, compacting.done]);

async function close(): Promise<void> {
  await source.close();
  await ingest.close();
  await compacting.close();
  await archive.close();
  keys.close();
  parentPort?.close();
}

/** Old readings are only counted on the other side: their columns stay here. */
function forMain(what: Landed): Landed {
  if (what.type !== "readings" || (what.current && what.lane !== "backfill")) return what;
  return { ...what, readings: new Block(0), frame: new Uint32Array(0), receivedAt: new Float64Array(0) };
}
