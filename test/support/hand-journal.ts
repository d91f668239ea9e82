import Database from "better-sqlite3";
import { migrations } from "../../edge/journal/schema.ts";
import type { RigEvent } from "../../shared/domain/event.ts";
import { dictionaryEvent, tagEvent, tagHash, tagListOf } from "../../shared/wire/dictionary.ts";
import { encodeEvents } from "../../shared/wire/events.ts";
import { encodeEventsFrame, encodeFrame } from "../../shared/wire/frame.ts";
import type { HandRig } from "./hand-rig.ts";

/** Writes what an edge's journal would hold of a hand-made run, in a journal's own tables: frames 1 to `last`, freed up to `freed`. */
export function writeJournal(
  path: string,
  rig: HandRig,
  last: number,
  freed: number,
  events: readonly (readonly RigEvent[])[],
): void {
  const db = new Database(path);
  for (const migrate of migrations) migrate(db);
  const [telemetry, eventsBase] = [2 * 2 ** 32, 3 * 2 ** 32];
  db.prepare("insert into epoch (no, id, record) values (1, ?, '{}')").run(rig.epoch);
  const define = db.prepare("insert into definition (hash, kind, body, frame) values (?, ?, ?, 0)");
  for (const version of rig.tags) {
    const event = tagEvent(version);
    define.run(event.hash, "tag", JSON.stringify(event));
  }
  const dictionary = dictionaryEvent(rig.tags.map(tagHash), null);
  define.run(dictionary.hash, "dictionary", JSON.stringify(dictionary));
  const put = db.prepare("insert into frame (key, at, count, a, b, body) values (?, ?, ?, ?, ?, ?)");
  for (let seq = 1; seq <= last; seq++) {
    const { readings, receivedAt, mono, clock, checksum } = rig.telemetryFrame(seq);
    const body = encodeFrame(readings, tagListOf(rig.tags), { receivedAt, mono, clock, dictionary: dictionary.hash });
    put.run(telemetry + seq, receivedAt, readings.length, checksum.a, checksum.b, body);
  }
  for (const [i, list] of events.entries()) {
    const time = rig.eventsFrame(list);
    put.run(eventsBase + i + 1, time.receivedAt, list.length, 0, 0, encodeEventsFrame(encodeEvents(list), time));
  }
  const free = db.prepare("insert into freed (first, last) values (?, ?)");
  if (freed > 0) free.run(telemetry + 1, telemetry + freed);
  free.run(eventsBase + 1, eventsBase + events.length);
  db.close();
}
