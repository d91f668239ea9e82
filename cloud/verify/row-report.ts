import { BAD, GOOD } from "../../shared/domain/reading.ts";
import type { TagVersion } from "../../shared/domain/tag.ts";
import { type StoredCell, wrongWith } from "./cells.ts";
import { noneUnstored, type Unstored } from "./excuses.ts";
import type { LedgerRow, Told } from "./ledger.ts";

/** The rows of one record type, as one device's tags have them stored. */
export interface RowReport extends Unstored {
  device: string;
  record: string;
  /** Rows that the rig put up, and how many of them are stored. */
  rows: number;
  stored: number;
  /** Changes that are stored more often than they were told, and readings that no row explains. */
  doubled: number;
  foreign: number;
  /** Cells of stored rows by what they said and how they are stored, "sentinel: bad, null sentinel" and the like. */
  cells: Record<string, number>;
  /** Cells of stored rows that were thinned out within their bound; without a reading of their own for no such reason; and readings of a cell that are not what they must be, the first few in words. */
  cellsThinned: number;
  cellsMissing: number;
  cellsWrong: number;
  wrong: string[];
  /** Values of the record that no tag of the device reads. */
  unread: string[];
}

export function emptyReport(device: string, record: string, rows: number): RowReport {
  return {
    device,
    record,
    rows,
    stored: 0,
    doubled: 0,
    foreign: 0,
    ...noneUnstored(),
    cells: {},
    cellsThinned: 0,
    cellsMissing: 0,
    cellsWrong: 0,
    wrong: [],
    unread: [],
  };
}

/** What became of cells; a part of a report. */
export type CellTally = Pick<RowReport, "cells" | "cellsWrong" | "wrong">;

const EXAMPLES = 5;

/** Counts a stored reading of a cell, and says so where it is not what it must be. `first` is false for a cell that was counted already. */
export function tally(
  into: CellTally,
  row: LedgerRow,
  cell: string,
  stored: StoredCell,
  version: TagVersion,
  first: boolean,
): void {
  const told = row.cells.get(cell) ?? "empty";
  const wrong = wrongWith(told, stored, version);
  if (wrong !== null) {
    into.cellsWrong++;
    if (into.wrong.length < EXAMPLES) into.wrong.push(`${row.record} ${row.count} ${version.name} ${wrong}`);
  }
  if (!first) return;
  const { quality, reason } = stored;
  const how = quality === GOOD ? "good" : `${quality === BAD ? "bad" : "uncertain"}, ${reason}`;
  const key = `${wordOf(told)}: ${how}`;
  into.cells[key] = (into.cells[key] ?? 0) + 1;
}

function wordOf(told: Told): string {
  return typeof told === "number" ? "number" : typeof told === "object" ? "sentinel" : told;
}
