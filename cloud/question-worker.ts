import { parentPort, workerData } from "node:worker_threads";
import { collectRegularly } from "../shared/node/collect.ts";
import { isDamageError, isStorageError } from "./archive/damage.ts";
import { questionsOf } from "./archive/questions.ts";
import { reopenedHistory } from "./archive/reopened-history.ts";
import type { Answer, Question, ToQuestions } from "./question-thread.ts";

// Long questions to the archive, one after the other, in a thread of their own. Started by question-thread.ts.

if (parentPort === null) throw new Error("this file runs as a worker");
const history = reopenedHistory(workerData as string, (damage) => tell({ damage }));
const questions = questionsOf(history);
collectRegularly();
let turn: Promise<void> = Promise.resolve();

parentPort?.on("message", (order: ToQuestions) => {
  turn = turn.then(() => {
    if (order === "close") return close();
    return "reopen" in order ? history.reopen(order.reopen) : answer(order);
  });
});

function tell(told: Answer, handedOver: ArrayBuffer[] = []): void {
  parentPort?.postMessage(told, handedOver);
}

async function answer({ id, name, asked }: Question): Promise<void> {
  let told: Answer;
  try {
    const ask = questions[name] as (...asked: readonly unknown[]) => Promise<unknown>;
    told = { id, value: await ask(...asked) };
  } catch (error) {
    // What crosses threads loses its class.
    told = isStorageError(error) ? { id, trouble: String(error), isDamaged: isDamageError(error) } : { id, error };
  }
  tell(told, bytesOf(told));
}

/** A series is some megabyte of text, which is handed over rather than copied. */
function bytesOf(told: Answer): ArrayBuffer[] {
  if (!("value" in told) || typeof told.value !== "object" || told.value === null) return [];
  const series = "series" in told.value ? told.value.series : told.value;
  return series instanceof Uint8Array && series.buffer instanceof ArrayBuffer ? [series.buffer] : [];
}

function close(): void {
  history.close();
  parentPort?.close();
}
