import fc from "fast-check";
import { expect, test } from "vitest";
import { anyBlock, linesOf, steadyBlocks, tags } from "../../test/support/arbitraries.ts";
import { BAD, Block, GOOD, NO_VALUE, QUALITY_MASK, rawNumber, UNCERTAIN } from "../domain/reading.ts";
import { keptOf, THIN_KEEP_MS } from "./thin.ts";

const { representations } = tags;
const bounds = representations.map(() => 5);

/** What is left of blocks. */
function left(blocks: readonly Block[], of = bounds): Block[] {
  const kept = keptOf(blocks, representations, of);
  return blocks.map((block, f) => {
    const out = new Block(block.length);
    for (let i = 0; i < block.length; i++)
      if (kept[f]?.[i] === 1) out.pushFrom(block, i, representations[block.tag[i] ?? 0] === "text");
    return out;
  });
}

const lines = (blocks: readonly Block[]) =>
  blocks.flatMap((block, f) => linesOf(block, false).map((line) => `${f} ${line}`));

interface Point {
  at: number;
  value: number;
  status: number;
  reason: number;
  kept: boolean;
}

/** Every reading of one tag, in order, with whether it was kept. */
function pointsOf(blocks: readonly Block[], tag: number): Point[] {
  const kept = keptOf(blocks, representations, bounds);
  return blocks.flatMap((block, f) =>
    Array.from({ length: block.length }, (_, i) => i)
      .filter((i) => block.tag[i] === tag)
      .map((i) => ({
        at: block.at[i] ?? 0,
        value: rawNumber(block, i, representations[tag] ?? "double"),
        status: block.status[i] ?? 0,
        reason: block.reason[i] ?? 0,
        kept: kept[f]?.[i] === 1,
      })),
  );
}

/** Values that wander, jump and stand still, with readings that are uncertain or bad among them. */
const walks = fc
  .array(
    fc.record({
      step: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constant(0), fc.integer({ min: -60, max: 60 })),
      status: fc.oneof({ weight: 8, arbitrary: fc.constant(GOOD) }, fc.constantFrom(UNCERTAIN, BAD, BAD | NO_VALUE)),
      seconds: fc.constantFrom(1, 1, 1, 5, 40),
    }),
    { minLength: 1, maxLength: 200 },
  )
  .map((steps) => {
    let [value, at] = [100, 1_789_948_800_000];
    return steps.map(({ step, status, seconds }) => {
      value += step;
      at += seconds * 1_000;
      const block = new Block(2);
      block.push(0, at, value, status, status === GOOD ? 0 : 12);
      block.push(3, at, value / 3, status, status === GOOD ? 0 : 12);
      return block;
    });
  });

test("no reading that was left out lies further off than its bound, by steps or by straight lines", () => {
  fc.assert(
    fc.property(walks, fc.constantFrom(0, 3), (blocks, tag) => {
      const points = pointsOf(blocks, tag);
      for (const [i, point] of points.entries()) {
        if (point.kept) continue;
        const before = points.slice(0, i).findLast(({ kept }) => kept);
        const after = points.slice(i + 1).find(({ kept }) => kept);
        if (before === undefined || after === undefined) throw new Error("the first and the last are kept");
        const share = (point.at - before.at) / (after.at - before.at);
        const line = before.value + share * (after.value - before.value);
        expect(Math.abs(point.value - before.value)).toBeLessThanOrEqual(5);
        expect(Math.abs(point.value - line)).toBeLessThanOrEqual(5 + 1e-9);
        expect(point.at - before.at).toBeLessThan(THIN_KEEP_MS);
      }
    }),
  );
});

test("no bad reading and no change of quality or reason is lost", () => {
  fc.assert(
    fc.property(walks, (blocks) => {
      const points = pointsOf(blocks, 0);
      for (const [i, point] of points.entries()) {
        const before = points[i - 1];
        if (before !== undefined && before.status === point.status && before.reason === point.reason) {
          if ((point.status & QUALITY_MASK) === BAD) expect(point.kept).toBe(true);
        } else expect(point.kept).toBe(true);
        // Where it changes, the last one before it is there too.
        const after = points[i + 1];
        if (after !== undefined && after.status !== point.status) expect(point.kept).toBe(true);
      }
    }),
  );
});

test("what was thinned is not thinned further", () => {
  fc.assert(
    fc.property(walks, (blocks) => {
      const once = left(blocks);
      expect(lines(left(once))).toEqual(lines(once));
    }),
  );
});

test("of any readings what is kept is as it was, in its order, and is not thinned further", () => {
  fc.assert(
    fc.property(fc.array(anyBlock(20), { minLength: 1, maxLength: 6 }), (blocks) => {
      const once = left(blocks);
      const all = new Set(lines(blocks));
      for (const line of lines(once)) expect(all.has(line)).toBe(true);
      expect(lines(left(once))).toEqual(lines(once));
    }),
  );
});

test("every change of a text or a flag is kept, and of a number without a bound", () => {
  fc.assert(
    fc.property(steadyBlocks(60), (blocks) => {
      const kept = keptOf(
        blocks,
        representations,
        representations.map(() => 0),
      );
      for (const tag of representations.keys()) {
        const values = blocks.map((block) => linesOf(block, true)[tag]?.split(" = ")[1] ?? "");
        for (let f = 1; f < values.length; f++)
          if (values[f] !== values[f - 1]) expect([kept[f - 1]?.[tag], kept[f]?.[tag]]).toEqual([1, 1]);
      }
    }),
  );
});

test("a value that stands still keeps one reading a minute, the first and the last", () => {
  const blocks = Array.from({ length: 600 }, (_, f) => {
    const block = new Block(1);
    block.push(0, f * 1_000, 7, GOOD, 0);
    return block;
  });
  const kept = keptOf(blocks, representations, bounds);
  expect([...kept.entries()].filter(([, mask]) => mask[0] === 1).map(([f]) => f)).toEqual([
    0, 60, 120, 180, 240, 300, 360, 420, 480, 540, 599,
  ]);
});
