import type { Source } from "../archive/merge.ts";
import { type Excuses, explaining, isNewer } from "./excuses.ts";
import type { LedgerRow } from "./ledger.ts";
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
  /** By count the cells that were seen. */
  const seen = new Map<number, Set<string>>();
  const cells: CellTally = { cells: {}, cellsWrong: 0, wrong: [] };
  const read = new Set<string>();
  const foreign: number[] = [];

  return {
    counters,
    take({ tags }, source) {
      const countOf = new Map<string, number>();
      for (const { cell, version, piece } of tags) {
        if (cell !== "count") continue;
        for (const { at, poll, value, subscribed } of readingsOf(source, version, piece)) {
          if (subscribed) continue;
          counters.push({ at, value });
          if (value === null || value === 0) continue;
          countOf.set(poll, value);
          if (byCount.has(value)) seen.set(value, seen.get(value) ?? new Set());
          else foreign.push(at);
        }
      }
      for (const { cell, version, piece } of tags) {
        if (cell === "count") continue;
        read.add(cell);
        for (const stored of readingsOf(source, version, piece)) {
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
      for (const { count, at } of rows) if (!seen.has(count)) explain(at);
      report.stored = seen.size;
      report.foreign = foreign.filter((at) => !isNewer(at, excuses)).length;
      for (const mine of seen.values()) report.cellsMissing += read.size - mine.size;
      Object.assign(report, cells);
    },
  };
}
