import type { EpochRecord } from "../../shared/domain/event.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { encodeEvents } from "../../shared/wire/events.ts";
import { decodeFrameHead, encodeEventsFrame, type FrameTime } from "../../shared/wire/frame.ts";
import type { Predecessor } from "../../shared/wire/hello.ts";
import type { DictionaryFacts } from "../../shared/wire/sender-facts.ts";
import { DamageError } from "./damage.ts";
import { isFoundation, openDefinitions } from "./definitions.ts";
import type { NewEvents, NewFrame, RunRecord, Stored } from "./frames.ts";
import { openLastSeq } from "./opening.ts";
import { openPlacing } from "./placing.ts";
import { baseOf, epochNumbers } from "./schema.ts";
import { sealOf } from "./seal.ts";

/** A run and the one before it. */
export interface Run {
  record: RunRecord;
  predecessor: Predecessor;
}

/** Gives frames their names and writes them. Calls belong inside a transaction. */
export interface Naming {
  /** Stores the frame under the run's next seq; the run's first brings its epoch record along, as events seq 1. */
  add(run: Run, frame: NewFrame): { stored: Stored[]; dictionaries: DictionaryFacts[] };
}

export function openNaming(db: Sqlite): Naming {
  const numbers = epochNumbers(db);
  const placing = openPlacing(db);
  const definitions = openDefinitions(db);
  const lastSeq = openLastSeq(db);
  const insertEpoch = db.prepare(
    `insert into epoch (no, id, record)
     select max(coalesce(max(no), 0), (select coalesce(max(value), 0) from (select cast(value as integer) as value from note where name = 'epochs before'))) + 1, ?, ?
     from epoch`,
  );
  const insert = db.prepare("insert into frame (key, at, count, a, b, body, seal) values (?, ?, ?, ?, ?, ?, ?)");
  const dictionaryAt = db
    .prepare<[number, number], string>(
      "select hash from dictionary_from where key between ? and ? order by key desc limit 1",
    )
    .pluck();
  const startDictionary = db.prepare("insert into dictionary_from (key, hash) values (?, ?)");

  const isTaken = db
    .prepare<[number, number, number, number], number>(
      `select exists (select 1 from frame where key >= ?) or exists (select 1 from span where first >= ?)
       or exists (select 1 from freed where first >= ?) or exists (select 1 from gone where first >= ?)`,
    )
    .pluck();

  /** Throws DamageError where there are frames under the number that the run would get: a file that was put together from two states names them by no epoch. */
  function begin(run: Run, time: FrameTime): Stored {
    const openAlarms = definitions.openAlarms();
    const record: EpochRecord = { ...run.record, type: "epoch", predecessor: run.predecessor, openAlarms };
    insertEpoch.run(record.epoch, JSON.stringify(record));
    const no = numbers.numberOf(record.epoch);
    const base = baseOf(no, "telemetry");
    if (isTaken.get(base, base, base, base) !== 0)
      throw new DamageError(`there are frames of an epoch number ${no} that this journal does not name`);
    return put(run, { ...time, stream: "events", events: [record] }).stored;
  }

  function put(run: Run, frame: NewFrame): { stored: Stored; dictionaries: DictionaryFacts[] } {
    const { receivedAt, mono, clock, stream } = frame;
    const { epoch } = run.record;
    const base = baseOf(numbers.numberOf(epoch), stream);
    // Asked from the file each time: a transaction that was rolled back must leave no hole.
    const seq = lastSeq(base) + 1;
    const key = base + seq;
    const { count, body } = frame.stream === "events" ? eventsFrame(frame) : frame;
    const { a, b } = decodeFrameHead(body).checksum;
    if (frame.stream === "events") placing.learn(run.record.boot, frame.events, frame);
    const at = placing.placedAt(key, frame);
    insert.run(key, at, count, a, b, body, sealOf([key, at, count, a, b]));
    const stored = { epoch, stream, seq, receivedAt, mono, clock, count, bytes: body.length };
    if (frame.stream === "events") {
      const dictionaries = definitions.learn(frame.events, key);
      return { stored: { ...stored, dictionary: null, foundation: isFoundation(frame.events) }, dictionaries };
    }
    const { dictionary } = frame;
    if (!definitions.has(dictionary)) throw new Error(`dictionary ${dictionary} was not told before its frames`);
    if (dictionaryAt.get(base, key) !== dictionary) startDictionary.run(key, dictionary);
    return { stored: { ...stored, dictionary, foundation: false }, dictionaries: [] };
  }

  return {
    add(run, frame) {
      const { receivedAt, mono, clock } = frame;
      const first = numbers.has(run.record.epoch) ? [] : [begin(run, { receivedAt, mono, clock })];
      const { stored, dictionaries } = put(run, frame);
      return { stored: [...first, stored], dictionaries };
    },
  };
}

function eventsFrame({ receivedAt, mono, clock, events }: NewEvents): { count: number; body: Uint8Array } {
  return { count: events.length, body: encodeEventsFrame(encodeEvents(events), { receivedAt, mono, clock }) };
}
