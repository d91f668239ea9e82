import { HttpError } from "../shared/node/http/errors.ts";
import { startThread } from "../shared/node/threads.ts";
import { ArchiveUnavailable, type Damage, type Finds } from "./archive/damage.ts";
import type { Questions } from "./archive/questions.ts";

/** A question by its name, and what came of it. */
export interface Question {
  id: number;
  name: keyof Questions;
  asked: readonly unknown[];
}
export type ToQuestions = Question | "close" | { reopen: boolean };
export type Answer =
  | { id: number; value: unknown }
  | { id: number; error: unknown }
  /** The archive's file could not say it. */
  | { id: number; trouble: string; isDamaged: boolean }
  | { damage: Damage };

/** The thread that long questions are asked of: however long one takes, sign-ins and what lands go on beside it. */
export interface QuestionThread {
  questions: Questions;
  /** See `ReopenedHistory`. */
  reopen(stays: boolean): void;
  /** Rejects when the thread dies of a fault. */
  done: Promise<void>;
  close(): Promise<void>;
}

/** Questions that may wait; what is asked beyond is refused, 503. */
const MOST_WAITING = 64;
const AGAIN_S = 2;

/** Starts the thread on the archive's file; while there is none, questions reject. `finds` hears of what is not as it was written. */
export function startQuestions(path: string, finds: Finds = () => {}, mostWaiting = MOST_WAITING): QuestionThread {
  const worker = startThread(new URL("./question-worker.ts", import.meta.url), { workerData: path, name: "questions" });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const end = Promise.withResolvers<void>();
  let lastId = 0;
  let dead: Error | null = null;

  function died(cause: Error): void {
    dead ??= cause;
    for (const one of waiting.values()) one.reject(dead);
    waiting.clear();
    end.reject(dead);
  }
  worker.on("message", (answer: Answer) => {
    if ("damage" in answer) {
      finds(answer.damage);
      return;
    }
    const one = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ("error" in answer) one?.reject(answer.error);
    else if ("trouble" in answer) one?.reject(new ArchiveUnavailable(answer.trouble, answer.isDamaged));
    else one?.resolve(answer.value);
  });
  worker.on("error", (cause) => died(new Error(`the thread for questions stopped: ${String(cause)}`, { cause })));
  worker.on("exit", (code) => {
    if (code === 0 && waiting.size === 0) end.resolve();
    else died(new Error(`the thread for questions ended with ${code}`));
  });

  function ask<T>(name: keyof Questions, asked: readonly unknown[]): Promise<T> {
    if (dead !== null) return Promise.reject(dead);
    if (waiting.size >= mostWaiting) return Promise.reject(busy());
    const id = ++lastId;
    const one = Promise.withResolvers<unknown>();
    waiting.set(id, one);
    worker.postMessage({ id, name, asked } satisfies Question);
    // What the thread answers to a name is what the interface says of it: both sides are the same program.
    return one.promise as Promise<T>;
  }
  return {
    questions: {
      buckets: (...asked) => ask("buckets", asked),
      readings: (...asked) => ask("readings", asked),
      coverage: (...asked) => ask("coverage", asked),
      noGoodValue: (...asked) => ask("noGoodValue", asked),
      anomalies: (...asked) => ask("anomalies", asked),
      events: (...asked) => ask("events", asked),
    },
    reopen: (stays) => worker.postMessage({ reopen: stays } satisfies ToQuestions),
    done: end.promise,
    async close() {
      worker.postMessage("close");
      await end.promise;
    },
  };
}

function busy(): HttpError {
  const message = "too many questions about history are waiting; ask again in a moment";
  return new HttpError(503, "SERVICE_UNAVAILABLE", message, undefined, { "retry-after": String(AGAIN_S) });
}
