import type { Worker } from "node:worker_threads";
import { backoff } from "../../shared/node/backoff.ts";
import type { Log } from "../../shared/node/log.ts";
import { startThread } from "../../shared/node/threads.ts";
import type { Answer, Question } from "./worker.ts";

/** A model in a thread of its own. What it does not answer comes back as a refusal; a thread that is stuck or dies is begun anew, ever more slowly. */
export interface ModelWorker {
  /** Never waits. */
  ask(question: Question): void;
  /** Answers that came since the last call, in the order of the questions. */
  answers(): Answer[];
  counts(): ModelCounts;
  close(): Promise<void>;
}

/** What the thread answered: ticks, those of them without a score, and the time from question to answer, s. */
export interface ModelCounts {
  answers: number;
  refusals: number;
  seconds: number;
}

export interface ModelWorkerOptions {
  folder: string;
  log: Log;
  /** How long a question may wait for its answer before the thread counts as stuck. */
  stuckMs: number;
}

/** Starts the thread. A model that is refused while it loads (hash, golden vectors) is not tried again in this run: its file will not mend itself. */
export function startModelWorker({ folder, log, stuckMs }: ModelWorkerOptions): ModelWorker {
  const waiting: { id: number; at: number; since: number }[] = [];
  const pause = backoff(500, 60_000);
  const counts: ModelCounts = { answers: 0, refusals: 0, seconds: 0 };
  let answered: Answer[] = [];
  let timer: NodeJS.Timeout | undefined;
  let ready = false;
  let closed = false;
  let worker: Worker | null = start();

  function start(): Worker {
    const fresh = startThread(new URL("./worker.ts", import.meta.url), { workerData: { folder }, name: "scoring" });
    fresh.on("message", (message: Answer | "ready") => {
      if (fresh !== worker) return;
      if (message === "ready") {
        ready = true;
        return;
      }
      pause.reset();
      const asked = waiting.shift();
      if (asked !== undefined) counts.seconds += (performance.now() - asked.since) / 1_000;
      counts.answers += 1;
      if (message.status === "refused") counts.refusals += 1;
      answered.push(message);
    });
    fresh.once("error", (error) => lost(fresh, error.message));
    fresh.once("exit", (code) => lost(fresh, `exit code ${code}`));
    return fresh;
  }

  function lost(dead: Worker, why: string): void {
    if (dead !== worker || closed) return;
    worker = null;
    for (const { id, at } of waiting.splice(0)) answered.push(refusal(id, at, "model failed"));
    if (!ready) {
      log.error({ folder, why }, "the model is refused: no scores in this run");
      return;
    }
    ready = false;
    log.warn({ folder, why }, "the model's thread ended: no scores until it is back");
    timer = setTimeout(() => {
      worker = start();
    }, pause.next()).unref();
  }

  return {
    ask(question) {
      const oldest = waiting[0];
      if (worker !== null && oldest !== undefined && performance.now() - oldest.since > stuckMs) {
        const stuck = worker;
        lost(stuck, `no answer for ${stuckMs} ms`);
        void stuck.terminate();
      }
      // While it loads, one tick waits; later ones say so instead of queueing up.
      if (worker === null || (!ready && waiting.length > 0)) {
        answered.push(refusal(question.id, question.at, "no model"));
        return;
      }
      waiting.push({ id: question.id, at: question.at, since: performance.now() });
      worker.postMessage(question);
    },
    answers() {
      const given = answered;
      answered = [];
      return given;
    },
    counts: () => ({ ...counts }),
    async close() {
      closed = true;
      clearTimeout(timer);
      await worker?.terminate();
    },
  };
}

function refusal(id: number, at: number, reason: "no model" | "model failed"): Answer {
  return { id, at, status: "refused", reason, input: null, unusable: 0 };
}
