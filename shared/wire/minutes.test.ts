import fc from "fast-check";
import { expect, test } from "vitest";
import { anyBlock } from "../../test/support/arbitraries.ts";
import { Block } from "../domain/reading.ts";
import { decodeMinutes, encodeMinutes, type Minutes, minutesOf, minutesOfLength } from "./minutes.ts";
import { summaryOf } from "./summary.ts";

const column = (value: fc.Arbitrary<number>) => (length: number) =>
  fc.array(value, { minLength: length, maxLength: length }).map((values) => Float64Array.from(values));
const whole = fc.integer();
const any = fc.oneof(fc.double(), whole, fc.maxSafeInteger());

const minutes = (value: fc.Arbitrary<number>): fc.Arbitrary<Minutes> =>
  fc.nat({ max: 300 }).chain((length) =>
    fc.record({
      length: fc.constant(length),
      minute: column(fc.integer({ min: 29_000_000, max: 30_000_000 }))(length),
      count: column(fc.nat({ max: 600 }))(length),
      good: column(fc.nat({ max: 600 }))(length),
      min: column(value)(length),
      max: column(value)(length),
      sum: column(value)(length),
    }),
  );

test("any minutes come back, of integers and of doubles", () => {
  for (const value of [whole, fc.maxSafeInteger(), any])
    fc.assert(
      fc.property(minutes(value), (one) => {
        expect(decodeMinutes(encodeMinutes(one))).toEqual(one);
      }),
    );
});

test("a sum comes back although what lies above the least values is beyond exact integers", () => {
  const one = (value: number) => Float64Array.of(value);
  const minutes: Minutes = {
    ...{ length: 1, minute: one(29_832_480), count: one(600), good: one(600) },
    ...{ min: one(-(2 ** 50) + 1), max: one(3), sum: one(12_345) },
  };
  expect(decodeMinutes(encodeMinutes(minutes))).toEqual(minutes);
});

test("each minute says what a summary of its readings says", () => {
  fc.assert(
    fc.property(anyBlock(40), (block) => {
      for (let i = 0; i < block.length; i++) block.at[i] = 1_789_948_800_000 + ((i * 7919_000) % 300_000);
      const found = minutesOf(block, 0, block.length, "double");
      for (let m = 0; m < found.length; m++) {
        const part = new Block();
        for (let i = 0; i < block.length; i++)
          if (Math.floor((block.at[i] ?? 0) / 60_000) === found.minute[m]) part.pushFrom(block, i, false);
        const summary = summaryOf(part, 0, part.length, "double");
        expect(found.count[m]).toBe(summary.count);
        expect(found.good[m]).toBe(summary.good);
        if (summary.good === 0) continue;
        expect([found.min[m], found.max[m]]).toEqual([summary.min, summary.max]);
        expect(found.sum[m]).toBe(summary.sum);
      }
    }),
  );
});

test("minutes without a reading are left out, a time that is no number counts nowhere", () => {
  const block = new Block();
  block.push(0, 0, 5, 0, 0);
  block.push(0, 180_000, 6, 0, 0);
  block.push(0, Number.NaN, 7, 0, 0);
  const found = minutesOf(block, 0, 3, "scaled");
  expect([...found.minute]).toEqual([0, 3]);
  expect([...found.count]).toEqual([1, 1]);
});

test("more minutes than are read are not written", () => {
  expect(() => encodeMinutes(minutesOfLength(70_000))).toThrow(RangeError);
});
