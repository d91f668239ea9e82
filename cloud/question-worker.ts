import { parentPort, workerData } from "node:worker_threads";
import { isDamageError, isStorageError } from "./archive/damage.ts";
import { questionsOf } from "./archive/questions.ts";
import { reopenedHistory } from "./archive/reopened-history.ts";
import type { Answer, Question, ToQuestions } from "./question-thread.ts";

// Long questions to the archive, one after the other, in a thread of their own. Started by question-thread.ts.

const history = reopenedHistory(workerData as string, (damage) => tell({ damage }));
const questions = questionsOf(history);
let turn: Promise<void> = Promise.resolve();

parentPort?.on("message", (order: ToQuestions) => {
  turn = turn.then(() => {
    if (order === "close") return close();
    return "reopen" in order ? history.reopen(order.reopen) : answer(order);
  });
});

function tell(told: Answer): void {
  parentPort?.postMessage(told);
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
  tell(told);
}

function close(): void {
  history.close();
  parentPort?.close();
}
