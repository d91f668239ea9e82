import type { Statement } from "better-sqlite3";
import { isDamaged } from "../../shared/node/disk-errors.ts";
import type { SeqRange } from "../../shared/wire/names.ts";

/** Rows of a table by their keys, as far as its pages can be read, and the keys behind which none could. */
export interface ReadableRows<Row> {
  rows: Row[];
  unread: SeqRange[];
}

/**
 * Reads the rows with keys `first` to `last`; a damaged page costs its own rows, not those behind it. Keys up to `given` were given once: where they do
 * not read they are told. Beyond, where nothing says that there is more, rows come up to the first damage.
 */
export function readableRows<Row>(
  select: Statement<[number, number], Row>,
  { first, last, given }: SeqRange & { given: number },
): ReadableRows<Row> {
  const found: ReadableRows<Row> = { rows: [], unread: [] };
  const bound = Math.min(last, Math.max(given, first - 1));
  if (bound >= first) readParts(select, first, bound, found);
  unlessDamaged(() => {
    for (const row of select.iterate(bound + 1, last)) found.rows.push(row);
  });
  return found;
}

function readParts<Row>(
  select: Statement<[number, number], Row>,
  first: number,
  last: number,
  into: ReadableRows<Row>,
): void {
  const rows = unlessDamaged(() => select.all(first, last));
  if (rows !== null) for (const row of rows) into.rows.push(row);
  else if (first === last) into.unread.push({ first, last });
  else {
    const middle = Math.floor((first + last) / 2);
    readParts(select, first, middle, into);
    readParts(select, middle + 1, last, into);
  }
}

function unlessDamaged<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (isDamaged(error)) return null;
    throw error;
  }
}
