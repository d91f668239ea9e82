import type { Sqlite } from "../../shared/node/sqlite.ts";
import type { SeqRange } from "../../shared/wire/names.ts";
import type { KeptMessage } from "./archive.ts";

/** Messages that nobody answers for are kept for looking at, this many at most. */
const MOST_ASIDE = 1_000;

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
    },
  };
}
