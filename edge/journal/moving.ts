import { EpochRecord } from "../../shared/domain/event.ts";
import type { Id } from "../../shared/domain/id.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { derivedEpoch } from "../../shared/wire/derived.ts";
import { encodeEvents } from "../../shared/wire/events.ts";
import { decodeFrameHead, encodeEventsFrame, encodeFrame, type FrameTime } from "../../shared/wire/frame.ts";
import type { Stream } from "../../shared/wire/names.ts";
import type { Part } from "../../shared/wire/sender-io.ts";
import { openAnchors } from "./anchors.ts";
import { openGone } from "./gone.ts";
import { intervalsOf } from "./intervals.ts";
import { openLastSeq } from "./opening.ts";
import { baseOf, epochNumbers, partsOf } from "./schema.ts";
import { sealOf } from "./seal.ts";
import { openSpanFrames } from "./span-frames.ts";
import { openSpans } from "./spans.ts";
import { openDictionaries } from "./tag-lists.ts";

interface Row {
  key: number;
  at: number;
  count: number;
  a: number;
  b: number;
  body: Uint8Array;
}

/**
 * Gives rows of one stream other names: those of the derived epoch, behind its record, in the old order. The old names are noted as gone,
 * with the cloud's checksums. Gives the derived epoch, also where they moved before (a commit that was refused may have landed); null
 * where none was ever there. Call inside a transaction.
 */
export function openMoving(db: Sqlite): (epoch: Id, stream: Stream, parts: readonly Part[]) => Id | null {
  const numbers = epochNumbers(db);
  const lastSeq = openLastSeq(db);
  const noteGone = openGone(db);
  const thinned = intervalsOf(db, "thinned");
  const rows = db.prepare<[number, number], Row>(
    "select key, at, count, a, b, body from frame where key between ? and ? order by key",
  );
  const record = db.prepare<[Id], string>("select record from epoch where id = ?").pluck();
  const begin = db.prepare(
    `insert into epoch (no, id, record)
     select max(coalesce(max(no), 0), (select coalesce(max(value), 0) from (select cast(value as integer) as value from note where name = 'epochs before'))) + 1, ?, ?
     from epoch`,
  );
  const restate = db.prepare("update epoch set told = null where id = ?");
  const insertRow = db.prepare("insert into frame (key, at, count, a, b, body, seal) values (?, ?, ?, ?, ?, ?, ?)");
  const spans = openSpans(db);
  const spanFrames = openSpanFrames(db);
  const dictionaryOf = openDictionaries(db);
  const anchors = openAnchors(db);
  const remove = db.prepare("delete from frame where key = ?");
  const follow = db.prepare("update definition set frame = ? where frame = ?");
  const movedBefore = db
    .prepare<[Id, Stream, number, number], Id>(
      `select id from epoch where record ->> '$.movedFrom.epoch' = ? and record ->> '$.movedFrom.stream' = ?
         and record ->> '$.movedFrom.firstSeq' between ? and ?`,
    )
    .pluck();
  const dictionaryAt = db
    .prepare<[number, number], string>(
      "select hash from dictionary_from where key between ? and ? order by key desc limit 1",
    )
    .pluck();
  const startDictionary = db.prepare("insert into dictionary_from (key, hash) values (?, ?)");

  function insert({ key, at, count, a, b, body }: Row): void {
    insertRow.run(key, at, count, a, b, body, sealOf([key, at, count, a, b]));
  }

  /** What moves is rows: of a packed frame the whole span becomes rows again. */
  function toRows(first: number, last: number): void {
    for (const span of spans.touching(first, last)) {
      const { list } = dictionaryOf(span.dictionary);
      const frames = spanFrames.frames(span, span.first, span.last);
      spans.remove(span);
      for (const [i, frame] of frames.entries()) {
        const body = encodeFrame(frame.readings, list, { ...frame, dictionary: span.dictionary });
        const { a, b } = decodeFrameHead(body).checksum;
        insert({
          key: span.first + i,
          at: anchors.placedAt(span.first + i, frame),
          count: frame.readings.length,
          a,
          b,
          body,
        });
      }
    }
    spanFrames.forget();
  }

  /** The record follows from the first frame alone, so that it is the same where it is made once more. */
  function beginEpoch(to: Id, from: { epoch: Id; stream: Stream; firstSeq: number }, time: FrameTime): void {
    if (numbers.has(to)) {
      restate.run(to);
      return;
    }
    const old = EpochRecord.parse(JSON.parse(record.get(from.epoch) ?? "null"));
    const made: EpochRecord = { ...old, epoch: to, predecessor: null, openAlarms: [], movedFrom: from };
    begin.run(to, JSON.stringify(made));
    const body = encodeEventsFrame(encodeEvents([made]), time);
    const { a, b } = decodeFrameHead(body).checksum;
    const key = baseOf(numbers.numberOf(to), "events") + 1;
    insert({ key, at: anchors.placedAt(key, time), count: 1, a, b, body });
  }

  function moveRow({ key, at, count, a, b, body }: Row, base: number, stream: Stream, { checksum }: Part): void {
    const next = base + lastSeq(base) + 1;
    insert({ key: next, at, count, a, b, body });
    remove.run(key);
    if (thinned.within(key, key).length > 0) thinned.add(next, next);
    if (stream === "events") follow.run(next, key);
    else {
      const dictionary = dictionaryAt.get(partsOf(key).base, key);
      if (dictionary !== undefined && dictionaryAt.get(base, next) !== dictionary)
        startDictionary.run(next, dictionary);
    }
    noteGone(key, key, checksum, false);
  }

  return (epoch, stream, parts) => {
    anchors.forget();
    const from = baseOf(numbers.numberOf(epoch), stream);
    const isRecord = (key: number) => stream === "events" && key === from + 1;
    for (const part of parts) toRows(from + part.first, from + part.last);
    const moving = parts.flatMap((part) =>
      rows
        .all(from + part.first, from + part.last)
        .filter(({ key }) => !isRecord(key))
        .map((row) => ({ row, part })),
    );
    const first = moving[0]?.row;
    if (first === undefined) {
      const found = parts.map((part) => movedBefore.get(epoch, stream, part.first, part.last));
      return found.find((id) => id !== undefined) ?? null;
    }
    const { receivedAt, mono, clock, checksum } = decodeFrameHead(first.body);
    const seq = first.key - from;
    const to = derivedEpoch(epoch, stream, { seq, checksum, receivedAt });
    beginEpoch(to, { epoch, stream, firstSeq: seq }, { receivedAt, mono, clock });
    const base = baseOf(numbers.numberOf(to), stream);
    for (const { row, part } of moving) moveRow(row, base, stream, partOf(part));
    return to;
  };
}

/** A single frame has its own checksum; of several together, which the cloud let expire, none has. */
function partOf(part: Part): Part {
  return part.first === part.last ? part : { ...part, checksum: { a: 0, b: 0 } };
}
