import { parentPort, workerData } from "node:worker_threads";
import { Block } from "../shared/domain/reading.ts";
import { openSynchronisation } from "../shared/node/clock-sync.ts";
import { collectRegularly } from "../shared/node/collect.ts";
import { openLog } from "../shared/node/log.ts";
import { reopening } from "../shared/node/reopening.ts";
import { openBroker } from "./broker.ts";
import { barredBy, closedKeys } from "./closed-keys.ts";
import { openIngest } from "./ingest.ts";
import type { FromWorker, IngestOptions, ToWorker } from "./ingest-thread.ts";
import { keepLanding } from "./keeping.ts";
import type { Landed } from "./landed.ts";
import { openMqttSource } from "./mqtt-source.ts";
import { fleetOpener } from "./read-only.ts";
import { showing } from "./showing.ts";
import type { Source } from "./source.ts";

// Broker and ingest in a thread of their own, so that no question to the API keeps a rig waiting. Started by ingest-thread.ts.

/** Batches may wait this long for more of their hour. */
const SETTLE_MS = 120_000;

const { archivePath, fleetPath, host, port, mqttUrl, version, clockTrue, receiptMs, ...given }: IngestOptions =
  workerData;
/** Why nothing may be written; null once the folder is locked for this process. */
let unlocked = given.unlocked ?? null;
const log = openLog("cloud");
collectRegularly();
const tell = (message: FromWorker) => parentPort?.postMessage(message);

/** What a commit landed, in one message to the other thread. */
let news: Landed[] = [];
function tellNews(): void {
  tell({ type: "landed", news });
  news = [];
}

function landed(what: Landed): void {
  if (news.push(forMain(what)) === 1) queueMicrotask(tellNews);
}

const synchronisation = openSynchronisation();
await synchronisation.asked;
const isClockTrue = () => clockTrue === true || synchronisation.synchronised();
if (!isClockTrue())
  log.warn("nobody here says that a time server keeps this clock true: rigs are not told the time (IDRILL_CLOCK_TRUE)");

const fleet = reopening(fleetOpener(fleetPath, () => unlocked, log));
const keys = closedKeys(fleet, log);
const landing = await keepLanding({
  path: archivePath,
  settleMs: SETTLE_MS,
  barred: () => unlocked ?? barredBy(fleet),
  ingest: (archive) =>
    openIngest({
      archive,
      keys,
      log,
      version,
      clockTrue: isClockTrue,
      ...(receiptMs === undefined ? {} : { receiptMs }),
      publish: (topic, bytes) => source.publish(topic, bytes),
      asked: fleet,
      reaches: (rig) => source.connected()?.includes(rig) ?? true,
      landed,
    }),
  show: showing(archivePath, keys, landed, log),
  told: (state) => tell({ type: "keeping", state }),
  log,
});
const { receive } = landing;
const source: Source & { port?: number } = await (mqttUrl === undefined
  ? openBroker({ host, port, keys, receive, log })
  : openMqttSource({ url: mqttUrl, receive, log }));

parentPort?.on("message", (message: ToWorker) => {
  if (message.type === "close") void close();
  else if (message.type === "locked") unlocked = null;
  else if (message.type === "damaged") landing.finds(message.damage);
  else tell({ type: "connected", id: message.id, rigs: source.connected() });
});
tell({ type: "ready", port: source.port ?? null, state: landing.state() });

async function close(): Promise<void> {
  synchronisation.stop();
  await source.close();
  await landing.close();
  fleet.close();
  parentPort?.close();
}

/** Old readings are only counted on the other side: their columns stay here. */
function forMain(what: Landed): Landed {
  if (what.type !== "readings" || (what.current && what.lane !== "backfill")) return what;
  return { ...what, readings: new Block(0), frame: new Uint32Array(0), receivedAt: new Float64Array(0) };
}
