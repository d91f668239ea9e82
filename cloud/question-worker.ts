import { parentPort, workerData } from "node:worker_threads";
import { questionsOf } from "./archive/questions.ts";
import { openSqliteHistory } from "./archive/sqlite-history.ts";
import type { Answer, Question } from "./question-thread.ts";

// Long questions to the archive, one after the other, in a thread of their own. Started by question-thread.ts.

const history = openSqliteHistory(workerData as string);
const questions = questionsOf(history);
let turn: Promise<void> = Promise.resolve();

parentPort?.on("message", (question: Question | "close") => {
  turn = turn.then(() => (question === "close" ? close() : answer(question)));
});

async function answer({ id, name, asked }: Question): Promise<void> {
  let told: Answer;
  try {
    const ask = questions[name] as (...asked: readonly unknown[]) => Promise<unknown>;
    told = { id, value: await ask(...asked) };
  } catch (error) {
    told = { id, error };
  }
  parentPort?.postMessage(told);
}

function close(): void {
  history.close();
  parentPort?.close();
}
