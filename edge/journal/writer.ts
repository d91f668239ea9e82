import Database from "better-sqlite3";
import type { Id } from "../../shared/domain/id.ts";
import { newId } from "../../shared/node/id.ts";
import type { FrameTime } from "../../shared/wire/frame.ts";
import type { EpochFacts } from "../../shared/wire/sender-facts.ts";
import type { FrameName } from "./broken.ts";
import type { Compacted } from "./compaction.ts";
import { DamageError, isDamage, isDamageAtOpening } from "./damage.ts";
import type { Committed, DiskFacts, NewFrame, Opening, RunRecord } from "./frames.ts";
import { finishGivingWay, giveWay, putAsideBadLog } from "./set-aside-file.ts";
import type { Change, Settled } from "./settlement.ts";
import { makeFollowing, openStore, type ReadBack, readOnlyOpening, type Store } from "./store.ts";

export interface WriterInput {
  path: string;
  record: RunRecord;
  /** Bytes that the journal may take on disk. */
  budgetBytes: number;
  /** Why the file may not be written yet: it is first opened by the first request. Null where it may. */
  barred: string | null;
}

/** Of what may not be written because the folder is not this process's alone. */
export const BARRED = "ENOLCK";

/** The disk is full, gone or broken: a state of the rig, not a bug of ours. Nothing of the request may be taken as stored, nor as not stored. */
export class DiskError extends Error {
  override readonly name: string = "DiskError";
  readonly code: string;
  constructor(cause: Error, code: string) {
    super(cause.message, { cause });
    this.code = code;
  }
}

/** The file was damaged and is set aside; nothing of the request is in the new one. */
export class SetAsideError extends DiskError {
  override readonly name = "SetAsideError";
  readonly file: string;
  constructor(cause: Error, file: string) {
    super(cause, "DAMAGED");
    this.file = file;
  }
}

/**
 * The store, reopened after trouble with the disk, begun anew where its file was damaged. What throws a DiskError may be called again. Of the calls
 * that name frames (append, tellAgain, takeOut, readBack) and renew, none may come between one that threw and its repetition: what landed all the
 * same is taken for what came of the next.
 */
export interface Writer {
  /** As it can be read where it cannot be written; null while it cannot be opened at all. */
  opening(): Opening | null;
  disk(): DiskFacts;
  /** Called again with the same frames after a DiskError: frames that did reach the disk get no second name. */
  append(frames: readonly NewFrame[]): Committed;
  settle(changes: readonly Change[]): Settled[];
  tellAgain(dictionary: Id, time: FrameTime): Committed;
  takeOut(frame: FrameName, time: FrameTime): Committed;
  compact(): Compacted;
  renew(record: RunRecord): EpochFacts;
  readBack(time: FrameTime): ReadBack;
  /** Opens the file again; `opening` tells what stands in it now. */
  reopen(): void;
  /** The run that frames belong to now. */
  record(): RunRecord;
  /** Files that were set aside and are not yet read back. */
  setAside(): string[];
  /** What was noted in the file, is not as it was written and was forgotten when it was opened; for people. */
  doubts(): string[];
  /** What the disk said when it was last tried; null if it did what it was asked. */
  trouble(): { code: string; message: string } | null;
  /** Someone else found the file damaged: looks for it, and sets it aside if it is so. */
  examine(): void;
  close(): void;
}

const diskTrouble = /^SQLITE_(FULL|IOERR|READONLY|CANTOPEN|BUSY|LOCKED|NOLFS|AUTH|PERM)|^E[A-Z]+$/;
/** Set aside so often in one run, it is no longer the disk that is to blame. */
const MOST_SET_ASIDE = 10;

/** Opens the journal, as far as the disk lets it. Throws for what is neither the disk's nor damage, as a file of a newer release. */
export function openWriter(input: WriterInput): Writer {
  const { path, budgetBytes } = input;
  let { record } = input;
  let store: Store | null = null;
  let last = { telemetry: 0, events: 0 };
  let unsure = false;
  let failed: { code: string; message: string } | null = null;
  let timesSetAside = 0;
  const doubts = new Set<string>();
  /** When the write-ahead log was last written that could not be read, until that is told. */
  let logLostAt: number | null = null;

  /** Throws DamageError where what is there is no journal, or no whole one. */
  function open(): Store {
    finishGivingWay(path);
    logLostAt ??= putAsideBadLog(path, newId());
    try {
      const opened = openStore(path, record, budgetBytes, logLostAt !== null);
      for (const doubt of opened.doubts) doubts.add(doubt);
      return opened;
    } catch (error) {
      throw isDamageAtOpening(error) ? new DamageError(error.message, { cause: error }) : error;
    }
  }

  function setAside(cause: Error): string {
    timesSetAside += 1;
    if (timesSetAside > MOST_SET_ASIDE) throw new Error("the journal's file is damaged again and again", { cause });
    closeQuietly();
    return giveWay(path, newId(), (made, aside) => makeFollowing(made, path, aside));
  }

  function closeQuietly(): void {
    try {
      store?.close();
    } catch {
      // Of a file that is given up.
    }
    store = null;
  }

  /** After a failed sync the kernel may call pages clean that never reached the disk: a checkpoint writes and syncs all of them anew. */
  function ready(): Store {
    if (store !== null) return store;
    const opened = open();
    if (unsure) opened.rewrite();
    store = opened;
    return opened;
  }

  /** A new epoch in a new file: what the old one gave last is not known to the bit. */
  function beginAnew(cause: Error): SetAsideError {
    const file = setAside(cause);
    record = { ...record, epoch: newId(), startedAt: Date.now() };
    last = { telemetry: 0, events: 0 };
    unsure = false;
    return new SetAsideError(cause, file);
  }

  function guarded<T>(work: (store: Store) => T): T {
    try {
      const done = work(ready());
      failed = null;
      return done;
    } catch (error) {
      throw troubled(error);
    }
  }

  function troubled(error: unknown): unknown {
    if (isDamage(error)) {
      try {
        return beginAnew(error);
      } catch (worse) {
        return troubled(worse);
      }
    }
    if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return error;
    if (!diskTrouble.test(error.code)) return error;
    closeQuietly();
    unsure = true;
    failed = { code: error.code, message: error.message };
    return new DiskError(error, error.code);
  }

  /** Does nothing twice: after trouble, what was committed all the same is what came of it. */
  function commit(work: (store: Store) => Committed): Committed {
    return guarded((opened) => {
      const landed = unsure ? opened.after(last) : null;
      const committed = landed !== null && landed.stored.length > 0 ? landed : work(opened);
      for (const { stream, seq } of committed.stored) last = { ...last, [stream]: seq };
      unsure = false;
      return committed;
    });
  }

  /** At the start nothing of this run is on the disk yet: it keeps its epoch, whatever becomes of the file. */
  function openFirst(): void {
    try {
      if (input.barred !== null) throw Object.assign(new Error(input.barred), { code: BARRED });
      try {
        store = open();
      } catch (error) {
        if (!(error instanceof DamageError)) throw error;
        setAside(error);
        store = open();
      }
    } catch (error) {
      const trouble = troubled(error);
      if (!(trouble instanceof DiskError)) throw trouble;
      unsure = false;
    }
  }
  openFirst();
  const readOnly = store === null ? readOnlyOpening(path, record.epoch) : null;

  function append(opened: Store, frames: readonly NewFrame[]): Committed {
    const tail = frames.at(-1);
    if (logLostAt === null || tail === undefined) return opened.append(frames);
    const { receivedAt, mono, clock } = tail;
    const from = opened.newestAt() ?? logLostAt;
    const to = Math.max(from, logLostAt);
    const gap = {
      type: "gap" as const,
      stream: "telemetry" as const,
      from,
      to,
      count: null,
      reason: "storage failed" as const,
    };
    return opened.append([...frames, { stream: "events", receivedAt, mono, clock, events: [gap] }]);
  }

  return {
    opening: () => store?.opening ?? readOnly,
    disk: () => store?.disk() ?? { budgetBytes, usedBytes: 0, fileBytes: 0, room: null },
    append(frames) {
      const committed = commit((opened) => append(opened, frames));
      logLostAt = null;
      return committed;
    },
    tellAgain: (dictionary, time) => commit((opened) => opened.tellAgain(dictionary, time)),
    takeOut(frame, time) {
      const committed = commit((opened) => opened.takeOut(frame, time));
      return { ...committed, gone: [...committed.gone, ...guarded((opened) => opened.takenOut(frame))] };
    },
    readBack(time) {
      let read: Omit<ReadBack, "committed"> = { more: true, frames: 0, lost: 0 };
      const committed = commit((opened) => {
        const { committed: done, ...rest } = opened.readBack(time);
        read = rest;
        return done;
      });
      return { committed, ...read };
    },
    settle: (changes) => guarded((opened) => opened.settle(changes)),
    compact: () => guarded((opened) => opened.compact()),
    renew: (next) =>
      guarded((opened) => {
        const facts = opened.renew(next);
        record = next;
        last = { telemetry: 0, events: 0 };
        return facts;
      }),
    reopen() {
      closeQuietly();
      guarded(() => undefined);
    },
    record: () => record,
    setAside: () => store?.setAside() ?? [],
    doubts: () => [...doubts],
    trouble: () => failed,
    examine: () =>
      guarded((opened) => {
        const found = opened.check();
        if (found !== null) throw new Database.SqliteError(found, "SQLITE_CORRUPT");
      }),
    close: closeQuietly,
  };
}
