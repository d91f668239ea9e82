import type { Sqlite } from "../../shared/node/sqlite.ts";
import type { SeqRange } from "../../shared/wire/names.ts";
import { intervalsOf } from "./intervals.ts";
import { openLastSeq } from "./opening.ts";
import { MOST_SEQ, partsOf } from "./schema.ts";

/** What stands on the disk around frames that are missing there. */
export interface Neighbours {
  /** Keys from this one on that were given and are no row, in no span and not noted as gone; null where this one is none. */
  missingFrom(key: number): SeqRange | null;
  /** When the nearest frames before and behind closed, ms UTC; when their run began where there is none. */
  timesAround(range: SeqRange): number[];
}

export function openNeighbours(db: Sqlite): Neighbours {
  const lastSeq = openLastSeq(db);
  const gone = intervalsOf(db, "gone");
  const next = db
    .prepare<{ from: number; to: number }, number | null>(
      `select min(key) from (select min(key) as key from frame where key between @from and @to
       union all select min(first) from span where first between @from and @to
       union all select min(first) from gone where first between @from and @to)`,
    )
    .pluck();
  const isRow = db.prepare<[number], number>("select 1 from frame where key = ?").pluck();
  const inSpan = db.prepare<[number, number], number>("select 1 from span where first <= ? and last >= ?").pluck();
  const before = db
    .prepare<[number, number, number, number], number | null>(
      `select max(at) from (select at from (select at from frame where key between ? and ? order by key desc limit 1)
       union all select at from (select to_at as at from span where first between ? and ? order by first desc limit 1))`,
    )
    .pluck();
  const after = db
    .prepare<[number, number, number, number], number | null>(
      `select min(at) from (select at from (select at from frame where key between ? and ? order by key limit 1)
       union all select at from (select from_at as at from span where first between ? and ? order by first limit 1))`,
    )
    .pluck();
  const began = db.prepare<[number], number>("select record ->> '$.startedAt' from epoch where no = ?").pluck();

  return {
    missingFrom(key) {
      const { base } = partsOf(key);
      const last = base + lastSeq(base);
      const there = isRow.get(key) !== undefined || inSpan.get(key, key) !== undefined;
      if (key > last || there || gone.within(key, key).length > 0) return null;
      return { first: key, last: (next.get({ from: key + 1, to: last }) ?? last + 1) - 1 };
    },
    timesAround({ first, last }) {
      const { base, epochNo } = partsOf(first);
      const end = base + MOST_SEQ;
      const [from, to] = [before.get(base, first - 1, base, first - 1), after.get(last + 1, end, last + 1, end)];
      const known = [from, to].filter((at) => typeof at === "number");
      return known.length > 0 ? known : [began.get(epochNo) ?? 0];
    },
  };
}
