import { existsSync, renameSync } from "node:fs";
import Database from "better-sqlite3";
import type { Id } from "../../shared/domain/id.ts";
import type { FrameTime } from "../../shared/wire/frame.ts";
import type { EpochFacts } from "../../shared/wire/sender-facts.ts";
import type { FrameName } from "./broken.ts";
import type { Compacted } from "./compaction.ts";
import type { Committed, NewFrame, RunRecord } from "./frames.ts";
import type { Change, Settled } from "./settlement.ts";
import { openStore, type Store } from "./store.ts";

export interface WriterInput {
  path: string;
  record: RunRecord;
  /** Bytes that the journal may take on disk. */
  budgetBytes: number;
}

/** The disk is full, gone or broken: a state of the rig, not a bug of ours. Nothing of the request may be taken as stored, nor as not stored. */
export class DiskError extends Error {
  override readonly name = "DiskError";
  readonly code: string;
  constructor(cause: Error & { code: string }) {
    super(cause.message, { cause });
    this.code = cause.code;
  }
}

/**
 * The store, reopened after trouble with the disk. What throws a DiskError may be called again. Of the calls that name frames (append, tellAgain,
 * takeOut) and renew, none may come between one that threw and its repetition: what landed all the same is taken for what came of the next.
 */
export interface Writer {
  store(): Store;
  /** Called again with the same frames after a DiskError: frames that did reach the disk get no second name. */
  append(frames: readonly NewFrame[]): Committed;
  settle(changes: readonly Change[]): Settled[];
  tellAgain(dictionary: Id, time: FrameTime): Committed;
  takeOut(frame: FrameName, time: FrameTime): Committed;
  compact(): Compacted;
  renew(record: RunRecord): EpochFacts;
  /** Where a file that was no journal any more was put. */
  setAside: string | null;
}

const diskTrouble = /^SQLITE_(FULL|IOERR|READONLY|CANTOPEN)/;

/** Opens the journal. A file that is none any more is kept beside under another name and a new one begun, so that the rig goes on. */
export function openWriter(input: WriterInput): Writer {
  let { record } = input;
  const { setAside, store: opened } = openOrSetAside(input);
  let store = opened;
  let last = { telemetry: 0, events: 0 };
  let broken = false;
  let unsure = false;

  /** After a failed sync the kernel may call pages clean that never reached the disk: a checkpoint writes and syncs all of them anew. */
  function reopen(): void {
    if (!broken) return;
    store.close();
    store = openStore(input.path, record, input.budgetBytes, setAside !== null);
    store.rewrite();
    broken = false;
  }

  function guarded<T>(work: () => T): T {
    try {
      reopen();
      return work();
    } catch (error) {
      if (!(error instanceof Database.SqliteError) || !diskTrouble.test(error.code)) throw error;
      broken = true;
      unsure = true;
      throw new DiskError(error);
    }
  }

  /** Does nothing twice: after trouble, what was committed all the same is what came of it. */
  function commit(work: () => Committed): Committed {
    return guarded(() => {
      const landed = unsure ? store.after(last) : null;
      const committed = landed !== null && landed.stored.length > 0 ? landed : work();
      for (const { stream, seq } of committed.stored) last = { ...last, [stream]: seq };
      unsure = false;
      return committed;
    });
  }

  return {
    setAside,
    store: () => store,
    append: (frames) => commit(() => store.append(frames)),
    tellAgain: (dictionary, time) => commit(() => store.tellAgain(dictionary, time)),
    takeOut(frame, time) {
      const committed = commit(() => store.takeOut(frame, time));
      return { ...committed, gone: [...committed.gone, ...guarded(() => store.takenOut(frame))] };
    },
    settle: (changes) => guarded(() => store.settle(changes)),
    compact: () => guarded(() => store.compact()),
    renew: (next) =>
      guarded(() => {
        const facts = store.renew(next);
        record = next;
        last = { telemetry: 0, events: 0 };
        return facts;
      }),
  };
}

function openOrSetAside({ path, record, budgetBytes }: WriterInput): { store: Store; setAside: string | null } {
  try {
    return { store: openStore(path, record, budgetBytes), setAside: null };
  } catch (error) {
    if (!(error instanceof Database.SqliteError) || !/^SQLITE_(CORRUPT|NOTADB)/.test(error.code)) throw error;
    const setAside = `${path}.broken-${record.epoch}`;
    for (const suffix of ["", "-wal", "-shm"]) {
      if (existsSync(path + suffix)) renameSync(path + suffix, setAside + suffix);
    }
    return { store: openStore(path, record, budgetBytes, true), setAside };
  }
}
