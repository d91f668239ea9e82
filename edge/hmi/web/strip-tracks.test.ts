import { expect, test } from "vitest";
import { silences } from "./strip-tracks.ts";

const track = (low: (number | null)[], holes: { from: number; to: number; reason: string }[] = []) => ({
  tag: "t",
  at: low.map((_, i) => i * 10_000 + 5_000),
  low,
  high: low,
  holes,
});
const silent = (many: number) => new Array<null>(many).fill(null);

test("time before the first reading and every silence are holes; a short one up to now may still be written", () => {
  const low = [...silent(5), 1, ...silent(1), 1, ...silent(4), 1, ...silent(2)];
  expect(silences(track(low), 1_000)).toEqual([
    { from: 0, to: 50_000, reason: "no reading" },
    { from: 60_000, to: 70_000, reason: "no reading" },
    { from: 80_000, to: 120_000, reason: "no reading" },
  ]);
  expect(silences(track([1, ...silent(4)]), 1_000)).toEqual([{ from: 10_000, to: 50_000, reason: "no reading" }]);
});

test("a slow tag may skip as long as it does, and a hole that has its reason is not told twice", () => {
  expect(silences(track([1, ...silent(5), 1]), 60_000)).toEqual([]);
  expect(silences(track([1, ...silent(5), 1], [{ from: 10_000, to: 60_000, reason: "no connection" }]), 1_000)).toEqual(
    [],
  );
});
