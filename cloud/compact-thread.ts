import { Worker } from "node:worker_threads";
import type { Archive } from "./archive/archive.ts";
import type { Compaction } from "./archive/compaction.ts";
import type { Damage, Finds } from "./archive/damage.ts";
import type { Scrubbed } from "./archive/keeping.ts";

export interface CompactOptions {
  /** SQLite file of the archive. */
  path: string;
  /** Batches younger than this may wait for more of their hour, ms. */
  settleMs: number;
}

export type ToCompactor = { type: "close" } | { type: "applied"; rig: number };
export type FromCompactor =
  | { type: "compaction"; compaction: Compaction }
  | { type: "waiting"; batches: number }
  | { type: "damaged"; damage: Damage }
  | ({ type: "scrubbed" } & Scrubbed);

export interface CompactThread {
  /** Rejects when the thread dies of a fault, or the archive does. */
  done: Promise<void>;
  /** Null until a round has ended. */
  scrubbed(): Scrubbed | null;
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
  worker.on("message", (message: FromCompactor) => {
    if (message.type === "waiting") waiting(message.batches);
    else if (message.type === "damaged") finds(message.damage);
    else if (message.type === "scrubbed") scrubbed = { at: message.at, tookMs: message.tookMs };
    else if (!closing) {
      const { rig } = message.compaction;
      archive.apply(message.compaction).then(() => say({ type: "applied", rig }), end.reject);
    }
  });
  worker.on("error", end.reject);
  worker.on("exit", (code) =>
    code === 0 ? end.resolve() : end.reject(new Error(`the compacting thread ended with ${code}`)),
  );
  return {
    done: end.promise,
    scrubbed: () => scrubbed,
    async close() {
      closing = true;
      say({ type: "close" });
      await end.promise;
    },
  };
}
