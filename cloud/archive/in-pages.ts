import type { Sqlite } from "../../shared/node/sqlite.ts";

/** Columns that name a row of a table whose rows are small, in the order in which they lie. */
const keys = {
  event_frame: ["epoch", "seq"],
  event: ["no"],
  alarm: ["rig", "alarm"],
  latest: ["epoch", "version"],
  frame_run: ["epoch", "first"],
  thinned_run: ["epoch", "first"],
  damage: ["epoch", "first", "last"],
  dating: ["rig", "epoch", "first"],
  span: ["key"],
  tail: ["no"],
  tag_version: ["no"],
} as const;
export type PagedTable = keyof typeof keys;

type Key = readonly (number | string)[];

/** Rows that one step reads at most, and about how many bytes they are. */
const MANY = 2_000;
const PAGE_BYTES = 65_536;

/**
 * Whether each row of a table, here called t, is as `right` says in SQL; tells `wrong` once a page where one is not, or where the rows do not lie
 * in their order. Each step gives about how many bytes it read.
 */
export function* inPages(db: Sqlite, table: PagedTable, right: string, wrong: () => void): Generator<number> {
  const columns = keys[table];
  const names = columns.join(", ");
  const page = (from: string) =>
    db.prepare<unknown[], [...Key, number]>(
      `select ${names}, ${right} from ${table} t not indexed ${from} order by ${names} limit ${MANY}`,
    );
  const first = page("").raw();
  const next = page(`where (${names}) > (${columns.map(() => "?").join(", ")})`).raw();
  for (let before: Key | null = null; ; ) {
    const rows: (readonly (number | string)[])[] = before === null ? first.all() : next.all(...before);
    if (rows.some((row) => row[columns.length] !== 1)) wrong();
    yield PAGE_BYTES;
    const last = rows.at(-1)?.slice(0, columns.length);
    if (last === undefined) return;
    // Where a key rotted, SQLite goes on from the wrong place: one would read in a circle.
    if (before !== null && !isBehind(last, before)) return wrong();
    before = last;
  }
}

function isBehind(key: Key, before: Key): boolean {
  for (const [i, part] of key.entries()) {
    const other = before[i] ?? 0;
    if (part !== other) return part > other;
  }
  return false;
}
