import type { Id } from "../../shared/domain/id.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { decodeFrameHead } from "../../shared/wire/frame.ts";
import { frameTimeAt } from "../../shared/wire/frame-table.ts";
import type { SeqRange } from "../../shared/wire/names.ts";
import { rangesOf } from "../../shared/wire/ranges.ts";
import { decodeSpan } from "../../shared/wire/span.ts";
import { openAnchors } from "./anchors.ts";
import { bodyBytes, epochNumbers, ofTelemetry, partsOf } from "./schema.ts";
import { openSpans, type SpanRow } from "./spans.ts";
import { unlessBroken } from "./unless-broken.ts";

/** Consecutive frames of telemetry of one epoch. */
export interface NamedFrames extends SeqRange {
  epoch: Id;
}

/**
 * Finds the telemetry on the disk that closed in a span (ms UTC, ends included), owed or not, as rows and packed: by the time that history gives it. What
 * is undated is in no span; what the disk did not keep as it was written is found by the row that names it.
 */
export function openClosedBetween(db: Sqlite): (from: number, to: number) => NamedFrames[] {
  const numbers = epochNumbers(db);
  const spans = openSpans(db);
  const anchors = openAnchors(db);
  // What stands before a frame's content is shorter than that.
  const rows = db.prepare<[number, number], { key: number; body: Uint8Array }>(
    `select key, substr(body, 1, 64) as body from (select key, ${bodyBytes} from frame
     where at between ? and ? and ${ofTelemetry}) order by key`,
  );

  function packed(from: number, to: number, span: SpanRow): SeqRange[] {
    const { first, last, fromAt, toAt } = span;
    const times = unlessBroken(() => decodeSpan(spans.body(span)).table.times);
    if (times === null) return fromAt >= from && toAt <= to ? [{ first, last }] : [];
    return Array.from(times.receivedAt).flatMap((_, i) => {
      const at = anchors.closedAt(first + i, frameTimeAt(times, i));
      return at !== null && at >= from && at <= to ? [{ first: first + i, last: first + i }] : [];
    });
  }

  return (from, to) => {
    anchors.forget();
    const keys: SeqRange[] = [];
    for (const { key, body } of rows.iterate(from, to)) {
      const head = unlessBroken(() => decodeFrameHead(body));
      if (head !== null && anchors.closedAt(key, head) === null) continue;
      const before = keys.at(-1);
      if (before !== undefined && before.last + 1 === key) before.last = key;
      else keys.push({ first: key, last: key });
    }
    const found = spans.between(from, to).flatMap((span) => packed(from, to, span));
    return rangesOf([...keys, ...found]).map(({ first, last }) => {
      const { epochNo, seq } = partsOf(first);
      return { epoch: numbers.epochOf(epochNo), first: seq, last: seq + last - first };
    });
  };
}
