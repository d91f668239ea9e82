import type { Id } from "../../shared/domain/id.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { noChecksum, sameChecksum } from "../../shared/wire/checksum.ts";
import type { SeqRange, Stream } from "../../shared/wire/names.ts";
import { minus } from "../../shared/wire/ranges.ts";
import type { DictionaryFacts, EpochFacts, OwedRun } from "../../shared/wire/sender-facts.ts";
import type { Part, SenderEffect } from "../../shared/wire/sender-io.ts";
import { openComparing } from "./comparing.ts";
import { openDefinitions } from "./definitions.ts";
import { intervalsOf } from "./intervals.ts";
import { openMoving } from "./moving.ts";
import { openEpochFacts, openOwed } from "./opening.ts";
import { baseOf, epochNumbers, MOST_SEQ } from "./schema.ts";

/** What a receipt or answer changes: the sender's effects that store, in its order. */
export type Change = Extract<SenderEffect, { type: "free" | "unfree" | "move" | "note" }>;

/** What came of it: the sender's events, without the time. */
export type Settled =
  | { type: "freed"; epoch: Id; stream: Stream; ranges: SeqRange[]; stays?: SeqRange[] }
  | (Omit<Extract<Change, { type: "free" }>, "type"> & { type: "differs"; parts: Part[] })
  | {
      type: "moved";
      epoch: Id;
      stream: Stream;
      ranges: SeqRange[];
      to: EpochFacts | null;
      runs: OwedRun[];
      dictionaries: DictionaryFacts[];
    }
  | { type: "unfreed"; runs: OwedRun[]; dictionaries: DictionaryFacts[] };

type Free = Extract<Change, { type: "free" }>;
type Move = Extract<Change, { type: "move" }>;

/** Applies changes; those of epochs that the journal does not know come to nothing. Calls belong inside a transaction. */
export function openSettlement(db: Sqlite): (changes: readonly Change[]) => Settled[] {
  const numbers = epochNumbers(db);
  const freed = intervalsOf(db, "freed");
  const owed = openOwed(db);
  const definitions = openDefinitions(db);
  const comparing = openComparing(db);
  const move = openMoving(db);
  const factsOf = openEpochFacts(db);
  const setNote = db.prepare(
    "insert into note (name, value) values ('answer', ?) on conflict (name) do update set value = excluded.value",
  );
  const setTold = db.prepare("update epoch set told = ? where id = ?");

  function keysOf(epoch: Id, stream: Stream, ranges: readonly SeqRange[]): SeqRange[] {
    const base = baseOf(numbers.numberOf(epoch), stream);
    return ranges.map((range) => ({ first: base + range.first, last: base + range.last }));
  }

  /** `disputed` gathers the epochs of which a comparison in the same transaction differed and can be halved: what was told of those is not kept, so that each hello names them until it is settled, that of a later run too. */
  function settleOne(change: Change, disputed: Set<Id>): Settled[] {
    if (change.type === "note") {
      setNote.run(JSON.stringify(change.note));
      for (const { epoch, sum } of change.told) if (!disputed.has(epoch)) setTold.run(JSON.stringify(sum), epoch);
      return [];
    }
    if (!numbers.has(change.epoch)) return [];
    if (change.type === "free") {
      const settled = freeIfSame(change);
      if (settled.type === "differs" && !change.undivided) disputed.add(change.epoch);
      return [settled];
    }
    if (change.type === "move") return [moveAway(change)];
    const keys = keysOf(change.epoch, change.stream, change.ranges);
    for (const { first, last } of keys) {
      freed.remove(first, last);
    }
    return [{ type: "unfreed", runs: keys.flatMap(owed), dictionaries: definitions.dictionaries() }];
  }

  function freeIfSame(change: Free): Settled {
    const { epoch, stream, ranges, stays = [] } = change;
    setTold.run(null, epoch);
    const keys = keysOf(epoch, stream, ranges);
    const sum = comparing.sum(keys);
    if (sum !== null && sameChecksum(sum, change.checksum)) {
      const free = minus(keys.flatMap(comparing.kept), keysOf(epoch, stream, stays));
      for (const { first, last } of free) freed.add(first, last);
      return { type: "freed", epoch, stream, ranges, ...(stays.length > 0 ? { stays } : {}) };
    }
    const base = baseOf(numbers.numberOf(epoch), stream);
    const parts = change.undivided ? [] : comparing.parts(keys);
    return {
      ...change,
      type: "differs",
      parts: parts.map((part) => ({
        first: part.first - base,
        last: part.last - base,
        checksum: comparing.sum([part]) ?? noChecksum,
      })),
    };
  }

  function moveAway({ epoch, stream, frames }: Move): Settled {
    const keys = keysOf(epoch, stream, frames);
    const to = move(epoch, stream, frames);
    // An epoch's record never moves: the cloud's stays, ours is history.
    const record = baseOf(numbers.numberOf(epoch), stream) + 1;
    if (stream === "events" && keys.some(({ first }) => first === record)) freed.add(record, record);
    const ranges = frames.map(({ first, last }) => ({ first, last }));
    const done = { type: "moved", epoch, stream, ranges, dictionaries: definitions.dictionaries() } as const;
    if (to === null) return { ...done, to: null, runs: [] };
    const no = numbers.numberOf(to);
    const all = { first: baseOf(no, "telemetry"), last: baseOf(no, "events") + MOST_SEQ };
    return { ...done, to: factsOf(to), runs: owed(all) };
  }

  return (changes) => {
    const disputed = new Set<Id>();
    return changes.flatMap((change) => settleOne(change, disputed));
  };
}
