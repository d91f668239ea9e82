import fc from "fast-check";
import { expect, test } from "vitest";
import { Writer } from "./bytes.ts";
import { readDoubles, writeDoubles } from "./doubles.ts";
import { contexts, IntReader, IntWriter } from "./ints.ts";

function bytesOf(words: Uint32Array): Uint8Array {
  const ints = new IntWriter();
  writeDoubles(ints, contexts.value, words, words.length / 2);
  const to = new Writer();
  ints.finish(to);
  return to.finish();
}

function journey(words: Uint32Array): Uint32Array {
  const from = new IntReader(bytesOf(words), "test");
  const back = new Uint32Array(words.length);
  readDoubles(from, contexts.value, "doubles", back, words.length / 2);
  from.end();
  return back;
}

const wordsOf = (values: readonly number[]) => new Uint32Array(Float64Array.from(values).buffer);
const anyWord = fc.oneof(
  fc.nat({ max: 0xffffffff }),
  fc.constantFrom(0, 1, 0x7ff80001, 0xfff00000, 0x7ff00000, 0x80000000),
);

test("any bits come back, NaN with what it carries and -0 too", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anyWord, anyWord), { maxLength: 400, size: "max" }), (pairs) => {
      const words = Uint32Array.from(pairs.flat());
      expect(journey(words)).toEqual(words);
    }),
  );
});

test("numbers that lie near each other come back, whatever comes between them", () => {
  const near = fc.double({ min: -1, max: 1, noNaN: true });
  const odd = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.MAX_VALUE, -Number.MAX_VALUE, 5e-324, 0, -0);
  fc.assert(
    fc.property(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.array(fc.oneof({ weight: 9, arbitrary: near }, odd), { maxLength: 300, size: "max" }),
      (base, steps) => {
        const words = wordsOf(steps.map((step) => (Math.abs(step) <= 1 && step !== 0 ? base + step : step)));
        expect(journey(words)).toEqual(words);
      },
    ),
  );
});

test("a pump that stands takes nothing: what came twice is expected again", () => {
  const noise = (i: number) => 210 + Math.sin(i * i);
  const runs = wordsOf(Array.from({ length: 200 }, (_, i) => noise(i)));
  const stands = wordsOf(Array.from({ length: 5_000 }, (_, i) => (i < 200 ? noise(i) : 0)));
  expect(bytesOf(stands).length - bytesOf(runs).length).toBeLessThan(60);
});

test("a ramp with a full mantissa takes a fraction of its bits", () => {
  const ramp = wordsOf(Array.from({ length: 1_000 }, (_, i) => 1_000 + i / 3));
  expect(bytesOf(ramp).length).toBeLessThan(1_000);
});
