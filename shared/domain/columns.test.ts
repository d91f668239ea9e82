import fc from "fast-check";
import { expect, test } from "vitest";
import { numbersOf, qualitiesOf, timesOf } from "../../test/support/series.ts";
import { bucketSeries, engineeringValue, latestReading, readingSeries } from "./columns.ts";
import { AT_SOURCE, BAD, Block, GOOD, realBits, reasonCode, UNCERTAIN } from "./reading.ts";
import { type Kind, TagVersion } from "./tag.ts";

const tagOf = (kind: Kind) =>
  TagVersion.parse({ id: "00000000000000aa", name: "x", label: "X", unit: "psi", kind, source: "plc", validFrom: 0 });
const tenths = tagOf({ type: "scaled", bits: 16, signed: true, scale: 0.1, offset: 5 });
const real = tagOf({ type: "real", scale: 1, offset: 0 });
const double = tagOf({ type: "double", scale: 1, offset: 0 });

test("scaled readings travel as integers with their scale, and come back as engineering values with time, quality and reason", () => {
  const block = new Block();
  block.push(0, 1_000, 123, GOOD | AT_SOURCE, 0);
  block.pushBad(0, 3_000, reasonCode("no answer in time"));
  block.push(0, 2_500, 0, UNCERTAIN, reasonCode("flat line"));
  const series = readingSeries(tenths, block);
  expect(series).toMatchObject({ scale: 0.1, offset: 5, value: [123, null, 0], at0: 1_000, dt: [0, 2_000, -500] });
  expect([...timesOf(series)]).toEqual([1_000, 3_000, 2_500]);
  expect(numbersOf(series)).toEqual([123 * 0.1 + 5, null, 5]);
  expect(qualitiesOf(series)).toEqual(["good", "bad", "uncertain"]);
  expect(series.reason).toEqual([
    [1, "none"],
    [1, "no answer in time"],
    [1, "flat line"],
  ]);
  expect(latestReading("rig-1", tenths, block, 0, 1_500)).toMatchObject({ value: 17.3, ageMs: 500, sourceTime: true });
});

test("any float32 comes back from JSON as the same number (JSON knows no -0), in few digits", () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const block = new Block();
      block.pushBits(0, 0, realBits(value), 0, GOOD, 0);
      const [back] = JSON.parse(JSON.stringify(readingSeries(real, block).value));
      return Math.fround(back) === value;
    }),
  );
  const block = new Block();
  block.pushBits(0, 0, realBits(0.1), 0, GOOD, 0);
  expect(readingSeries(real, block).value).toEqual([0.1]);
});

test("NaN and infinities are null with their reason, never zero", () => {
  const block = new Block();
  for (const [value, reason] of [
    [Number.NaN, "not a number"],
    [Infinity, "infinite"],
  ] as const)
    block.push(0, 0, value, BAD, reasonCode(reason));
  const series = JSON.parse(JSON.stringify(readingSeries(double, block)));
  expect(series.value).toEqual([null, null]);
  expect(series.reason).toEqual([
    [1, "not a number"],
    [1, "infinite"],
  ]);
});

test("64-bit integers keep all their digits, text stays text", () => {
  const long = new Block();
  long.pushBits(0, 0, 0xffffffff, 0x7fffffff, GOOD, 0);
  long.pushBits(0, 0, 0xffffffff, 0xffffffff, GOOD, 0);
  const kind = { type: "scaled", bits: 64, signed: true, scale: 1, offset: 0 } as const;
  expect(readingSeries(tagOf(kind), long).value).toEqual(["9223372036854775807", "-1"]);
  const text = new Block();
  text.pushText(0, 0, "drilling", GOOD, 0);
  expect(readingSeries(tagOf({ type: "text" }), text).value).toEqual(["drilling"]);
  expect(engineeringValue(text, 0, tagOf({ type: "text" }))).toBe("drilling");
});

test("a bucket without values is null in all but its counts", () => {
  const nothing = new Float64Array([Number.NaN, 20]);
  const series = bucketSeries(tenths, {
    start: 0,
    step: 60_000,
    count: new Uint32Array([3, 4]),
    uncertain: new Uint32Array([0, 1]),
    bad: new Uint32Array([3, 1]),
    min: nothing,
    max: nothing,
    sum: new Float64Array([0, 60]),
    last: nothing,
  });
  expect(series).toMatchObject({ avg: [null, 20], min: [null, 20], last: [null, 20], count: [3, 4], bad: [3, 1] });
});
