import { RigEvent } from "../../shared/domain/event.ts";
import type { Id } from "../../shared/domain/id.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import type { Finds } from "./damage.ts";
import type { EventFilter, EventRow } from "./history.ts";
import { soundSql } from "./schema.ts";

interface Row {
  no: number;
  epoch: number;
  seq: number;
  received: number;
  landed_at: number;
  body: string;
  sound: number;
}

/** Pages of events, newest first by the rig's time, equal times by arrival. */
export function eventQuery(
  db: Sqlite,
  epochOf: (no: number) => Id,
  finds: Finds,
): (rig: number, filter: EventFilter) => { rows: EventRow[]; next: string | null } {
  const conditions = "rig = ? and received >= ? and received < ? and (received, no) < (?, ?)";
  const order = "order by received desc, no desc limit ?";
  const columns = `no, epoch, seq, received, landed_at, body, ${soundSql("event")} as sound`;
  const all = db.prepare<[number, number, number, number, number, number], Row>(
    `select ${columns} from event where ${conditions} ${order}`,
  );
  const ofType = db.prepare<[number, number, number, number, number, string, number], Row>(
    `select ${columns} from event where ${conditions} and type = ? ${order}`,
  );
  const most = Number.MAX_SAFE_INTEGER;
  return (rig, { type, from = -most, to = most, limit, before }) => {
    const [received, no] = before === undefined ? [most, most] : cursorOf(before);
    const found =
      type === undefined
        ? all.all(rig, from, to, received, no, limit + 1)
        : ofType.all(rig, from, to, received, no, type, limit + 1);
    const page = found.slice(0, limit);
    const last = page.at(-1);
    if (page.some(({ sound }) => sound !== 1)) finds({ type: "repeated", table: "event" });
    return {
      rows: page
        .filter(({ sound }) => sound === 1)
        .map((row) => ({
          epoch: epochOf(row.epoch),
          seq: row.seq,
          at: row.received,
          landedAt: row.landed_at,
          event: RigEvent.parse(JSON.parse(row.body)),
        })),
      next: found.length > limit && last !== undefined ? textOf([last.received, last.no]) : null,
    };
  };
}

function textOf(place: [number, number]): string {
  return Buffer.from(JSON.stringify(place)).toString("base64url");
}

/** Throws RangeError for what is no cursor of ours. */
function cursorOf(text: string): [number, number] {
  const [received, no, ...more] = Buffer.from(text, "base64url")
    .toString("utf8")
    .replaceAll(/[[\]]/g, "")
    .split(",")
    .map(Number);
  if (received === undefined || no === undefined || more.length > 0 || !Number.isFinite(received + no)) {
    throw new RangeError("not a cursor of an earlier page");
  }
  return [received, no];
}
