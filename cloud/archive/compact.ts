import type { Sqlite } from "../../shared/node/sqlite.ts";
import type { SeqRange } from "../../shared/wire/names.ts";
import { holds } from "../../shared/wire/ranges.ts";
import type { DecodedBatches } from "./decoded.ts";
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
const MOST_READINGS = 200_000;
/** A rig with so many waiting batches is looked at, however young they are; with so many of one hour, the hour is compacted before it is whole. */
const MANY = 96;
const MANY_OF_AN_HOUR = 200;
/** Hours that one batch is looked for in; what lies further on waits for the next pass. */
const MOST_HOURS = 500;

/** What must be known of a waiting batch to choose it. */
interface TailHead {
  no: number;
  from: number;
  to: number;
  landed_at: number;
  readings: number;
}

/**
 * Turns waiting batches into spans, segments and summaries, oldest first, one rig and one transaction a pass; then they are gone from the tail.
 * A crash between passes loses nothing and doubles nothing.
 */
export function compactor(
  db: Sqlite,
  names: Names,
  definitions: Definitions,
  decoded: DecodedBatches,
): (budgetMs: number, settleMs?: number) => Promise<number> {
  const waiting = db.prepare<[], number>("select count(*) from tail").pluck();
  const rigs = db.prepare<[], { rig: number; waiting: number; oldest: number }>(
    "select rig, count(*) as waiting, min(landed_at) as oldest from tail group by rig order by oldest",
  );
  const heads = db.prepare<[number], TailHead>(
    `select no, from_received as "from", to_received as "to", landed_at, readings from tail where rig = ? order by no`,
  );
  const readingsOf = db.prepare<[number], number>("select readings from span where key = ?").pluck();
  const one = db.prepare<[number], TailRow>(`select ${tailColumns} from tail where no = ?`);
  const remove = db.prepare("delete from tail where no = ?");
  const leave = db.prepare("update tail set counts = ? where no = ?");
  const { representation } = definitions;
  const spans = spanRows(db, names.epochNo, representation);
  const minutes = minuteRows(db);
  const noteLatest = latestRows(db);

  /** Compacts the hours that are whole, or have waited since before `settled`; false when there is none. */
  function pass(rig: number, settled: number): boolean {
    const { hours, rows } = choose(rig, settled);
    if (hours.size === 0) return false;
    const batches = rows.flatMap((no): TailBatch[] => {
      const row = one.get(no);
      return row === undefined ? [] : [openTailBatch(rig, row, definitions.dictionary, decoded.get(no))];
    });
    for (const hour of hours) {
      const sources = batches.map((batch) =>
        sourceOf(batch, names.epochOf(batch.row.epoch), (receivedAt) => hourOf(receivedAt) === hour),
      );
      storeSpan(
        rig,
        hourKey(rig, hour),
        sources.filter(({ frames }) => frames.some((frame) => frame !== null)),
      );
    }
    for (const batch of batches) drop(batch, hours);
    return true;
  }

  /** Which hours to compact, and the waiting batches that have frames of them. The newest hour of a rig may still grow. */
  function choose(rig: number, settled: number): { hours: Set<number>; rows: number[] } {
    const touching = new Map<number, TailHead[]>();
    let readings = 0;
    for (const head of heads.iterate(rig)) {
      if (readings > 0 && readings + head.readings > MOST_READINGS) break;
      readings += head.readings;
      const last = hourOf(head.to);
      // A batch that spans many hours lies in few of them: its frames tell, once it is decoded.
      for (let hour = hourOf(head.from); hour <= last && hour < hourOf(head.from) + MOST_HOURS; hour++) {
        touching.set(hour, [...(touching.get(hour) ?? []), head]);
      }
    }
    const newest = Math.max(...touching.keys());
    const hours = new Set<number>();
    const rows = new Set<number>();
    for (const [hour, batches] of touching) {
      if (hour === newest && mayWait(rig, hour, batches, settled)) continue;
      hours.add(hour);
      for (const head of batches) rows.add(head.no);
    }
    return { hours, rows: [...rows].sort((x, y) => x - y) };
  }

  /** Writing an hour means writing all of it anew: while much comes in, it waits until that is worth it. */
  function mayWait(rig: number, hour: number, batches: readonly TailHead[], settled: number): boolean {
    if (batches.some((head) => head.landed_at <= settled)) return false;
    const readings = batches.reduce((sum, head) => sum + head.readings, 0);
    return batches.length < MANY_OF_AN_HOUR || readings < (readingsOf.get(hourKey(rig, hour)) ?? 0);
  }

  /** Takes a batch out of the tail, or leaves in it what lies in other hours. */
  function drop({ row, batch, ranges }: TailBatch, hours: ReadonlySet<number>): void {
    const left: SeqRange[] = [];
    for (const [f, receivedAt] of batch.times.receivedAt.entries()) {
      const seq = row.first + f;
      if (hours.has(hourOf(receivedAt)) || !holds(ranges, seq)) continue;
      const before = left.at(-1);
      if (before?.last === seq - 1) before.last = seq;
      else left.push({ first: seq, last: seq });
    }
    if (left.length === 0) {
      remove.run(row.no);
      decoded.drop(row.no);
    } else leave.run(JSON.stringify(left), row.no);
  }

  function storeSpan(rig: number, key: number, sources: readonly Source[]): void {
    const added = merge(sources, representation);
    const before = spans.load(key, spans.versionsIn(key));
    spans.store(key, rig, before === null ? added : merge([before, ...sources], representation));
    sumUp(added);
    noteLatest(added, (frame) => names.epochNo(rig, frame.epoch), representation);
  }

  function sumUp({ versions, columns }: Merged): void {
    const { readings, starts } = columns;
    for (const [i, version] of versions.entries()) {
      const as = representation(version);
      if (as === "text") continue;
      minutes.add(version, minutesOf(readings, starts[i] ?? 0, starts[i + 1] ?? 0, as));
    }
  }

  const passOf = db.transaction(pass);
  return async (budgetMs, settleMs = 0) => {
    const end = performance.now() + budgetMs;
    const settled = Date.now() - settleMs;
    const done = new Set<number>();
    for (;;) {
      const next = rigs.all().find((one) => !done.has(one.rig) && (one.waiting >= MANY || one.oldest <= settled));
      if (next === undefined || performance.now() >= end) return waiting.get() ?? 0;
      if (!passOf.immediate(next.rig, settled)) done.add(next.rig);
    }
  };
}
