import { existsSync } from "node:fs";
import Database from "better-sqlite3";
import type { RigEvent } from "../../shared/domain/event.ts";
import type { Id } from "../../shared/domain/id.ts";
import { openSqlite } from "../../shared/node/sqlite.ts";
import type { FrameTime } from "../../shared/wire/frame.ts";
import type { LastSeqs } from "../../shared/wire/hello.ts";
import type { EpochFacts } from "../../shared/wire/sender-facts.ts";
import { type FrameName, openBroken } from "./broken.ts";
import { readCommitted } from "./committed.ts";
import { type Compacted, openCompaction } from "./compaction.ts";
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
import { readOpening } from "./opening.ts";
import { gapOf, openRetention } from "./retention.ts";
import { migrations } from "./schema.ts";
import { type Change, openSettlement, type Settled } from "./settlement.ts";

/** The journal's file, for the one thread that writes it. Every call that changes something is one transaction, synced when it returns. */
export interface Store {
  opening: Opening;
  /** Names the frames and stores them; with this run's epoch record if they are its first, and with gap events if the budget made room. */
  append(frames: readonly NewFrame[]): Committed;
  settle(changes: readonly Change[]): Settled[];
  /** Stores the events of a dictionary once more, whole, under new names. */
  tellAgain(dictionary: Id, time: FrameTime): Committed;
  /** Takes a frame out whose bits have changed, with a gap event if it was owed. What only its events told of tags is told again. */
  takeOut(frame: FrameName, time: FrameTime): Committed;
  /** What was taken out under this name. */
  takenOut(frame: FrameName): GoneRange[];
  /** Frames from now on belong to this run, which follows the present one. */
  renew(record: RunRecord): EpochFacts;
  /** Packs delivered frames into one span. */
  compact(): Compacted;
  /** What was committed of this run above these seqs. */
  after(last: LastSeqs): Committed;
  /** Writes and syncs the whole write-ahead log into the file; throws if it cannot. */
  rewrite(): void;
  disk(): DiskFacts;
  close(): void;
}

/** Opens the journal; `unknownPast` says that an older file was set aside, so this run's predecessor cannot be told. */
export function openStore(path: string, record: RunRecord, budgetBytes: number, unknownPast = false): Store {
  if (!existsSync(path)) layOut(path);
  const db = openSqlite(path, migrations);
  const opening = readOpening(db, record.epoch, unknownPast);
  const naming = openNaming(db);
  const retention = openRetention(db, budgetBytes);
  const compaction = openCompaction(db);
  let run: Run = { record, predecessor: predecessorOf(opening, record.epoch) };

  function append(frames: readonly NewFrame[]): Committed {
    const done: Committed = { stored: [], dictionaries: [], gone: [] };
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
    return { ...done, gone: room.gone };
  }

  const broken = openBroken(db);
  const definitions = openDefinitions(db);

  function takeOut(frame: FrameName, { receivedAt, mono, clock }: FrameTime): Committed {
    const taken = broken.takeOut(broken.keyOf(frame));
    if (taken === null || taken.gone.sums === null) return { stored: [], dictionaries: [], gone: [] };
    const events = [gapOf(taken.gone, [taken], "storage failed"), ...definitions.toldBy(taken.key)];
    const { stored, gone } = append([{ stream: "events", receivedAt, mono, clock, events }]);
    return { stored, dictionaries: definitions.dictionaries(), gone };
  }

  const store = db.transaction(append).immediate;
  return {
    opening,
    append: store,
    settle: db.transaction(openSettlement(db)).immediate,
    tellAgain: (dictionary, time) => store(inFrames(definitions.whole(dictionary), time)),
    takeOut: db.transaction(takeOut).immediate,
    takenOut(frame) {
      const taken = broken.takeOut(broken.keyOf(frame));
      return taken === null ? [] : [taken.gone];
    },
    renew(next) {
      const facts = readOpening(db, next.epoch, false).facts.epochs.at(-1);
      if (facts === undefined || facts.epoch !== next.epoch) throw new Error(`epoch ${next.epoch} has already run`);
      run = { record: next, predecessor: facts.predecessor };
      return facts;
    },
    compact: db.transaction(() => compaction.step(run.record.epoch)).immediate,
    after: (last) => readCommitted(db, run.record.epoch, last),
    rewrite() {
      const busy = db.prepare<[], number>("pragma wal_checkpoint(TRUNCATE)").pluck().get();
      if (busy !== 0) throw new Error("the write-ahead log could not be written back: a reader holds it");
    },
    disk: retention.disk,
    close: () => db.close(),
  };
}

/** Whether pages can be given back is settled with the first write, which must come before the file becomes WAL. */
function layOut(path: string): void {
  const db = new Database(path);
  db.pragma("auto_vacuum = INCREMENTAL");
  db.exec("vacuum");
  db.close();
}

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
