import { setImmediate } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { openSqliteReader } from "../shared/node/sqlite.ts";
import { compactorOf } from "./archive/compact.ts";
import { definitionsOf } from "./archive/definitions.ts";
import { namesOf } from "./archive/names.ts";
import type { CompactOptions, FromCompactor, ToCompactor } from "./compact-thread.ts";

// Compaction's reading and encoding, in a thread of its own. Started by compact-thread.ts.

/** With nothing due, it looks again after this time. */
const REST_MS = 250;
/** Compactions on their way to the writer at most, each of another rig: one is worked out while one is applied. */
const MOST_UNDER_WAY = 2;

const { path, settleMs }: CompactOptions = workerData;
const db = openSqliteReader(path);
db.pragma("cache_size = -32768");
const compactor = compactorOf(db, namesOf(db), definitionsOf(db));
const tell = (message: FromCompactor) => parentPort?.postMessage(message);
const busy = new Set<number>();
let ended = false;
let wake = () => {};

parentPort?.on("message", (message: ToCompactor) => {
  if (message.type === "close") ended = true;
  else busy.delete(message.rig);
  wake();
});

while (!ended) {
  const compaction = busy.size < MOST_UNDER_WAY ? compactor.next(Date.now() - settleMs, busy) : null;
  tell({ type: "waiting", batches: compactor.waiting() });
  if (compaction === null) {
    await rest();
    continue;
  }
  busy.add(compaction.rig);
  tell({ type: "compaction", compaction });
  // Lets what the writer says come in.
  await setImmediate();
}
db.close();
parentPort?.close();

function rest(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const clock = setTimeout(resolve, REST_MS);
  wake = () => {
    clearTimeout(clock);
    resolve();
  };
  return promise;
}
