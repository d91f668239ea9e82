import fc from "fast-check";
import { expect, test } from "vitest";
import { type Item, type PlanLimits, piecesOf, planOf, type RegisterSpan, unreadable } from "./plan.ts";

const item = (tag: number, from: number, words = 1, unit = 1): Item => ({
  tag,
  unit,
  table: "holding",
  from,
  to: from + words,
});
const limits = (over: Partial<PlanLimits> = {}): PlanLimits => ({
  maxRegisters: 125,
  maxGap: 16,
  forbidden: [],
  ...over,
});

/** Fewest requests by trying every way to group the items; a group is valid by the words of the configuration. */
function exhaustive(items: readonly Item[], by: PlanLimits): number {
  const used = new Set(items.flatMap((one) => Array.from({ length: one.to - one.from }, (_, i) => one.from + i)));
  const valid = (group: readonly Item[]) => {
    const from = Math.min(...group.map((one) => one.from));
    const to = Math.max(...group.map((one) => one.to));
    if (to - from > by.maxRegisters) return false;
    let run = 0;
    for (let address = from; address < to; address++) {
      run = used.has(address) ? 0 : run + 1;
      if (run > by.maxGap || by.forbidden.some((span) => address >= span.from && address <= span.to)) return false;
    }
    return true;
  };
  let fewest = items.length;
  const place = (next: number, groups: Item[][]) => {
    if (groups.length >= fewest) return;
    const one = items[next];
    if (one === undefined) {
      if (groups.every(valid)) fewest = groups.length;
      return;
    }
    for (const group of groups) {
      group.push(one);
      place(next + 1, groups);
      group.pop();
    }
    place(next + 1, [...groups, [one]]);
  };
  place(0, []);
  return fewest;
}

test("a plan has as few requests as the best of all possible ones", () => {
  const some = fc.array(fc.record({ from: fc.nat(40), words: fc.constantFrom(1, 1, 2, 4) }), {
    minLength: 1,
    maxLength: 7,
  });
  const rules = fc.record({
    maxRegisters: fc.integer({ min: 4, max: 16 }),
    maxGap: fc.nat(6),
    forbidden: fc.array(
      fc
        .record({ from: fc.nat(44), length: fc.nat(3) })
        .map(({ from, length }) => ({ table: "holding" as const, from, to: from + length })),
      { maxLength: 2 },
    ),
  });
  fc.assert(
    fc.property(some, rules, (places, by) => {
      const all = places.map(({ from, words }, tag) => item(tag, from, words));
      const never = new Set(unreadable(all, by));
      const items = all.filter((one) => !never.has(one));
      // What can't be read is no register that may be read along either.
      expect(planOf(items, by).length).toBe(items.length === 0 ? 0 : exhaustive(items, by));
    }),
    { numRuns: 300 },
  );
});

test("every readable item lies whole in exactly one request, which keeps to length, gaps and forbidden spans", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({ from: fc.nat(3_000), words: fc.constantFrom(1, 2, 4), unit: fc.integer({ min: 1, max: 2 }) }),
        { maxLength: 200 },
      ),
      (places) => {
        const by = limits({ forbidden: [{ table: "holding", from: 1_000, to: 1_030 }] });
        const items = places.map(({ from, words, unit }, tag) => item(tag, from, words, unit));
        const spans = planOf(items, by);
        const read = spans.flatMap((span) => span.items.map((one) => one.tag)).toSorted((a, b) => a - b);
        const never = new Set(unreadable(items, by).map((one) => one.tag));
        expect(read).toEqual(items.map((one) => one.tag).filter((tag) => !never.has(tag)));
        for (const span of spans) {
          expect(span.to - span.from).toBeLessThanOrEqual(125);
          expect(span.to <= 1_000 || span.from > 1_030).toBe(true);
          for (const one of span.items) {
            expect([one.unit, one.from >= span.from, one.to <= span.to]).toEqual([span.unit, true, true]);
          }
        }
      },
    ),
  );
});

test("10,000 neighbouring registers take 80 requests", () => {
  expect(
    planOf(
      Array.from({ length: 10_000 }, (_, tag) => item(tag, tag)),
      limits(),
    ),
  ).toHaveLength(80);
});

test("a float is never split over two requests", () => {
  const spans = planOf([item(0, 0), ...Array.from({ length: 70 }, (_, i) => item(i + 1, 1 + 2 * i, 2))], limits());
  expect(spans.map((span) => [span.from, span.to])).toEqual([
    [0, 125],
    [125, 141],
  ]);
});

test("coils are read up to 2,000 at a time", () => {
  const coils = Array.from(
    { length: 2_001 },
    (_, tag): Item => ({ tag, unit: 1, table: "coil", from: tag, to: tag + 1 }),
  );
  expect(planOf(coils, limits())).toHaveLength(2);
});

test("a value in a forbidden span, past the last address or longer than a read is named as unreadable", () => {
  const by = limits({ maxRegisters: 3, forbidden: [{ table: "holding", from: 10, to: 12 }] });
  const items = [item(0, 9, 2), item(1, 13), item(2, 65_535, 2), item(3, 20, 4)];
  expect(unreadable(items, by).map((one) => one.tag)).toEqual([0, 2, 3]);
  expect(planOf(items, by).flatMap((span) => span.items.map((one) => one.tag))).toEqual([1]);
});

test("a refused request falls into runs without gaps, then into halves, until one item is left", () => {
  const ends = (spans: RegisterSpan[]) => spans.map((span) => [span.from, span.to, span.items.length]);
  const spans = planOf([item(0, 0), item(1, 1), item(2, 5), item(3, 6)], limits());
  expect(ends(spans)).toEqual([[0, 7, 4]]);
  const runs = spans.flatMap(piecesOf);
  expect(ends(runs)).toEqual([
    [0, 2, 2],
    [5, 7, 2],
  ]);
  const halves = runs.flatMap(piecesOf);
  expect(ends(halves)).toEqual([
    [0, 1, 1],
    [1, 2, 1],
    [5, 6, 1],
    [6, 7, 1],
  ]);
  expect(halves.flatMap(piecesOf)).toEqual([]);
});
