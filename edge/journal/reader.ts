import { parentPort, workerData } from "node:worker_threads";
import type { Id } from "../../shared/domain/id.ts";
import { openSigningKey } from "../../shared/node/signing.ts";
import { openSqliteReader } from "../../shared/node/sqlite.ts";
import { openEncoder } from "./encode.ts";
import { openLookBack } from "./look-back.ts";

export interface ReaderInput {
  path: string;
  rig: string;
  /** Private half of the rig's key: batches are signed where they are made. */
  pem: string;
  /** Ids of the tags that a preview carries; absent or empty for all. */
  previewTags?: readonly Id[];
}

/** Everything that the reading thread does, by name. */
export function openReader({ path, rig, pem, previewTags }: ReaderInput) {
  const db = openSqliteReader(path);
  const encode = openEncoder(db, rig, openSigningKey(pem), previewTags);
  return { ...openLookBack(db), encode, close: () => void db.close() };
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
