import { expect, test } from "vitest";
import { BAD, GOOD, NO_VALUE, reasonCode, UNCERTAIN } from "../../shared/domain/reading.ts";
import { trackOf } from "./history.ts";
import type { TagReadings } from "./rig-view.ts";

const readings = (rows: [at: number, value: number, status: number, reason?: number][]): TagReadings => ({
  tag: "t",
  at: Float64Array.from(rows, ([at]) => at),
  value: Float64Array.from(rows, ([, value]) => value),
  status: Uint8Array.from(rows, ([, , status]) => status),
  reason: Uint32Array.from(rows, ([, , , reason]) => reason ?? 0),
});

test("a bucket keeps least and greatest, uncertain values included, so that no spike is lost", () => {
  const track = trackOf(
    readings([
      [1, 5, GOOD],
      [2, 90, UNCERTAIN],
      [3, -4, GOOD],
      [15, 7, GOOD],
    ]),
    0,
    20,
    2,
  );
  expect([track.low, track.high, track.at]).toEqual([
    [-4, 7],
    [90, 7],
    [5, 15],
  ]);
});

test("bad values are never drawn; a span of them is a hole with its most common reason", () => {
  const [broken, late] = [reasonCode("no connection"), reasonCode("no answer in time")];
  const rows = readings([
    [5, 1, GOOD],
    [15, 99, BAD, late],
    [25, 0, BAD | NO_VALUE, broken],
    [26, 0, BAD | NO_VALUE, broken],
    [35, 2, GOOD],
  ]);
  const track = trackOf(rows, 0, 40, 4);
  expect(track.low).toEqual([1, null, null, 2]);
  expect(track.holes).toEqual([{ from: 10, to: 30, reason: "no connection" }]);
});

test("infinities and NaN count as no value, and readings outside of the span are left out", () => {
  const track = trackOf(
    readings([
      [5, Number.POSITIVE_INFINITY, GOOD],
      [6, Number.NaN, GOOD],
      [-1, 3, GOOD],
      [10, 3, GOOD],
    ]),
    0,
    10,
    1,
  );
  expect(track.low).toEqual([null]);
});

test("a span without any reading has no values and no invented reason", () => {
  expect(trackOf(readings([]), 0, 30, 3)).toMatchObject({ low: [null, null, null], holes: [] });
});
