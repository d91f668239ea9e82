import type { Sqlite } from "../../shared/node/sqlite.ts";
import type { Definitions } from "./definitions.ts";
import { hourKey, hourOf } from "./hour.ts";
import { latestRows } from "./latest-rows.ts";
import { type Merged, merge, type Source } from "./merge.ts";
import { minuteRows } from "./minute-rows.ts";
import { minutesOf } from "./minutes.ts";
import type { Names } from "./names.ts";
import { spanRows } from "./spans.ts";
import { openTailBatch, sourceOf, type TailBatch, type TailRow, tailColumns } from "./tail.ts";

/** Readings that one pass takes at most: what a pass holds in memory, and about how long it lets a landing wait. */
const MOST_READINGS = 150_000;
/** A rig with so many waiting batches is compacted at once, however young they are. */
const MANY = 96;

/**
 * Turns waiting batches into spans, segments and summaries, oldest first, one rig and one transaction a pass; then they are gone from the tail.
 * A crash between passes loses nothing and doubles nothing.
 */
export function compactor(
  db: Sqlite,
  names: Names,
  definitions: Definitions,
): (budgetMs: number, settleMs?: number) => Promise<number> {
  const waiting = db.prepare<[], number>("select count(*) from tail").pluck();
  const rigs = db.prepare<[], { rig: number; waiting: number; oldest: number }>(
    "select rig, count(*) as waiting, min(landed_at) as oldest from tail group by rig order by oldest",
  );
  const ofRig = db.prepare<[number], TailRow>(`select ${tailColumns} from tail where rig = ? order by no limit 1000`);
  const remove = db.prepare("delete from tail where no = ?");
  const { representation } = definitions;
  const spans = spanRows(db, names.epochNo, representation);
  const minutes = minuteRows(db);
  const noteLatest = latestRows(db);

  function pass(rig: number): void {
    const batches: TailBatch[] = [];
    let readings = 0;
    for (const row of ofRig.iterate(rig)) {
      if (batches.length > 0 && readings + row.readings > MOST_READINGS) break;
      readings += row.readings;
      batches.push(openTailBatch(rig, row, definitions.dictionary));
    }
    const fresh = new Map<number, Source[]>();
    for (const batch of batches) {
      const epoch = names.epochOf(batch.row.epoch);
      for (const hour of new Set(Array.from(batch.batch.times.receivedAt, hourOf))) {
        const source = sourceOf(batch, epoch, (receivedAt) => hourOf(receivedAt) === hour);
        const key = hourKey(rig, hour);
        fresh.set(key, [...(fresh.get(key) ?? []), source]);
      }
    }
    for (const [key, sources] of fresh) storeSpan(rig, key, sources);
    for (const { row } of batches) remove.run(row.no);
  }

  function storeSpan(rig: number, key: number, sources: readonly Source[]): void {
    const added = merge(sources, representation);
    const touched = spans.versionsIn(key);
    const before = spans.load(key, touched);
    const merged = before === null ? added : merge([before, ...sources], representation);
    spans.store(key, rig, merged);
    sumUp(added);
    noteLatest(added, (frame) => names.epochNo(rig, frame.epoch), representation);
  }

  function sumUp({ versions: numbers, columns }: Merged): void {
    const { readings, starts } = columns;
    for (const [i, version] of numbers.entries()) {
      const as = representation(version);
      if (as === "text") continue;
      minutes.add(version, minutesOf(readings, starts[i] ?? 0, starts[i + 1] ?? 0, as));
    }
  }

  const passOf = db.transaction(pass);
  return async (budgetMs, settleMs = 0) => {
    const end = performance.now() + budgetMs;
    const settled = Date.now() - settleMs;
    for (;;) {
      const next = rigs.all().find((one) => one.waiting >= MANY || one.oldest <= settled);
      if (next === undefined || performance.now() >= end) return waiting.get() ?? 0;
      passOf.immediate(next.rig);
    }
  };
}
