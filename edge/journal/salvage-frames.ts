import { anchorsTold } from "../../shared/domain/anchors-told.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { decodeFrame, decodeFrameHead } from "../../shared/wire/frame.ts";
import type { SeqRange } from "../../shared/wire/names.ts";
import { minus } from "../../shared/wire/ranges.ts";
import { openAnchors } from "./anchors.ts";
import type { DamagedFile } from "./damaged-file.ts";
import { intervalsOf } from "./intervals.ts";
import { eventsIn } from "./salvage-epochs.ts";
import { bodyBytes, partsOf } from "./schema.ts";
import { isSealed } from "./seal.ts";
import { unlessBroken } from "./unless-broken.ts";

interface FrameRow {
  key: number;
  at: number;
  count: number;
  a: number;
  b: number;
  body: Buffer;
  seal: number | null;
}
interface SpanRow extends SeqRange {
  from_at: number;
  to_at: number;
  a: number;
  b: number;
  dictionary: string;
  body: Buffer;
  seal: number | null;
}
interface PartRow {
  span: number;
  tag: number;
  body: Buffer;
  seal: number | null;
}

/** Frames of the stream that are no row, in no span and not noted as gone. */
export function missingIn(db: Sqlite, base: number, last: number): SeqRange[] {
  if (last <= base) return [];
  const rows = db
    .prepare<[number, number], number>("select key from frame where key between ? and ? order by key")
    .pluck();
  const spans = db.prepare<[number, number], SeqRange>(
    "select first, last from span where first between ? and ? order by first",
  );
  const there: SeqRange[] = spans.all(base + 1, last);
  for (const key of rows.iterate(base + 1, last)) {
    const before = there.at(-1);
    if (before !== undefined && before.last + 1 === key) before.last = key;
    else there.push({ first: key, last: key });
  }
  return minus([{ first: base + 1, last }], [...there, ...intervalsOf(db, "gone").within(base + 1, last)]);
}

/** Nobody can tell what the values of a frame are whose dictionary is lost. */
function openDefined(db: Sqlite): (dictionary: string) => boolean {
  const find = db.prepare<[string], number>("select 1 from definition where hash = ?").pluck();
  return (dictionary) => find.get(dictionary) !== undefined;
}

/** Says of which dictionary frames are from a key on. */
function openFrom(db: Sqlite): (key: number, dictionary: string) => void {
  const put = db.prepare("insert or replace into dictionary_from (key, hash) values (?, ?)");
  return (key, dictionary) => void put.run(key, dictionary);
}

/** Takes over the spans of a stream that are whole; gives how many frames each look found. */
export function* readSpans(db: Sqlite, file: DamagedFile, base: number, last: number): Generator<number> {
  const sql = `select first, last, from_at, to_at, a, b, dictionary, ${bodyBytes}, seal from span where first between ? and ? order by first`;
  const partSql = `select span, tag, ${bodyBytes}, seal from part where span = ? and tag between ? and ? order by tag`;
  const put = db.prepare(
    "insert into span (first, last, from_at, to_at, a, b, dictionary, body, seal) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const putPart = db.prepare("insert into part (span, tag, body, seal) values (?, ?, ?, ?)");
  const from = openFrom(db);
  const isDefined = openDefined(db);
  const isUnknown = ({ first, last }: SeqRange): boolean => {
    const [missing] = missingIn(db, first - 1, last);
    return missing?.first === first && missing.last === last;
  };
  for (let next = base + 1; next <= last; ) {
    const { rows, upTo } = file.between<SpanRow>(sql, next, last, ({ first }) => first);
    let read = 0;
    for (const row of rows) {
      if (!isSealed(row.seal, [row.first, row.last, row.from_at, row.to_at, row.a, row.b, row.dictionary], row.body))
        continue;
      if (row.last > last || !isUnknown(row) || !isDefined(row.dictionary)) continue;
      const parts = file.parts<PartRow>(partSql, row.first);
      if (parts === null || !parts.every(({ span, tag, body, seal }) => isSealed(seal, [span, tag], body))) continue;
      put.run(row.first, row.last, row.from_at, row.to_at, row.a, row.b, row.dictionary, row.body, row.seal);
      for (const { span, tag, body, seal } of parts) putPart.run(span, tag, body, seal);
      from(row.first, row.dictionary);
      read += row.last - row.first + 1;
    }
    next = upTo + 1;
    yield read;
  }
}

/** Takes over the rows of a stream that are whole and not there yet; gives how many each look found. */
export function* readFrames(db: Sqlite, file: DamagedFile, base: number, last: number): Generator<number> {
  const { stream } = partsOf(base);
  const sql = `select key, at, count, a, b, ${bodyBytes}, seal from frame where key between ? and ? order by key`;
  const put = db.prepare("insert into frame (key, at, count, a, b, body, seal) values (?, ?, ?, ?, ?, ?, ?)");
  const isDefined = openDefined(db);
  const from = openFrom(db);
  const thinned = intervalsOf(db, "thinned");
  const anchors = openAnchors(db);
  const boot = db
    .prepare<[number], string | null>("select record ->> '$.boot' from epoch where no = ?")
    .pluck()
    .get(partsOf(base).epochNo);
  for (const { first, last: end } of missingIn(db, base, last)) {
    for (let next = first; next <= end; ) {
      const { rows, upTo } = file.between<FrameRow>(sql, next, end, ({ key }) => key);
      let read = 0;
      let before: { key: number; dictionary: string } | null = null;
      for (const { key, at, count, a, b, body, seal } of rows) {
        if (!isSealed(seal, [key, at, count, a, b])) continue;
        if (stream === "events") {
          const events = eventsIn(body);
          if (events === null) continue;
          // Its frames lie where that put them.
          const told = anchorsTold(events, decodeFrameHead(body));
          if (typeof boot === "string") for (const anchor of told) anchors.put(boot, anchor);
        } else {
          const frame = unlessBroken(() => decodeFrame(body));
          if (frame === null) continue;
          const { dictionary } = frame;
          if (!isDefined(dictionary)) continue;
          if (frame.thinned !== null) thinned.add(key, key);
          if (before?.key !== key - 1 || before.dictionary !== dictionary) from(key, dictionary);
          before = { key, dictionary };
        }
        put.run(key, at, count, a, b, body, seal);
        read += 1;
      }
      next = upTo + 1;
      yield read;
    }
  }
}
