import { openDying } from "../../shared/node/died.ts";
import { startThread } from "../../shared/node/threads.ts";
import type { Answer, Call, Reader, ReaderInput, Trouble } from "./reader.ts";

/** The reader could not do what it was asked. */
export class ReadError extends Error {
  override readonly name = "ReadError";
  readonly trouble: Trouble;
  constructor(problem: string, trouble: Trouble) {
    super(`history: ${problem}`);
    this.trouble = trouble;
  }
}

/** The reader's functions, asked from another thread: each resolves with what the reader gives and rejects with what it throws. */
export type History = {
  [Name in keyof Reader]: (...given: Parameters<Reader[Name]>) => Promise<ReturnType<Reader[Name]>>;
} & {
  /** Lets go of the file: what is asked next is read from what has its name then. */
  reopen(): Promise<void>;
  /** Rejects when the thread ended and nobody had closed it. */
  died: Promise<never>;
};

/** Starts the thread that reads the journal beside its writer; it makes no file. `damaged` is called for each call that came upon damage. */
export function openHistory(input: ReaderInput, damaged: () => void = () => undefined): History {
  const worker = startThread(new URL("./reader.ts", import.meta.url), { workerData: input, name: "history" });
  const open = new Map<number, { resolve(value: unknown): void; reject(cause: Error): void }>();
  let next = 0;
  let dead: Error | null = null;
  worker.on("message", (answer: Answer) => {
    const call = open.get(answer.id);
    open.delete(answer.id);
    if ("problem" in answer) {
      call?.reject(new ReadError(answer.problem, answer.trouble));
      if (answer.trouble === "damage") damaged();
    } else call?.resolve(answer.value);
  });
  const { died, fail } = openDying();
  let closing = false;
  function die(cause: Error): void {
    dead ??= cause;
    if (!closing) fail(dead);
    for (const { reject } of open.values()) reject(dead);
    open.clear();
  }
  worker.once("error", (cause) => die(new Error("the history's thread died", { cause })));
  worker.once("exit", (code) =>
    die(new Error(closing ? "the history is closed" : `the history's thread ended with code ${code}`)),
  );

  function ask<Name extends keyof Reader>(name: Name) {
    return (...given: Parameters<Reader[Name]>) => call<ReturnType<Reader[Name]>>(name, given);
  }

  function call<Value>(name: Call["name"], given: readonly unknown[]): Promise<Value> {
    return new Promise<Value>((resolve, reject) => {
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
    dated: ask("dated"),
    starts: ask("starts"),
    oldestAt: ask("oldestAt"),
    closedAt: ask("closedAt"),
    newestBefore: ask("newestBefore"),
    closedBetween: ask("closedBetween"),
    encode: ask("encode"),
    reopen: () => call<void>("reopen", []),
    close() {
      closing = true;
      return close();
    },
    died,
  };
}
