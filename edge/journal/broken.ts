import type { GapEvent } from "../../shared/domain/event.ts";
import type { Id } from "../../shared/domain/id.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { noChecksum } from "../../shared/wire/checksum.ts";
import type { SeqRange, Stream } from "../../shared/wire/names.ts";
import { minus } from "../../shared/wire/ranges.ts";
import type { GoneRange } from "./frames.ts";
import { gapOf, goneRanges, openGone } from "./gone.ts";
import { intervalsOf } from "./intervals.ts";
import { openNeighbours } from "./neighbours.ts";
import { baseOf, epochNumbers } from "./schema.ts";
import { openSpanFrames } from "./span-frames.ts";
import { openSpans, type SpanRow } from "./spans.ts";
import { unlessBroken } from "./unless-broken.ts";

/** A frame by its name. */
export interface FrameName {
  epoch: Id;
  stream: Stream;
  seq: number;
}

/** Frames that were taken out, and what is to be said of those that were owed. */
export interface TakenOut {
  gone: GoneRange[];
  gaps: GapEvent[];
}

/** Frames that the disk did not keep. Calls belong inside a transaction. */
export interface Broken {
  /**
   * Takes out a frame whose bits have changed, with it the whole span where it is packed, or that is missing, with those that are missing behind it.
   * What there is of it is kept aside: the newest hundred frames, the newest ten spans. Nothing comes of a frame that is gone already.
   */
  takeOut(key: number): TakenOut;
  /** Notes frames as gone that were given and are nowhere. */
  lose(keys: SeqRange): TakenOut;
  /** What went when this frame was taken out; nothing if it was not. */
  takenOut(key: number): GoneRange[];
  keyOf(frame: FrameName): number;
}

const FRAMES_ASIDE = 100;
const SPANS_ASIDE = 10;

interface Row {
  at: number;
  count: number;
  a: number;
  b: number;
  owed: number;
}

export function openBroken(db: Sqlite): Broken {
  const numbers = epochNumbers(db);
  const [freed, gone] = [intervalsOf(db, "freed"), intervalsOf(db, "gone")];
  const noteGone = openGone(db);
  const named = goneRanges(db);
  const spans = openSpans(db);
  const spanFrames = openSpanFrames(db);
  const neighbours = openNeighbours(db);
  const aside = db.prepare(
    // A damaged page may give a number as something else.
    `insert into broken (key, at, count, a, b, owed, body)
     select key, ${["at", "count", "a", "b"].map((column) => `iif(typeof(${column}) = 'integer', ${column}, 0)`).join(", ")}, ?, coalesce(cast(body as blob), x'') from frame where key = ?`,
  );
  const remove = db.prepare("delete from frame where key = ?");
  const find = db.prepare<[number], Row>("select at, count, a, b, owed from broken where key = ?");
  const forget = db.prepare("delete from broken where no <= (select max(no) from broken) - ?");
  const spanAside = db.prepare(
    "insert or replace into broken_span (first, last, dictionary, body) select first, last, dictionary, body from span where first = ?",
  );
  const partsAside = db.prepare(
    "insert or replace into broken_part (span, tag, body) select span, tag, body from part where span = ?",
  );
  const oldSpans = db
    .prepare<[number], number>("select first from broken_span order by first desc limit -1 offset ?")
    .pluck();
  const forgetSpan = db.prepare("delete from broken_span where first = ?");
  const forgetParts = db.prepare("delete from broken_part where span = ?");
  const spanOf = db.prepare<[number], SeqRange>(
    "select first, last from broken_span where first <= ? order by first desc limit 1",
  );

  function takeRow(key: number): TakenOut | null {
    const owed = freed.within(key, key).length === 0;
    if (aside.run(owed ? 1 : 0, key).changes === 0) return null;
    const row = find.get(key);
    if (row === undefined) return null;
    remove.run(key);
    noteGone(key, key, row, owed);
    forget.run(FRAMES_ASIDE);
    const range = named({ first: key, last: key }, owed ? Uint32Array.of(row.a, row.b) : null);
    return { gone: [range], gaps: owed ? [gapOf(range, [row.at], row.count, "storage failed")] : [] };
  }

  function takeSpan(span: SpanRow): TakenOut {
    // One that reads is not broken: who said so was wrong.
    if (unlessBroken(() => spanFrames.sums(span)) !== null) return { gone: [], gaps: [] };
    spanAside.run(span.first);
    partsAside.run(span.first);
    for (const first of oldSpans.all(SPANS_ASIDE)) {
      forgetSpan.run(first);
      forgetParts.run(first);
    }
    spans.remove(span);
    return note(span, [span.fromAt, span.toAt]);
  }

  /** Of frames that are no row, in no span and not noted as gone. */
  function takeMissing(key: number): TakenOut {
    const range = neighbours.missingFrom(key);
    return range === null ? { gone: [], gaps: [] } : note(range, neighbours.timesAround(range));
  }

  /** Notes frames as gone that nobody can sum up any more; their times are bounds. */
  function note(keys: SeqRange, times: readonly number[]): TakenOut {
    const taken: TakenOut = { gone: [], gaps: [] };
    const free = freed.within(keys.first, keys.last);
    for (const { first, last } of free) {
      noteGone(first, last, noChecksum, false);
      taken.gone.push(named({ first, last }, null));
    }
    for (const { first, last } of minus([keys], free)) {
      noteGone(first, last, noChecksum, true);
      const range = named({ first, last }, null);
      taken.gone.push(range);
      taken.gaps.push(gapOf(range, times, null, "storage failed"));
    }
    return taken;
  }

  return {
    takeOut(key) {
      const row = takeRow(key);
      if (row !== null) return row;
      const span = spans.at(key);
      return span === undefined ? takeMissing(key) : takeSpan(span);
    },
    lose: (keys) => note(keys, neighbours.timesAround(keys)),
    takenOut(key) {
      const row = find.get(key);
      if (row !== undefined)
        return [named({ first: key, last: key }, row.owed === 1 ? Uint32Array.of(row.a, row.b) : null)];
      const span = spanOf.get(key);
      const { first, last } = span !== undefined && span.last >= key ? span : { first: key, last: key };
      return gone.within(first, last).map((range) => named(range, null));
    },
    keyOf: ({ epoch, stream, seq }) => baseOf(numbers.numberOf(epoch), stream) + seq,
  };
}
