import { Worker } from "node:worker_threads";
import type { Archive } from "./archive/archive.ts";
import type { Compaction } from "./archive/compaction.ts";
import { type Damage, type Finds, isOfContent } from "./archive/damage.ts";
import type { Scrubbed } from "./archive/keeping.ts";
import type { RigAside } from "./archive/rigs-aside.ts";

export interface CompactOptions {
  /** SQLite file of the archive. */
  path: string;
  /** Batches younger than this may wait for more of their hour, ms. */
  settleMs: number;
}

export type ToCompactor =
  | { type: "close" }
  | { type: "applied"; rig: number }
  | { type: "refused"; rig: number; problem: string };
export type FromCompactor =
  | { type: "compaction"; compaction: Compaction }
  | { type: "waiting"; batches: number }
  | { type: "damaged"; damage: Damage }
  | { type: "aside"; rigs: RigAside[] }
  | ({ type: "scrubbed" } & Scrubbed);

export interface CompactThread {
  /** Rejects when the thread dies of a fault, or the archive does. */
  done: Promise<void>;
  /** Null until a round has ended. */
  scrubbed(): Scrubbed | null;
  /** Rigs whose batches stay waiting, since they cannot be compacted. */
  aside(): readonly RigAside[];
  close(): Promise<void>;
}

/**
 * Works out what waiting batches come to in a thread of its own, beside the one that lands; the archive, its only writer, applies it.
 * `waiting` is told how many batches wait, `finds` what is not as it was written.
 */
export function startCompacting(
  options: CompactOptions,
  archive: Pick<Archive, "apply">,
  waiting: (batches: number) => void,
  finds: Finds,
): CompactThread {
  const worker = new Worker(new URL("./compact-worker.ts", import.meta.url), { workerData: options });
  const end = Promise.withResolvers<void>();
  const say = (message: ToCompactor) => worker.postMessage(message);
  let closing = false;
  let scrubbed: Scrubbed | null = null;
  let aside: readonly RigAside[] = [];
  /** What a table does not take of one rig is no fault of the archive. */
  const refused = (rig: number, error: unknown) => {
    if (isOfContent(error))
      say({ type: "refused", rig, problem: error instanceof Error ? error.message : String(error) });
    else end.reject(error);
  };
  worker.on("message", (message: FromCompactor) => {
    if (message.type === "waiting") waiting(message.batches);
    else if (message.type === "damaged") finds(message.damage);
    else if (message.type === "aside") aside = message.rigs;
    else if (message.type === "scrubbed") scrubbed = { at: message.at, tookMs: message.tookMs };
    else if (!closing) {
      const { rig } = message.compaction;
      archive.apply(message.compaction).then(
        () => say({ type: "applied", rig }),
        (error: unknown) => refused(rig, error),
      );
    }
  });
  worker.on("error", end.reject);
  worker.on("exit", (code) =>
    code === 0 ? end.resolve() : end.reject(new Error(`the compacting thread ended with ${code}`)),
  );
  return {
    done: end.promise,
    scrubbed: () => scrubbed,
    aside: () => aside,
    async close() {
      closing = true;
      say({ type: "close" });
      await end.promise;
    },
  };
}
