import { existsSync, statSync } from "node:fs";
import Database from "better-sqlite3";
import type { RigEvent } from "../../shared/domain/event.ts";
import type { Id } from "../../shared/domain/id.ts";
import { boundMemory, openSqlite, openSqliteReader, type Sqlite } from "../../shared/node/sqlite.ts";
import type { FrameTime } from "../../shared/wire/frame.ts";
import type { LastSeqs } from "../../shared/wire/hello.ts";
import type { EpochFacts } from "../../shared/wire/sender-facts.ts";
import { type FrameName, openBroken } from "./broken.ts";
import { readCommitted } from "./committed.ts";
import { type Compacted, openCompaction } from "./compaction.ts";
import { DamageError } from "./damage.ts";
import { openDamagedFile } from "./damaged-file.ts";
import { openDefinitions } from "./definitions.ts";
import {
  type Committed,
  type DiskFacts,
  type GoneRange,
  type NewEvents,
  type NewFrame,
  type Opening,
  type RunRecord,
  sizeOf,
} from "./frames.ts";
import { openNaming, type Run } from "./naming.ts";
import { dropUnsound, hasUnsound, teachNoteSeals } from "./note-seals.ts";
import { readOpening } from "./opening.ts";
import { doubtPast, filesIn, noteSetAside, openReadingBack } from "./reading-back.ts";
import { openRetention } from "./retention.ts";
import { aboveEpochs } from "./salvage-epochs.ts";
import { epochNumbers, migrations, ofTelemetry } from "./schema.ts";
import { type Change, openSettlement, type Settled } from "./settlement.ts";
import { openDictionaries } from "./tag-lists.ts";

/** The journal's file, for the one thread that writes it. Every call that changes something is one transaction, synced when it returns. */
export interface Store {
  opening: Opening;
  /** What was noted here and is not as it was written, for people: it is forgotten. */
  doubts: readonly string[];
  /** Names the frames and stores them; with this run's epoch record if they are its first, and with gap events if the budget made room. */
  append(frames: readonly NewFrame[]): Committed;
  /** What is said of an epoch that this file does not know, as its predecessor did, comes to nothing. */
  settle(changes: readonly Change[]): Settled[];
  /** Stores the events of a dictionary once more, whole, under new names; of one that this file does not know nothing. */
  tellAgain(dictionary: Id, time: FrameTime): Committed;
  /** Takes a frame out that the disk did not keep, or the whole span that it is in, with gap events of what was owed. What only its events told of tags is told again. */
  takeOut(frame: FrameName, time: FrameTime): Committed;
  /** What went when this frame was taken out. */
  takenOut(frame: FrameName): GoneRange[];
  /** Frames from now on belong to this run, which follows the present one. */
  renew(record: RunRecord): EpochFacts;
  /** Packs delivered frames into one span. */
  compact(): Compacted;
  /** When the newest telemetry closed; null where there is none. */
  newestAt(): number | null;
  /** What is wrong with the file's structure; null if nothing. Throws DamageError where a definition is not what was told. Reads all of the file. */
  check(): string | null;
  /** Files that were set aside and are not yet read back. */
  setAside(): string[];
  /** Reads a little more of a file back that was set aside. */
  readBack(time: FrameTime): ReadBack;
  /** What was committed of this run above these seqs. */
  after(last: LastSeqs): Committed;
  /** Writes and syncs the whole write-ahead log into the file; throws if it cannot. */
  rewrite(): void;
  disk(): DiskFacts;
  close(): void;
}

/** What came of a step of reading back: `more` until nothing is left; how many frames were read so far, and how many that were owed are lost. */
export interface ReadBack {
  committed: Committed;
  more: boolean;
  frames: number;
  lost: number;
}

/** Opens the journal. Throws SqliteError or DamageError where it is none, or no whole one. `logLost` says that the end of what it held did not survive. */
export function openStore(path: string, record: RunRecord, budgetBytes: number, logLost = false): Store {
  // SQLite takes an empty file for a new one; this one was not always empty.
  const isEmptied = existsSync(path) && statSync(path).size === 0;
  if (isEmptied || !existsSync(path)) layOut(path);
  const db = openSqlite(path, migrations, teachNoteSeals);
  boundMemory(db, CACHE_KB);
  try {
    const doubts = db.transaction(() => dropUnsound(db)).immediate();
    if (logLost || isEmptied) db.transaction(() => doubtPast(db)).immediate();
    return { ...storeOf(db, record, budgetBytes), doubts };
  } catch (cause) {
    db.close();
    throw cause;
  }
}

/** What stands in a journal that cannot be written now; null where it cannot be read either, or only by its next migration. Throws for a bug. */
export function readOnlyOpening(path: string, running: Id): Opening | null {
  let db: Sqlite | null = null;
  try {
    db = openSqliteReader(path);
    const isOurs = db.pragma("user_version", { simple: true }) === migrations.length;
    teachNoteSeals(db);
    return isOurs && !hasUnsound(db) ? readOpening(db, running) : null;
  } catch (error) {
    if (error instanceof Database.SqliteError || error instanceof DamageError) return null;
    throw error;
  } finally {
    db?.close();
  }
}

/** Makes a new, empty journal that follows one that is to be set aside as `aside`. */
export function makeFollowing(path: string, damaged: string, aside: string): void {
  const file = openDamagedFile(damaged);
  const own = file === null ? UNKNOWN_EPOCHS : aboveEpochs(file);
  const pending = file?.rows<{ name: string; value: string }>("select name, value from note", "name") ?? [];
  file?.close();
  const older = pending.find(({ name }) => name === "set aside")?.value;
  layOut(path);
  const db = openSqlite(path, migrations, teachNoteSeals);
  // The file may itself follow one that was not yet read back.
  const before = Number(pending.find(({ name }) => name === "epochs before")?.value ?? 0);
  noteSetAside(db, [aside, ...olderFiles(older)], Math.max(1, own, before < UNKNOWN_EPOCHS * 2 ? before : 0));
  db.close();
}

/** A file that was not yet read back when its successor was damaged too comes after that one; where it is named no more it stays where it is. */
function olderFiles(note: string | undefined): string[] {
  try {
    return note === undefined ? [] : filesIn(note);
  } catch (error) {
    if (error instanceof DamageError) return [];
    throw error;
  }
}

/** Room for the epochs of a file that cannot be asked how many they are. */
const UNKNOWN_EPOCHS = 2 ** 18;

function storeOf(db: Sqlite, record: RunRecord, budgetBytes: number): Omit<Store, "doubts"> {
  const opening = readOpening(db, record.epoch);
  const naming = openNaming(db);
  const retention = openRetention(db, budgetBytes);
  const compaction = openCompaction(db);
  let run: Run = { record, predecessor: predecessorOf(opening, record.epoch) };

  function append(frames: readonly NewFrame[]): Committed {
    const done = nothing();
    const add = (frame: NewFrame): void => {
      const { stored, dictionaries } = naming.add(run, frame);
      done.stored.push(...stored);
      done.dictionaries.push(...dictionaries);
    };
    // First: in a file that is full only what goes makes room for what comes.
    const room = retention.makeRoom(frames.reduce((bytes, frame) => bytes + sizeOf(frame), 0));
    for (const frame of frames) add(frame);
    const last = frames.at(-1);
    if (room.gaps.length > 0 && last !== undefined) {
      const { receivedAt, mono, clock } = last;
      add({ stream: "events", receivedAt, mono, clock, events: room.gaps });
    }
    return { ...done, gone: room.gone, thinned: room.thinned };
  }

  const numbers = epochNumbers(db);
  const broken = openBroken(db);
  const definitions = openDefinitions(db);

  function takeOut(frame: FrameName, { receivedAt, mono, clock }: FrameTime): Committed {
    if (!numbers.has(frame.epoch)) return nothing();
    const { gaps, gone: taken } = broken.takeOut(broken.keyOf(frame));
    if (gaps.length === 0) return nothing();
    const told = taken.flatMap(({ epoch, stream, range }) => {
      const [first, last] = [range.first, range.last].map((seq) => broken.keyOf({ epoch, stream, seq }));
      return definitions.toldBy(first ?? 0, last ?? 0);
    });
    const events = [...gaps, ...told];
    const { stored, gone, thinned } = append([{ stream: "events", receivedAt, mono, clock, events }]);
    return { stored, dictionaries: definitions.dictionaries(), gone, thinned };
  }

  const readingBack = openReadingBack(db);
  const newest = db
    .prepare<[], number | null>(
      `select max(at) from (select max(at) as at from frame where ${ofTelemetry}
       union all select max(to_at) from span)`,
    )
    .pluck();

  function readBack({ receivedAt, mono, clock }: FrameTime): ReadBack {
    const room = retention.makeRoom(STEP_BYTES);
    const step = readingBack.step();
    const gaps = [...room.gaps, ...(step?.gaps ?? [])];
    const told = gaps.length === 0 ? nothing() : append(inFrames(gaps, { receivedAt, mono, clock }));
    const { frames = 0, lost = 0 } = step ?? {};
    return {
      committed: { ...told, gone: [...room.gone, ...told.gone], thinned: [...room.thinned, ...told.thinned] },
      more: readingBack.files().length > 0,
      frames,
      lost,
    };
  }

  const store = db.transaction(append).immediate;
  const step = db.transaction(readBack).immediate;
  return {
    opening,
    append: store,
    settle: db.transaction(openSettlement(db)).immediate,
    tellAgain: (dictionary, time) =>
      store(definitions.has(dictionary) ? inFrames(definitions.whole(dictionary), time) : []),
    takeOut: db.transaction(takeOut).immediate,
    takenOut: (frame) => (numbers.has(frame.epoch) ? broken.takenOut(broken.keyOf(frame)) : []),
    renew(next) {
      const facts = readOpening(db, next.epoch).facts.epochs.at(-1);
      if (facts === undefined || facts.epoch !== next.epoch) throw new Error(`epoch ${next.epoch} has already run`);
      run = { record: next, predecessor: facts.predecessor };
      return facts;
    },
    compact: db.transaction(() => compaction.step(run.record.epoch)).immediate,
    newestAt: () => newest.get() ?? null,
    check() {
      const found = checkFresh(db.name);
      if (found !== null) return found;
      const dictionaryOf = openDictionaries(db);
      for (const { hash } of definitions.dictionaries()) dictionaryOf(hash);
      return null;
    },
    setAside: readingBack.files,
    readBack(time) {
      try {
        return step(time);
      } catch (cause) {
        readingBack.restart();
        throw cause;
      }
    },
    after: (last) => readCommitted(db, run.record.epoch, last),
    rewrite() {
      const busy = db.prepare<[], number>("pragma wal_checkpoint(TRUNCATE)").pluck().get();
      if (busy !== 0) throw new Error("the write-ahead log could not be written back: a reader holds it");
    },
    disk: retention.disk,
    close() {
      readingBack.close();
      closeLeavingIndex(db);
    },
  };
}

/**
 * A disk that turned read-only gives the file back only with its log's index beside it, which the last one to close would remove. The log itself is
 * emptied: with another file in this one's place it must not be read into that.
 */
function closeLeavingIndex(db: Sqlite): void {
  let reader: Sqlite | null = null;
  try {
    reader = openSqliteReader(db.name);
    reader.pragma("user_version");
    db.pragma(`busy_timeout = ${CLOSE_MS}`);
    db.pragma("wal_checkpoint(TRUNCATE)");
  } catch (error) {
    // A disk in trouble: closed all the same.
    if (!(error instanceof Database.SqliteError)) throw error;
  } finally {
    db.close();
    reader?.close();
  }
}

/** So long who reads the log may keep it from being emptied. */
const CLOSE_MS = 500;

/** By a connection of its own: this one's memory may still hold what the disk does not. */
function checkFresh(path: string): string | null {
  const db = openSqliteReader(path);
  try {
    const [found] = db.prepare<[], string>("pragma quick_check(1)").pluck().all();
    return found === "ok" ? null : (found ?? "it gives no answer");
  } finally {
    db.close();
  }
}

/** Whether pages can be given back is settled with the first write, which must come before the file becomes WAL. */
function layOut(path: string): void {
  const db = new Database(path);
  db.pragma("auto_vacuum = INCREMENTAL");
  db.exec("vacuum");
  db.close();
}

/** The writer goes forward and the operating system keeps what it wrote: its own memory of the file need only hold the way to the end. */
const CACHE_KB = 4_000;

/** A step of reading back brings about so many bytes, and what makes up a page. */
const STEP_BYTES = 3_000_000;

const nothing = (): Committed => ({ stored: [], dictionaries: [], gone: [], thinned: [] });

/** Events of so many tag versions share a frame, which has to stay below 1 MB. */
const EVENTS_A_FRAME = 1_000;

function inFrames(events: readonly RigEvent[], { receivedAt, mono, clock }: FrameTime): NewEvents[] {
  return Array.from({ length: Math.ceil(events.length / EVENTS_A_FRAME) }, (_, i) => ({
    stream: "events",
    receivedAt,
    mono,
    clock,
    events: events.slice(i * EVENTS_A_FRAME, (i + 1) * EVENTS_A_FRAME),
  }));
}

function predecessorOf({ facts }: Opening, epoch: string): Run["predecessor"] {
  return facts.epochs.find((each) => each.epoch === epoch)?.predecessor ?? null;
}
