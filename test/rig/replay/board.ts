import { type Image, openImage } from "../modbus/image.ts";
import type { Entry } from "../modbus/map.ts";
import { entriesOf, type ReplayMap } from "./map.ts";
import type { Row } from "./row.ts";

/** What the last row of each record type shows, as registers and as values. */
export interface Board {
  entries: readonly Entry[];
  /** "RECORD.count", "RECORD.time", "RECORD.row", "RECORD.TAG" of each record type. */
  columns: readonly string[];
  image: Image;
  /** In the units that are served; by position in `columns`. NaN before the first row. */
  values: Float64Array;
  missing: Uint8Array;
  /** Puts a row up, all of it at once; returns how many of its type there were. */
  show(row: Row, number: number): number;
  /** How many rows of a type were shown, and the number of the last one in the file. */
  shownOf(record: string): { count: number; row: number };
}

export function openBoard(map: ReplayMap): Board {
  const entries = entriesOf(map);
  const columns = entries.map((entry) => entry.column);
  const position = new Map(columns.map((column, i) => [column, i]));
  const image = openImage(entries, columns);
  const values = new Float64Array(columns.length).fill(Number.NaN);
  const raw = new Float64Array(columns.length).fill(Number.NaN);
  const missing = new Uint8Array(columns.length);
  const shown = new Map(map.records.map(({ name }) => [name, { count: 0, row: 0 }]));

  function put(column: string, value: number, rawValue = value, mark = 0): void {
    const i = position.get(column);
    if (i === undefined) throw new Error(`replay: no column "${column}"`);
    values[i] = value;
    raw[i] = rawValue;
    missing[i] = mark;
  }
  function shownOf(record: string): { count: number; row: number } {
    return shown.get(record) ?? { count: 0, row: 0 };
  }

  for (const { name } of map.records) for (const counter of ["count", "row"]) put(`${name}.${counter}`, 0);
  image.show(raw, missing);
  return {
    entries,
    columns,
    image,
    values,
    missing,
    shownOf,
    show({ record, time, values: own, raw: ownRaw, missing: marks }, number) {
      const count = shownOf(record.name).count + 1;
      shown.set(record.name, { count, row: number });
      put(`${record.name}.count`, count);
      put(`${record.name}.time`, time);
      put(`${record.name}.row`, number);
      for (const [i, { tag }] of record.columns.entries())
        put(`${record.name}.${tag}`, own[i] ?? 0, ownRaw[i], marks[i]);
      image.show(raw, missing);
      return count;
    },
  };
}
