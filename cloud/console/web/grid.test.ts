import fc from "fast-check";
import { expect, test } from "vitest";
import type { BucketSeries } from "../../../shared/domain/api-series.ts";
import { drawn, fold, type Grid, gridOf, refreshed, valueAt } from "./grid.ts";

const tag = "00000000000000aa";

function series(
  start: number,
  stepMs: number,
  avg: (number | null)[],
  count: number[] = avg.map((value) => (value === null ? 0 : 1)),
): BucketSeries {
  return {
    form: "buckets",
    tag,
    name: "mud_pressure",
    label: "Standpipe pressure",
    unit: "psi",
    kind: "scaled",
    scale: 0.5,
    offset: 10,
    start,
    stepMs,
    avg: [...avg],
    min: [...avg],
    max: [...avg],
    last: [...avg],
    count: [...count],
    uncertain: avg.map(() => 0),
    bad: count.map((many, i) => (many > 0 && avg[i] === null ? many : 0)),
  };
}

function grid(...of: Parameters<typeof series>): Grid {
  const made = gridOf([series(...of)]);
  if (made === null) throw new Error("no grid");
  return made;
}

test("live readings in a bucket have their mean, lowest and highest there, whatever their order", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 30 }),
      (values) => {
        const made = grid(0, 10_000, [null, null]);
        for (const [i, value] of values.entries()) fold(made, { tag, at: 10_000 + i, value });
        const lane = made.lanes.get(tag);
        const back = (raw: number | null | undefined) => (raw ?? 0) * 0.5 + 10;
        expect(valueAt(made, tag, 15_000)).toBeCloseTo(
          values.reduce((sum, value) => sum + value, 0) / values.length,
          4,
        );
        expect(back(lane?.min[1])).toBeCloseTo(Math.min(...values), 4);
        expect(back(lane?.max[1])).toBeCloseTo(Math.max(...values), 4);
        expect(lane?.count[1]).toBe(values.length);
      },
    ),
  );
});

test("a bad reading counts, but is no value", () => {
  const made = grid(0, 1_000, [100]);
  fold(made, { tag, at: 1_500, value: null });
  expect(made.lanes.get(tag)).toMatchObject({ count: [1, 1], bad: [0, 1], avg: [100, null] });
  expect(valueAt(made, tag, 1_500)).toBeNull();
});

test("the grid grows to a live reading, and not for one of another tag or from before it", () => {
  const made = grid(60_000, 1_000, [1]);
  fold(made, { tag, at: 63_000, value: 12 });
  fold(made, { tag: "other", at: 90_000, value: 12 });
  fold(made, { tag, at: 59_999, value: 12 });
  expect(made.length).toBe(4);
  expect(made.lanes.get(tag)?.avg).toEqual([1, null, null, 4]);
});

test("a line breaks where nothing was read and where all was bad", () => {
  const lane = grid(0, 1_000, [1, 1, null, null, 1, 1, null, 1], [1, 1, 0, 0, 1, 1, 2, 1]).lanes.get(tag);
  if (lane === undefined) throw new Error("no lane");
  expect(drawn(lane, 0, 8, 2).avg).toEqual([21, 21, null, null, 21, 21, null, 21]);
});

test("a tag that comes less often than a bucket is long keeps its line, until it stays away three times as long", () => {
  const values = [1, null, null, 1, null, null, 1, null, null, 1, ...Array(9).fill(null), 1];
  const lane = grid(0, 1_000, values).lanes.get(tag);
  if (lane === undefined) throw new Error("no lane");
  const { avg } = drawn(lane, 0, values.length, 1);
  expect(avg.slice(0, 4)).toEqual([10.5, undefined, undefined, 10.5]);
  expect(avg.slice(10, 19)).toEqual(Array(9).fill(null));
});

test("an answer that is older than the socket keeps what came live, and takes what landed late", () => {
  const before = grid(0, 1_000, [1, null, 1, 1], [1, 0, 1, 1]);
  fold(before, { tag, at: 3_200, value: 12 });
  fold(before, { tag, at: 4_100, value: 12 });
  const made = refreshed(grid(1_000, 1_000, [7, 1, 1], [1, 1, 1]), before);
  expect(made.lanes.get(tag)).toMatchObject({ avg: [7, 1, 2.5, 4], count: [1, 1, 2, 1] });
});

test("an answer on another grid stands as it is", () => {
  const before = grid(0, 1_000, [1, 1]);
  const answer = grid(500, 1_000, [2]);
  expect(refreshed(answer, before)).toBe(answer);
  expect(answer.length).toBe(1);
});
