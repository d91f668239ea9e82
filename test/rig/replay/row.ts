import { EMPTY, SHOWN, TEXT } from "../faults/sensor.ts";
import type { Cells } from "./csv.ts";
import type { Column, RecordType, ReplayMap } from "./map.ts";
import { timeOf } from "./time.ts";

/** What a cell says, for the ledger: a number in the unit that is served, one that stands for "no value", NAN, an infinity, nothing, or a text that is no number. */
export type Told = number | { sentinel: number } | "nan" | "infinite" | "-infinite" | "empty" | "text";

/** One row of the file, ready to be served. */
export interface Row {
  record: RecordType;
  /** Epoch ms, NaN where the row tells none. */
  time: number;
  /** In the unit that is served, by position in the record's columns; NaN where the cell has no number, a sentinel as it is. */
  values: number[];
  /** The same as the registers have it. */
  raw: number[];
  /** SHOWN, EMPTY (nothing in the cell) or TEXT (something that is no number, and not NAN), by position. */
  missing: number[];
  /** The same for the ledger, by position. */
  told: Told[];
}

/** What a row is; undefined where it fits no record type. */
export function rowOf(cells: Cells, map: ReplayMap): Row | undefined {
  const record = map.records.find((one) => fits(cells, one));
  if (!record) return undefined;
  const read = record.columns.map((column) => cellOf(cells, column, map.sentinels));
  return {
    record,
    time: timeOf(map.time.columns.map((name) => cells.get(name) ?? "").join(" "), map.time),
    values: read.map((cell) => cell.value),
    raw: read.map((cell) => cell.raw),
    missing: read.map((cell) => cell.missing),
    told: read.map((cell) => cell.told),
  };
}

function fits(cells: Cells, { when }: RecordType): boolean {
  if ("equals" in when) return cells.get(when.column) === when.equals;
  return when.filled.every((name) => (cells.get(name) ?? "") !== "");
}

interface CellRead {
  value: number;
  raw: number;
  missing: number;
  told: Told;
}

function cellOf(cells: Cells, { column, scale, offset, register }: Column, sentinels: number[]): CellRead {
  const text = cells.get(column) ?? "";
  const number = Number(text);
  const none = (missing: number, told: Told) => ({ value: Number.NaN, raw: Number.NaN, missing, told });
  if (text === "") return none(EMPTY, "empty");
  if (/^[+-]?nan$/i.test(text)) return none(SHOWN, "nan");
  if (Number.isNaN(number)) return none(TEXT, "text");
  if (sentinels.includes(number))
    return { value: number, raw: fitting(number, register.type), missing: SHOWN, told: { sentinel: number } };
  const value = number * scale + offset;
  return { value, raw: value / register.scale, missing: SHOWN, told: toldOf(value) };
}

function toldOf(value: number): Told {
  return Number.isFinite(value) ? value : value > 0 ? "infinite" : "-infinite";
}

/** A sentinel as a register shows it: one with a fraction is no number to an integer register. */
function fitting(sentinel: number, type: Column["register"]["type"]): number {
  return Number.isInteger(sentinel) || type.startsWith("float") ? sentinel : Number.NaN;
}
