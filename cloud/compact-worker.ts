import { setImmediate } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { collectRegularly, openCollection } from "../shared/node/collect.ts";
import { boundMemory } from "../shared/node/sqlite.ts";
import { compactorOf } from "./archive/compact.ts";
import type { Compaction } from "./archive/compaction.ts";
import type { Finds } from "./archive/damage.ts";
import { definitionsOf } from "./archive/definitions.ts";
import { minutesAnew } from "./archive/minutes-anew.ts";
import { namesOf } from "./archive/names.ts";
import { openArchiveFile } from "./archive/open-file.ts";
import { RigFailed, rigsAside } from "./archive/rigs-aside.ts";
import { scrubbing } from "./archive/scrub.ts";
import type { CompactOptions, FromCompactor, ToCompactor } from "./compact-thread.ts";

// Compaction's reading and encoding, in a thread of its own. Started by compact-thread.ts.

/** A compaction reads and writes each page once. */
const CACHE_KB = 32_768;
/** With nothing due, it looks again after this time. */
const REST_MS = 250;
/** Bytes that are checked at each rest at most, of how many parts of the time checking takes one, and the time between two rounds through the whole archive. */
const SCRUB_BYTES = 1_048_576;
const SCRUB_PARTS = 10;
const SCRUB_MS = REST_MS / SCRUB_PARTS;
const BETWEEN_ROUNDS_MS = 3_600_000;
/** Compactions on their way to the writer at most, each of another rig: one is worked out while one is applied. */
const MOST_UNDER_WAY = 2;

const { path, settleMs }: CompactOptions = workerData;
const db = openArchiveFile(path);
boundMemory(db, CACHE_KB);
const tell = (message: FromCompactor) => parentPort?.postMessage(message);
const finds: Finds = (damage) => tell({ type: "damaged", damage });
const names = namesOf(db);
const definitions = definitionsOf(db);
const compactor = compactorOf(db, names, definitions, finds);
const anew = minutesAnew(db, definitions, names.epochOf, finds);
const scrub = scrubRounds();
const collect = openCollection();
collectRegularly();
const busy = new Set<number>();
const rigName = db.prepare<[number], string>("select rig from rig where no = ?").pluck();
const aside = rigsAside((rig) => rigName.get(rig) ?? `rig ${rig}`);
let ended = false;
let wake = () => {};

parentPort?.on("message", (message: ToCompactor) => {
  if (message.type === "close") ended = true;
  else {
    busy.delete(message.rig);
    if (message.type === "refused") setAside(message.rig, message.problem);
    else if (aside.has(message.rig)) {
      aside.clear(message.rig);
      tell({ type: "aside", rigs: aside.all() });
    }
  }
  wake();
});

while (!ended) {
  const compaction = busy.size < MOST_UNDER_WAY ? next() : null;
  tell({ type: "waiting", batches: compactor.waiting() });
  if (compaction === null) {
    collect();
    scrub();
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

/** The next compaction; a rig whose batches throw is left alone for a while, and the others go on. */
function next(): Compaction | null {
  for (;;) {
    try {
      const out = new Set([...busy, ...aside.resting()]);
      return compactor.next(Date.now() - settleMs, out) ?? anew(out);
    } catch (error) {
      if (!(error instanceof RigFailed)) throw error;
      setAside(error.rig, error.message);
    }
  }
}

function setAside(rig: number, problem: string): void {
  aside.put(rig, problem);
  tell({ type: "aside", rigs: aside.all() });
}

/** Each call reads a little more of the archive and checks it, if its share of the time allows; a round through all of it begins again after a while. */
function scrubRounds(): () => void {
  let round: Generator<number> | null = null;
  let began = Date.now();
  let next = began;
  let due = 0;
  return () => {
    const start = performance.now();
    if ((round === null && Date.now() < next) || start < due) return;
    if (round === null) began = Date.now();
    round ??= scrubbing(db, names, definitions, finds);
    for (let bytes = 0; bytes < SCRUB_BYTES && performance.now() < start + SCRUB_MS; ) {
      const step = round.next();
      if (step.done === true) {
        round = null;
        next = Date.now() + BETWEEN_ROUNDS_MS;
        tell({ type: "scrubbed", at: Date.now(), tookMs: Date.now() - began });
        return;
      }
      bytes += step.value;
    }
    // A step that took long pays by a longer rest.
    due = start + SCRUB_PARTS * (performance.now() - start);
  };
}

function rest(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const clock = setTimeout(resolve, REST_MS);
  wake = () => {
    clearTimeout(clock);
    resolve();
  };
  return promise;
}
