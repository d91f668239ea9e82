import { EMPTY, SHOWN, TEXT } from "../faults/sensor.ts";
import type { Cells } from "./csv.ts";
import type { Column, RecordType, ReplayMap } from "./map.ts";
import { timeOf } from "./time.ts";

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
  };
}

function fits(cells: Cells, { when }: RecordType): boolean {
  if ("equals" in when) return cells.get(when.column) === when.equals;
  return when.filled.every((name) => (cells.get(name) ?? "") !== "");
}

function cellOf(cells: Cells, { column, scale, offset, register }: Column, sentinels: number[]) {
  const text = cells.get(column) ?? "";
  const number = Number(text);
  const same = (value: number, missing: number) => ({ value, raw: value, missing });
  if (text === "") return same(Number.NaN, EMPTY);
  if (/^[+-]?nan$/i.test(text)) return same(Number.NaN, SHOWN);
  if (Number.isNaN(number)) return same(Number.NaN, TEXT);
  if (sentinels.includes(number)) return { value: number, raw: fitting(number, register.type), missing: SHOWN };
  const value = number * scale + offset;
  return { value, raw: value / register.scale, missing: SHOWN };
}

/** A sentinel as a register shows it: one with a fraction is no number to an integer register. */
function fitting(sentinel: number, type: Column["register"]["type"]): number {
  return Number.isInteger(sentinel) || type.startsWith("float") ? sentinel : Number.NaN;
}
