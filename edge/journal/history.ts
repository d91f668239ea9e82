import { Worker } from "node:worker_threads";
import type { Answer, Call, Reader, ReaderInput } from "./reader.ts";

/** The reader's functions, asked from another thread: each resolves with what the reader gives and rejects with what it throws. */
export type History = {
  [Name in keyof Reader]: (...given: Parameters<Reader[Name]>) => Promise<ReturnType<Reader[Name]>>;
} & {
  /** Rejects when the thread ended and nobody had closed it. */
  died: Promise<never>;
};

/** Starts the thread that reads the journal beside its writer. Open the journal first: the reader makes no file. */
export function openHistory(input: ReaderInput): History {
  const worker = new Worker(new URL("./reader.ts", import.meta.url), { workerData: input, name: "history" });
  const open = new Map<number, { resolve(value: unknown): void; reject(cause: Error): void }>();
  let next = 0;
  let dead: Error | null = null;
  worker.on("message", (answer: Answer) => {
    const call = open.get(answer.id);
    open.delete(answer.id);
    if ("problem" in answer) call?.reject(new Error(`history: ${answer.problem}`));
    else call?.resolve(answer.value);
  });
  let tell: (cause: Error) => void = () => undefined;
  const died = new Promise<never>((_, reject) => {
    tell = reject;
  });
  // A rejection that nobody waits for yet is no fault.
  died.catch(() => undefined);
  let closing = false;
  function die(cause: Error): void {
    dead ??= cause;
    if (!closing) tell(dead);
    for (const { reject } of open.values()) reject(dead);
    open.clear();
  }
  worker.once("error", (cause) => die(new Error("the history's thread died", { cause })));
  worker.once("exit", (code) =>
    die(new Error(closing ? "the history is closed" : `the history's thread ended with code ${code}`)),
  );

  function ask<Name extends keyof Reader>(name: Name) {
    return (...given: Parameters<Reader[Name]>) =>
      new Promise<ReturnType<Reader[Name]>>((resolve, reject) => {
        if (dead !== null) return reject(dead);
        const call: Call = { id: next++, name, arguments: given };
        open.set(call.id, { resolve: resolve as (value: unknown) => void, reject });
        worker.postMessage(call);
      });
  }
  const close = ask("close");
  return {
    readings: ask("readings"),
    alarms: ask("alarms"),
    gaps: ask("gaps"),
    spans: ask("spans"),
    starts: ask("starts"),
    oldestAt: ask("oldestAt"),
    closedAt: ask("closedAt"),
    newestBefore: ask("newestBefore"),
    encode: ask("encode"),
    close() {
      closing = true;
      return close();
    },
    died,
  };
}
