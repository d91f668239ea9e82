import { openDying } from "../../shared/node/died.ts";
import { startThread } from "../../shared/node/threads.ts";
import type { Reply, Request } from "./worker.ts";
import type { WriterInput } from "./writer.ts";

/** The writing thread, from outside. */
export interface WriterThread {
  opened: Extract<Reply, { did: "open" }>;
  /** Answers come in the order of the requests. */
  ask(request: Request): Promise<Reply>;
  /** Rejects when the thread died of a bug. */
  died: Promise<never>;
}

/** Starts the thread; rejects if it cannot open the journal. */
export async function startWriter(input: WriterInput): Promise<WriterThread> {
  const worker = startThread(new URL("./worker.ts", import.meta.url), { workerData: input, name: "journal" });
  const expected: { resolve(reply: Reply): void; reject(cause: Error): void }[] = [];
  worker.on("message", (reply: Reply) => expected.shift()?.resolve(reply));
  let dead: Error | null = null;
  const { died, fail } = openDying();
  function die(cause: Error): void {
    dead ??= cause;
    for (const { reject } of expected.splice(0)) reject(dead);
    fail(dead);
  }
  worker.once("error", (cause) => die(new Error(`the journal stopped: ${String(cause)}`, { cause })));
  worker.once("exit", (code) => {
    if (code !== 0 || expected.length > 0) die(new Error(`the journal's thread ended with code ${code}`));
  });
  const next = (): Promise<Reply> =>
    dead === null ? new Promise((resolve, reject) => expected.push({ resolve, reject })) : Promise.reject(dead);
  const opened = await next();
  if (opened.did !== "open") throw new Error(`the journal's thread began with "${opened.did}"`);
  return {
    opened,
    ask(request) {
      const reply = next();
      worker.postMessage(request);
      return reply;
    },
    died,
  };
}
