import { openCompaction } from "../../edge/journal/compaction.ts";
import { teachNoteSeals } from "../../edge/journal/note-seals.ts";
import { migrations } from "../../edge/journal/schema.ts";
import { sealOf } from "../../edge/journal/seal.ts";
import type { RigEvent } from "../../shared/domain/event.ts";
import { newId } from "../../shared/node/id.ts";
import { openSqlite } from "../../shared/node/sqlite.ts";
import { dictionaryEvent, tagEvent, tagHash, tagListOf } from "../../shared/wire/dictionary.ts";
import { encodeEventsFrame, encodeFrame } from "../../shared/wire/frame.ts";
import type { Checksum } from "../../shared/wire/names.ts";
import type { HandRig } from "./hand-rig.ts";

/** Writes what an edge's journal would hold of a hand-made run, in a journal's own tables: frames 1 to `last`, freed up to `freed`; the first event is the run's record. */
export function writeJournal(
  path: string,
  rig: HandRig,
  last: number,
  freed: number,
  events: readonly (readonly RigEvent[])[],
): void {
  const db = openSqlite(path, migrations, teachNoteSeals);
  const [telemetry, eventsBase] = [2 * 2 ** 32, 3 * 2 ** 32];
  db.prepare("insert into epoch (no, id, record) values (1, ?, ?)").run(
    rig.epoch,
    JSON.stringify(events[0]?.[0] ?? {}),
  );
  const define = db.prepare(`insert into definition (hash, kind, body, frame) values (?, ?, ?, ${eventsBase + 1})`);
  for (const version of rig.tags) {
    const event = tagEvent(version);
    define.run(event.hash, "tag", JSON.stringify(event));
  }
  const dictionary = dictionaryEvent(rig.tags.map(tagHash), null);
  define.run(dictionary.hash, "dictionary", JSON.stringify(dictionary));
  db.prepare("insert into dictionary_from (key, hash) values (?, ?)").run(telemetry + 1, dictionary.hash);
  const insert = db.prepare("insert into frame (key, at, count, a, b, body, seal) values (?, ?, ?, ?, ?, ?, ?)");
  const put = (key: number, at: number, count: number, { a, b }: Checksum, body: Uint8Array) =>
    insert.run(key, at, count, a, b, body, sealOf([key, at, count, a, b]));
  for (let seq = 1; seq <= last; seq++) {
    const { readings, receivedAt, mono, clock, checksum } = rig.telemetryFrame(seq);
    const body = encodeFrame(readings, tagListOf(rig.tags), { receivedAt, mono, clock, dictionary: dictionary.hash });
    put(telemetry + seq, receivedAt, readings.length, checksum, body);
  }
  for (const [i, list] of events.entries()) {
    const time = rig.eventsFrame(list);
    put(eventsBase + i + 1, time.receivedAt, list.length, time.checksum, encodeEventsFrame(time.json, time));
  }
  const free = db.prepare("insert into freed (first, last) values (?, ?)");
  if (freed > 0) free.run(telemetry + 1, telemetry + freed);
  free.run(eventsBase + 1, eventsBase + events.length);
  db.close();
}

/** Packs what was delivered, as the next run of an edge does with what the one before left. */
export function packJournal(path: string): void {
  const db = openSqlite(path, migrations, teachNoteSeals);
  const compaction = openCompaction(db);
  const step = db.transaction(() => compaction.step(newId()));
  let packed = step();
  const problems = [...packed.problems];
  while (packed.more) {
    packed = step();
    problems.push(...packed.problems);
  }
  const left = db.prepare("select count(*) from frame where (key / 4294967296) % 2 = 0").pluck().get();
  db.close();
  if (left !== 0) throw new Error(`${left} delivered frames are not packed: ${problems.join("; ")}`);
}
