import fc from "fast-check";
import { expect, test } from "vitest";
import { BAD, Block, GOOD, NO_VALUE, UNCERTAIN } from "../../shared/domain/reading.ts";
import { WireError } from "../../shared/wire/bytes.ts";
import { addReadings, addMinutes as addToBuckets, type Buckets, bucketsOf } from "./buckets.ts";
import { MINUTE } from "./hour.ts";
import { addedMinutes, type Minutes, minutesOf } from "./minutes.ts";
import { decodeMinutes, encodeMinutes } from "./packed-minutes.ts";

const BEGIN = Date.UTC(2030, 0, 1);
/** [ms after the begin, value, status] */
const reading = fc.tuple(
  fc.integer({ min: 0, max: 4 * MINUTE }),
  fc.oneof(fc.integer({ min: -1_000, max: 1_000 }), fc.double({ noDefaultInfinity: false }), fc.constant(Number.NaN)),
  fc.constantFrom(GOOD, UNCERTAIN, BAD, BAD | NO_VALUE),
);
const whole = fc.tuple(
  fc.integer({ min: 0, max: 4 * MINUTE }),
  fc.integer({ min: -1e6, max: 1e6 }),
  fc.constantFrom(GOOD, UNCERTAIN, BAD),
);

function blockOf(list: readonly [number, number, number][]): Block {
  const block = new Block(list.length);
  for (const [after, value, status] of list) block.push(0, BEGIN + after, value, status, 0);
  return block;
}
const minutesOfList = (list: readonly [number, number, number][]) => minutesOf(blockOf(list), 0, list.length, "double");
const byTime = <T extends readonly [number, ...unknown[]]>(list: readonly T[]) => [...list].sort(([x], [y]) => x - y);

/** The very sum again; of float32 alone one that averages to the nearest float32. */
function expectSum(minutes: Minutes, back: Minutes, m: number): void {
  if (Object.is(back.sum[m], minutes.sum[m])) return;
  const values = (minutes.count[m] ?? 0) - (minutes.bad[m] ?? 0);
  for (const column of [minutes.min, minutes.max, minutes.last]) expect(column).toEqual(column.map(Math.fround));
  expect(back.sum[m]).toBe(Math.fround((minutes.sum[m] ?? 0) / values) * values);
}

test("minutes come back as they were packed, but for the sum of float32", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(reading, whole), { maxLength: 60 }), (list) => {
      const minutes = minutesOfList(list);
      const back = decodeMinutes(encodeMinutes(minutes));
      for (const column of ["minute", "count", "uncertain", "bad"] as const)
        expect(back[column]).toEqual(minutes[column]);
      for (const column of ["min", "max", "last"] as const) {
        for (let m = 0; m < minutes.length; m++) expect(back[column][m]).toBe(minutes[column][m]);
      }
      for (let m = 0; m < minutes.length; m++) expectSum(minutes, back, m);
    }),
  );
});

const float = fc.tuple(fc.integer({ min: 0, max: 4 * MINUTE }), fc.float({ noNaN: true }), fc.constantFrom(GOOD, BAD));

test("minutes of float32 come back, and packed again they stay the same bytes", () => {
  fc.assert(
    fc.property(fc.array(float, { maxLength: 60 }), (list) => {
      const minutes = minutesOfList(list);
      const bytes = encodeMinutes(minutes);
      const back = decodeMinutes(bytes);
      for (const column of ["min", "max", "last"] as const) expect(back[column]).toEqual(minutes[column]);
      expect(encodeMinutes(back)).toEqual(bytes);
    }),
  );
});

test("minutes cut off or with a byte changed are refused or read, never more", () => {
  const bytes = encodeMinutes(minutesOfList([0, 1, 2, 3].map((m) => [m * MINUTE, m * 7 - 3, GOOD])));
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.nat(255), (place, byte) => {
      const changed = bytes.slice();
      changed[place] = byte;
      for (const wrong of [bytes.subarray(0, place), changed]) {
        try {
          decodeMinutes(wrong);
        } catch (error) {
          if (!(error instanceof WireError)) throw error;
        }
      }
    }),
  );
});

test("readings in two parts, the later one behind, come to the same minutes as all at once", () => {
  fc.assert(
    fc.property(fc.array(whole, { maxLength: 60 }), fc.nat(12), (list, cut) => {
      const sorted = byTime(list);
      const parts = addedMinutes(minutesOfList(sorted.slice(0, cut)), minutesOfList(sorted.slice(cut)));
      expect(parts).toEqual(minutesOfList(sorted));
    }),
  );
});

test("buckets of whole minutes say the same out of summaries as out of readings", () => {
  fc.assert(
    fc.property(fc.array(whole, { maxLength: 80 }), fc.integer({ min: 1, max: 3 }), (list, minutes) => {
      const sorted = byTime(list);
      const raw = bucketsOf(BEGIN, minutes * MINUTE, Math.ceil(5 / minutes));
      const summed = bucketsOf(BEGIN, minutes * MINUTE, Math.ceil(5 / minutes));
      addReadings(raw, blockOf(sorted), "double");
      addToBuckets(summed, minutesOfList(sorted));
      for (const column of ["count", "uncertain", "bad", "min", "max", "sum", "last"] as const) {
        expect(summed[column]).toEqual(raw[column]);
      }
    }),
  );
});

/** Average of a bucket's values. */
const averageOf = ({ count, bad, sum }: Buckets, i: number) => (sum[i] ?? 0) / ((count[i] ?? 0) - (bad[i] ?? 0));

test("a bad value, an absent one and one that is no number are counted and change no average", () => {
  const buckets = bucketsOf(BEGIN, MINUTE, 1);
  const list: [number, number, number][] = [
    [0, 10, GOOD],
    [1, 20, UNCERTAIN],
    [2, 900, BAD],
    [3, 0, BAD | NO_VALUE],
    [4, Number.NaN, GOOD],
    [5, Number.POSITIVE_INFINITY, GOOD],
  ];
  addReadings(buckets, blockOf(list), "double");
  expect([buckets.count[0], buckets.uncertain[0], buckets.bad[0]]).toEqual([6, 1, 4]);
  expect([averageOf(buckets, 0), buckets.min[0], buckets.max[0], buckets.last[0]]).toEqual([15, 10, 20, 20]);
});

test("a bucket without a usable value has none, not zero", () => {
  const buckets = bucketsOf(BEGIN, MINUTE, 2);
  addReadings(buckets, blockOf([[0, 5, BAD]]), "double");
  expect([buckets.min[0], buckets.last[0], averageOf(buckets, 0), averageOf(buckets, 1)]).toEqual(
    new Array(4).fill(Number.NaN),
  );
});
