import { accessSync, constants } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import Database from "better-sqlite3";
import type { Id } from "../../shared/domain/id.ts";
import { collectRegularly } from "../../shared/node/collect.ts";
import { openSigningKey, type SigningKey } from "../../shared/node/signing.ts";
import { boundMemory, openSqliteReader } from "../../shared/node/sqlite.ts";
import { openClosedBetween } from "./closed-between.ts";
import { isDamage } from "./damage.ts";
import { openEncoder } from "./encode.ts";
import { openLookBack } from "./look-back.ts";
import { teachNoteSeals } from "./note-seals.ts";

/** Why a call came to nothing: the file cannot be read now, or it is damaged; or a bug of ours. */
export type Trouble = "disk" | "damage" | "bug";

export interface ReaderInput {
  path: string;
  rig: string;
  /** Private half of the rig's key: batches are signed where they are made. */
  pem: string;
  /** Ids of the tags that a preview carries; absent or empty for all. */
  previewTags?: readonly Id[];
}

/** A look at the past reads each page once. */
const CACHE_KB = 4_000;

/** Everything that the reading thread does, by name. */
function openReader({ path, rig, previewTags }: ReaderInput, key: SigningKey) {
  const db = openSqliteReader(path);
  teachNoteSeals(db);
  boundMemory(db, CACHE_KB);
  const encode = openEncoder(db, rig, key, previewTags);
  const calls = { ...openLookBack(db), closedBetween: openClosedBetween(db), encode };
  // Frames that are packed meanwhile are neither missing in what is read nor there twice.
  const asOfOneMoment = db.transaction((read: () => unknown) => read());
  return { calls, asOfOneMoment, close: () => void db.close() };
}
export type Reader = ReturnType<typeof openReader>["calls"] & { close(): void };

/** A call of one of the reader's functions, and its answer. */
export interface Call {
  id: number;
  /** `reopen` lets go of the file: the next call opens what has its name then. */
  name: keyof Reader | "reopen";
  arguments: readonly unknown[];
}
export type Answer = { id: number; value: unknown } | { id: number; problem: string; trouble: Trouble };

/** SQLite has one index of the log for a whole process: as long as one has it open read-only, nobody else can write, also once the disk takes writes. */
function takesWrites(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function troubleOf(error: unknown): Trouble {
  if (isDamage(error)) return "damage";
  return error instanceof Database.SqliteError ? "disk" : "bug";
}

if (parentPort !== null) {
  const port = parentPort;
  const input: ReaderInput = workerData;
  const key = openSigningKey(input.pem);
  let reader: ReturnType<typeof openReader> | null = null;
  collectRegularly();
  const close = (): void => {
    reader?.close();
    reader = null;
  };
  port.on("message", ({ id, name, arguments: given }: Call) => {
    let answer: Answer = { id, value: undefined };
    try {
      if (name === "close" || name === "reopen") close();
      else {
        // Opened when it is asked, since the disk may not have it yet.
        reader ??= openReader(input, key);
        const work = reader.calls[name] as (...given: readonly unknown[]) => unknown;
        answer = { id, value: reader.asOfOneMoment(() => work(...given)) };
        if (!takesWrites(input.path)) close();
      }
    } catch (error) {
      const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
      answer = { id, problem, trouble: troubleOf(error) };
    }
    port.postMessage(answer);
    if (name === "close") port.close();
  });
}
