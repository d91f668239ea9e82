import type { Sqlite } from "../../shared/node/sqlite.ts";
import { decodeEvents } from "../../shared/wire/events.ts";
import { decodeSpan } from "../../shared/wire/span.ts";
import type { AlarmRows } from "./alarm-rows.ts";
import type { Damage } from "./damage.ts";
import { datingOf } from "./dating.ts";
import { datingAnew } from "./dating-anew.ts";
import type { Definitions } from "./definitions.ts";
import { ownerOfKey } from "./hour.ts";
import type { Names } from "./names.ts";
import { insertSql, type SealedTable, soundSql } from "./schema.ts";
import { spanRows } from "./spans.ts";

type Table = Extract<Damage, { type: "repeated" }>["table"];

/** Makes rows anew that repeat what other rows tell; for the one writer, inside its transaction. */
export function repeating(
  db: Sqlite,
  names: Names,
  definitions: Definitions,
  alarms: AlarmRows,
): (table: Table) => void {
  const dropUnsound = (table: SealedTable) => db.exec(`delete from ${table} where not (${soundSql(table)})`);

  function events(): void {
    dropUnsound("event");
    // A frame that comes again brings its events again.
    db.exec(
      "delete from event where not exists (select 1 from event_frame f where f.epoch = event.epoch and f.seq = event.seq)",
    );
    const frames = db.prepare<[], { rig: number; epoch: number; seq: number; received: number; body: Uint8Array }>(
      `select e.rig, f.epoch, f.seq, f.received, f.body from event_frame f join epoch e on e.no = f.epoch order by f.epoch, f.seq`,
    );
    const put = db.prepare(insertSql("event", "insert or ignore into"));
    for (const { body, ...frame } of frames.all()) {
      for (const [place, event] of decodeEvents(body).entries()) {
        // When it landed is not told by its frame: the rig's own time is the nearest that is known.
        put.run({
          ...frame,
          place,
          type: event.type,
          landed_at: frame.received,
          body: JSON.stringify(event),
          dated: 0,
        });
        definitions.put(frame.rig, event);
      }
    }
  }

  function alarmsAnew(): void {
    const rigs = db.prepare<[], { no: number; running: string | null }>("select no, running from rig").all();
    db.exec("delete from alarm");
    for (const { no, running } of rigs) if (running !== null) alarms.switchTo(no, names.epochNo(no, running));
  }

  /** Spans whose frames are not all named by rows get those rows again. */
  function runsAnew(): void {
    dropUnsound("frame_run");
    const spans = spanRows(db, names.epochNo, definitions.version, () => {});
    const dating = datingOf(db, () => {});
    const bodies = db.prepare<[], { key: number; body: Uint8Array; named: number | null }>(
      `select key, body, (select sum(last - first + 1) from frame_run where span = key) as named from span where ${soundSql("span")}`,
    );
    const drop = db.prepare("delete from frame_run where span = ?");
    const put = db.prepare(insertSql("frame_run", "insert or ignore into"));
    const damaged = db.prepare<[number, number, number], number>(
      "select 1 from damage where epoch = ? and first <= ? and last >= ?",
    );
    for (const { key, body, named } of bodies.all()) {
      const { runs, times } = decodeSpan(body).table;
      if (times.receivedAt.length === named) continue;
      // Frames that are asked for again already have no row until they come.
      const asked = runs.some(({ epoch, firstSeq, count }) => {
        const no = names.epochNo(ownerOfKey(key), epoch);
        return damaged.get(no, firstSeq + count - 1, firstSeq) !== undefined;
      });
      if (asked) continue;
      const source = spans.load(key, spans.versionsIn(key), dating(ownerOfKey(key)));
      if (source === null) continue;
      drop.run(key);
      for (const run of spans.runsOf(key, source)) put.run(run);
    }
  }

  return (table) => {
    if (table === "event_frame") dropUnsound("event_frame");
    if (table === "event" || table === "event_frame") events();
    else if (table === "alarm") alarmsAnew();
    else if (table === "frame_run") runsAnew();
    else if (table === "dating") {
      dropUnsound("dating");
      datingAnew(db, names, definitions);
    } else dropUnsound(table);
  };
}
