import { engineering, type TagVersion } from "../../shared/domain/tag.ts";
import type { Source } from "../archive/merge.ts";
import { rawOf } from "./cells.ts";
import { type Excuses, explaining, isNewer } from "./excuses.ts";
import type { LedgerRow, Told } from "./ledger.ts";
import { type Kept, leavingOut } from "./left-out.ts";
import { type CellTally, type RowReport, tally } from "./row-report.ts";
import { type RowView, readingsOf } from "./row-views.ts";
import { type Counted, failedAt, POLLED_EDGE } from "./ticks.ts";

/** Rows as polls saw them: what was read at once carries one count, and must be that row whole. */
export interface PolledRows {
  /** Readings of the counter. */
  counters: Counted[];
  take(view: RowView, source: Source): void;
  fill(report: RowReport, excuses: Excuses): void;
}

export function openPolledRows(rows: readonly LedgerRow[]): PolledRows {
  const byCount = new Map(rows.map((row) => [row.count, row]));
  const counters: Counted[] = [];
  /** By count the cells that were seen, and when it was read. */
  const seen = new Map<number, Set<string>>();
  const readAt = new Map<number, number>();
  /** By cell what was kept of it, as read. */
  const keptOf = new Map<string, { version: TagVersion; kept: Kept[] }>();
  const cells: CellTally = { cells: {}, cellsWrong: 0, wrong: [] };
  const read = new Set<string>();
  const foreign: number[] = [];

  return {
    counters,
    take({ tags }, source) {
      const countOf = new Map<string, number>();
      for (const { cell, version, piece } of tags) {
        if (cell !== "count") continue;
        for (const { at, poll, value, bound, subscribed } of readingsOf(source, version, piece)) {
          if (subscribed) continue;
          counters.push({ at, value, bound });
          if (value === null || value === 0) continue;
          countOf.set(poll, value);
          readAt.set(value, at);
          if (byCount.has(value)) seen.set(value, seen.get(value) ?? new Set());
          else foreign.push(at);
        }
      }
      for (const { cell, version, piece } of tags) {
        if (cell === "count") continue;
        read.add(cell);
        const kept = keptOf.get(cell)?.kept ?? [];
        keptOf.set(cell, { version, kept });
        for (const stored of readingsOf(source, version, piece)) {
          if (stored.bound !== null) kept.push({ at: stored.at, value: stored.value, bound: stored.bound });
          const count = countOf.get(stored.poll) ?? 0;
          const [row, mine] = [byCount.get(count), seen.get(count)];
          if (row === undefined || mine === undefined) continue;
          tally(cells, row, cell, stored, version, !mine.has(cell));
          mine.add(cell);
        }
      }
    },
    fill(report, excuses) {
      const explain = explaining(report, failedAt(counters), excuses, POLLED_EDGE);
      const mayBeLeftOut = leavingOut(counters, POLLED_EDGE);
      for (const { count, at } of rows) if (!seen.has(count)) explain(at, mayBeLeftOut(count, at));
      report.stored = seen.size;
      report.foreign = foreign.filter((at) => !isNewer(at, excuses)).length;
      const lying = new Map([...keptOf].map(([cell, { version, kept }]) => [cell, openLeftOut(version, kept)]));
      for (const [count, mine] of seen)
        for (const cell of read) {
          if (mine.has(cell)) continue;
          const told = byCount.get(count)?.cells.get(cell);
          const isThinned = lying.get(cell)?.(told, readAt.get(count) ?? 0) === true;
          report[isThinned ? "cellsThinned" : "cellsMissing"]++;
        }
      Object.assign(report, cells);
    },
  };
}

/** Whether a cell, as the row told it, may have been left out at this moment. What is no number reads bad, and is kept. */
export function openLeftOut(
  version: TagVersion,
  kept: readonly Kept[],
): (told: Told | undefined, at: number) => boolean {
  const mayBe = leavingOut(kept, POLLED_EDGE);
  return (told, at) => {
    const raw = typeof told === "number" ? rawOf(told, version) : null;
    return raw !== null && mayBe(engineering(version.kind, raw), at);
  };
}
