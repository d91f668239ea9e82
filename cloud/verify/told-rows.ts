import type { TagVersion } from "../../shared/domain/tag.ts";
import type { Source } from "../archive/merge.ts";
import { type Excuses, explaining, isNewer, noneUnstored } from "./excuses.ts";
import type { LedgerRow } from "./ledger.ts";
import { openLeftOut } from "./polled-rows.ts";
import { type RowReport, tally } from "./row-report.ts";
import { type RowView, readingsOf, type ViewReading } from "./row-views.ts";
import { SUBSCRIBED_EDGE } from "./ticks.ts";

/** Rows as a subscription told them: each cell for itself, under the row's own time, once unless nothing of it changed. */
export interface ToldRows {
  /** Something was told: the device is subscribed to. */
  any(): boolean;
  take(view: RowView, source: Source): void;
  fill(report: RowReport, excuses: Excuses): void;
}

interface Told {
  version: TagVersion;
  /** By the source's time, in the order in which they came. */
  at: Map<number, ViewReading[]>;
}

export function openToldRows(rows: readonly LedgerRow[]): ToldRows {
  const cells = new Map<string, Told>();
  /** Rows by their own time: two may have one. */
  const byTime = Map.groupBy(rows, (row) => row.source ?? row.at);

  return {
    any: () => cells.size > 0,
    take({ tags }, source) {
      for (const { cell, version, piece } of tags) {
        for (const reading of readingsOf(source, version, piece)) {
          if (!reading.subscribed) continue;
          const told: Told = cells.get(cell) ?? { version, at: new Map() };
          cells.set(cell, told);
          told.at.set(reading.at, [...(told.at.get(reading.at) ?? []), reading]);
        }
      }
    },
    fill(report, excuses) {
      const explain = explaining(report, [], excuses, SUBSCRIBED_EDGE);
      const cellsLost = noneUnstored();
      const explainCell = explaining(cellsLost, [], excuses, SUBSCRIBED_EDGE);
      const missing = new Set<LedgerRow>();
      // The counter first: cells of a row that is missing are not missing once more.
      for (const [cell, { version, at }] of [...cells].sort(([one]) => (one === "count" ? -1 : 0))) {
        for (const [time, readings] of at) {
          // What a server says before it has a value belongs to no row.
          if (!byTime.has(time) && !isNewer(time, excuses))
            report.foreign += readings.filter(({ value }) => value !== null && value !== 0).length;
        }
        const mayBe = openLeftOut(version, [...at.values()].flat());
        for (const [time, own] of byTime) {
          const left = [...(at.get(time) ?? [])];
          for (const [i, row] of own.entries()) {
            const before = own[i - 1];
            if (before !== undefined && isSame(before, row, cell)) continue;
            const stored = left.shift();
            if (stored !== undefined) tally(report, row, cell, stored, version, true);
            else if (cell === "count") missing.add(row);
            else if (!missing.has(row)) explainCell(row.at, mayBe(row.cells.get(cell), time));
          }
          report.doubled += left.length;
        }
      }
      for (const { at } of missing) explain(at);
      report.stored = rows.length - missing.size;
      report.cellsThinned = cellsLost.thinned;
      report.cellsMissing = cellsLost.unexplained;
    },
  };
}

/** Neither value nor time nor status changed: there is nothing to tell. */
function isSame(one: LedgerRow, other: LedgerRow, cell: string): boolean {
  return cell !== "count" && JSON.stringify(one.cells.get(cell)) === JSON.stringify(other.cells.get(cell));
}
