import type { Id, RigId } from "../shared/domain/id.ts";
import { Block } from "../shared/domain/reading.ts";
import { startThread } from "../shared/node/threads.ts";
import type { Damage } from "./archive/damage.ts";
import type { Keeping } from "./archive/keeping.ts";
import type { Landed } from "./landed.ts";

export interface IngestOptions {
  /** SQLite file of the archive; made where there is none. */
  archivePath: string;
  /** The fleet's registry: rig keys, broker secrets, the cloud's key. */
  fleetPath: string;
  /** Why their folder may not be written to until `locked` is called; null, or absent, where it may. */
  unlocked?: string | null;
  /** Where the embedded broker listens; port 0 takes a free one. */
  host: string;
  port: number;
  /** Another broker instead. */
  mqttUrl?: string;
  version: string;
  /** The host is said to keep its clock true, so nobody in here need be asked. */
  clockTrue?: boolean;
  /** At most one receipt a rig in this time, but for events; 5 s unless told otherwise. */
  receiptMs?: number;
}

export type ToWorker =
  | { type: "close" }
  | { type: "connected"; id: number }
  /** The folder is locked for this process. */
  | { type: "locked" }
  /** Found by a reader in the other thread. */
  | { type: "damaged"; damage: Damage };
export type FromWorker =
  | { type: "ready"; port: number | null; state: Keeping }
  | { type: "keeping"; state: Keeping }
  | { type: "landed"; news: Landed[] }
  | { type: "connected"; id: number; rigs: RigId[] | null };

export interface IngestThread {
  /** Of the embedded broker; null where another one is used. */
  port: number | null;
  /** Of the archive's opening that landed last; null while none did. */
  readonly incarnation: Id | null;
  /** How the archive fares, as last told. */
  keeping(): Keeping;
  /** The folder may be written to from now on. */
  locked(): void;
  /** Hands on what a reader of this thread found not to be as it was written. */
  finds(damage: Damage): void;
  /** Rigs with an open connection; null where that cannot be known. */
  connected(): Promise<RigId[] | null>;
  /** Rejects when the thread dies of a fault, which trouble with the archive is not: then nothing lands any more, and the process should end. */
  done: Promise<void>;
  close(): Promise<void>;
}

/** Starts broker and ingest in a thread of their own; resolves when rigs can connect, whether or not the archive takes anything. `landed` is told right after each commit, `keeping` of each change. */
export async function startIngest(
  options: IngestOptions,
  landed: (what: Landed) => void,
  keeping: (state: Keeping) => void = () => {},
): Promise<IngestThread> {
  const worker = startThread(new URL("./ingest-worker.ts", import.meta.url), { workerData: options, name: "ingest" });
  const ready = Promise.withResolvers<{ port: number | null; state: Keeping }>();
  const end = Promise.withResolvers<void>();
  const asked = new Map<number, (rigs: RigId[] | null) => void>();
  let state: Keeping | null = null;
  let next = 0;
  worker.on("message", (message: FromWorker) => {
    if (message.type === "ready") ready.resolve(message);
    else if (message.type === "landed") for (const what of message.news) landed(revived(what));
    else if (message.type === "keeping") {
      state = message.state;
      keeping(state);
    } else {
      asked.get(message.id)?.(message.rigs);
      asked.delete(message.id);
    }
  });
  worker.on("error", end.reject);
  worker.on("exit", (code) =>
    code === 0 ? end.resolve() : end.reject(new Error(`the ingest thread ended with ${code}`)),
  );
  const say = (message: ToWorker) => worker.postMessage(message);
  end.promise.catch(ready.reject);
  const { port, state: begun } = await ready.promise;
  const now = () => state ?? begun;
  return {
    port,
    get incarnation() {
      return now().incarnation;
    },
    keeping: now,
    locked: () => say({ type: "locked" }),
    finds: (damage) => say({ type: "damaged", damage }),
    connected: () =>
      new Promise((resolve) => {
        asked.set(++next, resolve);
        say({ type: "connected", id: next });
      }),
    done: end.promise,
    async close() {
      say({ type: "close" });
      await end.promise;
    },
  };
}

/** What crosses threads loses its class. */
function revived(what: Landed): Landed {
  return what.type === "readings" ? { ...what, readings: Object.assign(new Block(0), what.readings) } : what;
}
