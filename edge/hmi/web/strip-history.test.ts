import { expect, test } from "vitest";
import type { HmiTrack } from "../../../shared/domain/hmi.ts";
import { merged } from "./strip-history.ts";

const track = (at: number[], value: number, holes: HmiTrack["holes"] = []): HmiTrack => ({
  tag: "t",
  at,
  low: at.map(() => value),
  high: at.map(() => value),
  holes,
});

test("the newest end replaces what it overlaps and the oldest falls out", () => {
  const before = new Map([["t", track([1, 2, 3, 4], 1, [{ from: 0, to: 9, reason: "no connection" }])]]);
  const after = merged(before, [track([4, 5], 2)], 4, 2).get("t");
  expect(after?.at).toEqual([2, 3, 4, 5]);
  expect(after?.low).toEqual([1, 1, 2, 2]);
  expect(after?.holes).toEqual([{ from: 0, to: 4, reason: "no connection" }]);
});

test("a tag that is new has only what came", () => {
  expect(merged(new Map(), [track([4], 2)], 4, 2).get("t")?.at).toEqual([4]);
});
