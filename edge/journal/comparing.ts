import type { Sqlite } from "../../shared/node/sqlite.ts";
import type { Checksum, SeqRange } from "../../shared/wire/names.ts";
import { countOf, minus, union } from "../../shared/wire/ranges.ts";
import { intervalsOf } from "./intervals.ts";
import { openLastSeq } from "./opening.ts";
import { partsOf } from "./schema.ts";
import { openSpanFrames } from "./span-frames.ts";
import { openSpans } from "./spans.ts";
import { unlessBroken } from "./unless-broken.ts";

/** Compares intervals of keys with what the cloud says of them. Calls belong inside a transaction. */
export interface Comparing {
  /** The sum over all frames, of those that are gone what they had; null where one was never here, or is gone together with others outside. */
  sum(keys: readonly SeqRange[]): Checksum | null;
  /** The parts of an interval that the disk still has. */
  kept(keys: SeqRange): SeqRange[];
  /** Smaller intervals that can be summed and of which the disk still has frames; none where these are as small as can be. */
  parts(keys: readonly SeqRange[]): SeqRange[];
}

export function openComparing(db: Sqlite): Comparing {
  const spans = openSpans(db);
  const spanFrames = openSpanFrames(db);
  const gone = intervalsOf(db, "gone");
  const lastSeq = openLastSeq(db);
  type Sum = { frames: number; a: number; b: number };
  const total = (table: string, frames: string, where: string) =>
    db.prepare<[number, number], Sum>(
      `select ${frames} as frames, coalesce(sum(a), 0) as a, coalesce(sum(b), 0) as b from ${table} where ${where}`,
    );
  const lengths = "coalesce(sum(last - first + 1), 0)";
  const within = "first >= ? and last <= ?";
  const all = [total("frame", "count(*)", "key between ? and ?"), total("gone", lengths, within)];
  const wholeGone = db.prepare<[number, number], SeqRange>(
    `select first, last from gone where ${within} order by first`,
  );

  /** The sums of what lies in spans; null where one does not read. */
  function packed({ first, last }: SeqRange): Sum[] | null {
    const found: Sum[] = [];
    for (const span of spans.touching(first, last)) {
      const [from, to] = [Math.max(first, span.first), Math.min(last, span.last)];
      const isWhole = from === span.first && to === span.last;
      const sum = isWhole ? span : unlessBroken(() => spanFrames.sum(span, from, to));
      if (sum === null) return null;
      found.push({ frames: to - from + 1, a: sum.a, b: sum.b });
    }
    return found;
  }

  function kept({ first, last }: SeqRange): SeqRange[] {
    const { base } = partsOf(first);
    const end = Math.min(last, base + lastSeq(base));
    return first > end ? [] : minus([{ first, last: end }], gone.within(first, end));
  }

  /** Cut in the middle, or beside the frames that went together there. */
  function halves({ first, last }: SeqRange): SeqRange[] {
    if (first === last) return [];
    let cut = Math.floor((first + last) / 2);
    const [here] =
      gone.within(cut, cut + 1).length === 0
        ? []
        : wholeGone.all(first, last).filter((each) => each.first <= cut && each.last > cut);
    if (here !== undefined) cut = here.last < last ? here.last : here.first - 1;
    if (cut < first) return [];
    return [
      { first, last: cut },
      { first: cut + 1, last },
    ];
  }

  return {
    kept,
    sum(keys) {
      let [a, b] = [0, 0];
      for (const { first, last } of keys) {
        const inSpans = packed({ first, last });
        if (inSpans === null) return null;
        let missing = last - first + 1;
        for (const part of [...all.map((statement) => statement.get(first, last)), ...inSpans]) {
          missing -= part?.frames ?? 0;
          a = (a + (part?.a ?? 0)) % 2 ** 32;
          b = (b + (part?.b ?? 0)) % 2 ** 32;
        }
        if (missing !== 0) return null;
      }
      return { a, b };
    },
    parts(keys) {
      const known = keys.flatMap((range) => union(kept(range), wholeGone.all(range.first, range.last)));
      const [only] = keys;
      const isWhole = keys.length === 1 && only !== undefined && countOf(known) === countOf(keys);
      return (isWhole ? halves(only) : known).filter((part) => kept(part).length > 0);
    },
  };
}
