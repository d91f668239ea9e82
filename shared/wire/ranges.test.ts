import fc from "fast-check";
import { expect, test } from "vitest";
import { countOf, holds, intersection, minus, rangesOf, union } from "./ranges.ts";

const range = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 8 })).map(([first, length]) => ({
  first,
  last: first + length,
}));
const ranges = fc.array(range, { maxLength: 6 }).map(rangesOf);

function seqsOf(list: readonly { first: number; last: number }[]): Set<number> {
  return new Set(list.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, i) => first + i)));
}

test("sets of ranges behave like sets of seqs", () => {
  fc.assert(
    fc.property(ranges, ranges, (a, b) => {
      const [inA, inB] = [seqsOf(a), seqsOf(b)];
      expect(seqsOf(union(a, b))).toEqual(new Set([...inA, ...inB]));
      expect(seqsOf(minus(a, b))).toEqual(new Set([...inA].filter((seq) => !inB.has(seq))));
      expect(seqsOf(intersection(a, b))).toEqual(new Set([...inA].filter((seq) => inB.has(seq))));
      expect(countOf(a)).toBe(inA.size);
      for (let seq = 1; seq < 50; seq++) expect(holds(a, seq)).toBe(inA.has(seq));
    }),
  );
});

test("ranges neither overlap nor touch, and are in order", () => {
  fc.assert(
    fc.property(ranges, ranges, (a, b) => {
      for (const set of [union(a, b), minus(a, b)])
        for (const [i, each] of set.entries()) {
          expect(each.first).toBeLessThanOrEqual(each.last);
          expect((set[i + 1]?.first ?? Number.POSITIVE_INFINITY) - each.last).toBeGreaterThan(1);
        }
    }),
  );
});

test("what is taken away, and from what, may come in any order and overlap", () => {
  fc.assert(
    fc.property(fc.array(range, { maxLength: 6 }), fc.array(range, { maxLength: 6 }), (a, b) => {
      expect(minus(a, b)).toEqual(minus(rangesOf(a), rangesOf(b)));
    }),
  );
});
