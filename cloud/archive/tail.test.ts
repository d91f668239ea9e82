import fc from "fast-check";
import { expect, test } from "vitest";
import { countOf, holds, intersection } from "../../shared/wire/ranges.ts";
import { seqsOf, seqsOnce } from "./tail.ts";

const row = fc.record({
  epoch: fc.integer({ min: 1, max: 2 }),
  first: fc.integer({ min: 1, max: 40 }),
  count: fc.integer({ min: 1, max: 12 }),
  isWhole: fc.boolean(),
});

test("a frame that waits in several batches counts in the one that landed last", () => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 12 }), (shape) => {
      const rows = shape.map(({ epoch, first, count, isWhole }) => {
        const last = first + count - 1;
        const counts = JSON.stringify([{ first, last: first }, ...(count > 2 ? [{ first: last, last }] : [])]);
        return { epoch, first, last, counts: isWhole ? null : counts };
      });
      const once = seqsOnce(rows);
      for (const epoch of [1, 2])
        for (let seq = 1; seq <= 60; seq++) {
          const has = (i: number) => rows[i]?.epoch === epoch && holds(seqsOf(rows[i]), seq);
          const newest = rows.findLastIndex((_, i) => has(i));
          const counting = rows.flatMap((each, i) => (each.epoch === epoch && holds(once[i] ?? [], seq) ? [i] : []));
          expect(counting).toEqual(newest < 0 ? [] : [newest]);
        }
      for (const [i, ranges] of once.entries())
        expect(countOf(intersection(ranges, rows[i] === undefined ? [] : seqsOf(rows[i])))).toBe(countOf(ranges));
    }),
  );
});
