import type { Sqlite } from "../../shared/node/sqlite.ts";
import type { SeqRange } from "../../shared/wire/names.ts";
import type { KeptMessage } from "./archive.ts";

/** Messages that nobody answers for are kept for looking at, this many at most. */
const MOST_ASIDE = 1_000;
/**
 * Quarantined messages that are kept of one rig, the newest ones, and their bytes. Nothing is lost with the others: the rig keeps the frames until they
 * are stored, and offers them again to another version.
 */
const MOST_QUARANTINED = { messages: 500, bytes: 16 * 1024 * 1024 };
/** To look for older ones costs as much as many inserts: that often is enough. */
const LOOK_AFTER = { messages: 50, bytes: 2 * 1024 * 1024 };

/** The tables of what did not land: counters, messages kept aside and quarantined ones. Counts wait for `flush`, in the same transaction. */
export function keptRows(db: Sqlite) {
  const add = db.prepare(
    "insert into counter (name, value) values (?, ?) on conflict (name) do update set value = value + excluded.value",
  );
  const put = db.prepare("insert into aside (landed_at, topic, problem, message) values (?, ?, ?, ?)");
  const prune = db.prepare(`delete from aside where no <= (select max(no) from aside) - ${MOST_ASIDE}`);
  const keep = db.prepare(
    `insert into quarantine (rig, landed_at, topic, problem, epoch, stream, first, last, message)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const pruneQuarantine = db.prepare<[number]>(
    `delete from quarantine where no in (
       select no from (
         select no, sum(length(message)) over newest as bytes, row_number() over newest as messages
         from quarantine where rig = ? window newest as (order by no desc)
       ) where bytes > ${MOST_QUARANTINED.bytes} or messages > ${MOST_QUARANTINED.messages}
     )`,
  );
  /** By rig, since its quarantine was last looked through. */
  const unpruned = new Map<number, { messages: number; bytes: number }>();
  const counts = new Map<string, number>();
  return {
    count: (name: string, by: number) => void counts.set(name, (counts.get(name) ?? 0) + by),
    flush() {
      for (const [name, by] of counts) add.run(name, by);
      counts.clear();
    },
    /** Call after a rollback. */
    forget: () => counts.clear(),
    aside({ landedAt, topic, problem, bytes }: KeptMessage) {
      put.run(landedAt, topic.slice(0, 200), problem.slice(0, 500), bytes.subarray(0, 4_096));
      prune.run();
    },
    quarantine(rig: number, message: KeptMessage, epoch: string, stream: string, ranges: readonly SeqRange[]) {
      const { landedAt, topic, problem, bytes } = message;
      const first = ranges[0]?.first ?? null;
      const last = ranges.at(-1)?.last ?? null;
      keep.run(rig, landedAt, topic, problem, epoch, stream, first, last, bytes);
      const { messages, bytes: since } = unpruned.get(rig) ?? { messages: LOOK_AFTER.messages, bytes: 0 };
      const more = { messages: messages + 1, bytes: since + bytes.length };
      const due = more.messages > LOOK_AFTER.messages || more.bytes > LOOK_AFTER.bytes;
      if (due) pruneQuarantine.run(rig);
      unpruned.set(rig, due ? { messages: 0, bytes: 0 } : more);
    },
  };
}
