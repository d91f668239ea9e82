import { parentPort, workerData } from "node:worker_threads";
import { openSigningKey } from "../../shared/node/signing.ts";
import { openSqliteReader } from "../../shared/node/sqlite.ts";
import { openEncoder } from "./encode.ts";
import { openLookBack } from "./look-back.ts";

export interface ReaderInput {
  path: string;
  rig: string;
  /** Private half of the rig's key: batches are signed where they are made. */
  pem: string;
}

/** Everything that the reading thread does, by name. */
export function openReader({ path, rig, pem }: ReaderInput) {
  const db = openSqliteReader(path);
  return { ...openLookBack(db), encode: openEncoder(db, rig, openSigningKey(pem)), close: () => void db.close() };
}
export type Reader = ReturnType<typeof openReader>;

/** A call of one of the reader's functions, and its answer. */
export interface Call {
  id: number;
  name: keyof Reader;
  arguments: readonly unknown[];
}
export type Answer = { id: number; value: unknown } | { id: number; problem: string };

if (parentPort !== null) {
  const port = parentPort;
  const reader = openReader(workerData as ReaderInput);
  port.on("message", (call: Call) => {
    let answer: Answer;
    try {
      const work = reader[call.name] as (...given: readonly unknown[]) => unknown;
      answer = { id: call.id, value: work(...call.arguments) };
    } catch (error) {
      answer = { id: call.id, problem: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
    port.postMessage(answer);
    if (call.name === "close") port.close();
  });
}
