import { gzipSync } from "node:zlib";
import type { Series } from "./series.ts";

/** Bytes of the rows `first` to `last` as JSON columns (times as differences, values as the file has them) with gzip: what a user would send otherwise. */
export function jsonGzipBytes(series: Series, rows: readonly number[]): number {
  const columns = Object.fromEntries(
    series.tags.map(({ name }, tag) => [name, rows.map((row) => series.raw(tag, row))]),
  );
  const dt = rows.map((_, i) => (i === 0 ? series.start : 1_000));
  return gzipSync(JSON.stringify({ dt, columns })).length;
}
