import type { Id } from "../../shared/domain/id.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import type { SeqRange } from "../../shared/wire/names.ts";
import { rangesOf } from "../../shared/wire/ranges.ts";
import { decodeSpan } from "../../shared/wire/span.ts";
import { epochNumbers, partsOf } from "./schema.ts";
import { openSpans } from "./spans.ts";
import { unlessBroken } from "./unless-broken.ts";

/** Consecutive frames of telemetry of one epoch. */
export interface NamedFrames extends SeqRange {
  epoch: Id;
}

/** Finds the telemetry on the disk that closed in a span (ms UTC, ends included), owed or not, as rows and packed. */
export function openClosedBetween(db: Sqlite): (from: number, to: number) => NamedFrames[] {
  const numbers = epochNumbers(db);
  const spans = openSpans(db);
  const rows = db
    .prepare<[number, number], number>(
      "select key from frame where at between ? and ? and (key / 4294967296) % 2 = 0 order by key",
    )
    .pluck();

  function packed(from: number, to: number): SeqRange[] {
    return spans.between(from, to).flatMap((span) => {
      const { first, last, fromAt, toAt } = span;
      if (fromAt >= from && toAt <= to) return [{ first, last }];
      const times = unlessBroken(() => decodeSpan(spans.body(span)).table.times.receivedAt) ?? [];
      return Array.from(times).flatMap((at, i) =>
        at >= from && at <= to ? [{ first: first + i, last: first + i }] : [],
      );
    });
  }

  return (from, to) => {
    const keys: SeqRange[] = [];
    for (const key of rows.iterate(from, to)) {
      const before = keys.at(-1);
      if (before !== undefined && before.last + 1 === key) before.last = key;
      else keys.push({ first: key, last: key });
    }
    return rangesOf([...keys, ...packed(from, to)]).map(({ first, last }) => {
      const { epochNo, seq } = partsOf(first);
      return { epoch: numbers.epochOf(epochNo), first: seq, last: seq + last - first };
    });
  };
}
