import fc from "fast-check";
import { expect, test } from "vitest";
import { Writer } from "./bytes.ts";
import { contexts, IntReader, IntWriter } from "./ints.ts";
import { extraBits, token32, token64 } from "./token.ts";

function bytesOf(write: (to: IntWriter) => void): Uint8Array {
  const ints = new IntWriter();
  write(ints);
  const to = new Writer();
  ints.finish(to);
  return to.finish();
}

const word = fc.oneof(fc.nat({ max: 0xffffffff }), fc.nat({ max: 40 }), fc.constantFrom(0x80000000, 0xffffffff));

test("single numbers and lists of any length come back in their order", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(
          fc.maxSafeNat(),
          fc.maxSafeInteger().map((n) => n + 0),
        ),
      ),
      fc.array(word, { maxLength: 500, size: "max" }),
      fc.array(fc.tuple(word, word), { maxLength: 300, size: "max" }),
      (singles, narrow, wide) => {
        const low = Uint32Array.from(wide, ([l]) => l);
        const high = Uint32Array.from(wide, ([, h]) => h);
        const bytes = bytesOf((to) => {
          to.list(contexts.value, Uint32Array.from(narrow), null, narrow.length);
          for (const [natural, integer] of singles) {
            to.int(contexts.structure, natural);
            to.signed(contexts.first, integer);
          }
          to.list(contexts.time, low, high, wide.length);
        });
        const from = new IntReader(bytes, "test");
        const narrowBack = new Uint32Array(narrow.length);
        from.list(contexts.value, "narrow", narrowBack, null, narrow.length);
        expect([...narrowBack]).toEqual(narrow);
        for (const [natural, integer] of singles) {
          expect(from.int(contexts.structure, "natural")).toBe(natural);
          expect(from.signed(contexts.first, "integer")).toBe(integer);
        }
        const back = { low: new Uint32Array(wide.length), high: new Uint32Array(wide.length) };
        from.list(contexts.time, "wide", back.low, back.high, wide.length);
        expect(back).toEqual({ low, high });
        from.end();
      },
    ),
  );
});

test("a token and its raw bits are as many bits as the number has", () => {
  for (let length = 5; length <= 64; length++) {
    const [low, high] = length > 32 ? [0, 2 ** (length - 33)] : [2 ** (length - 1), 0];
    expect(extraBits[token64(low, high)]).toBe(length - 3);
    if (length <= 32) expect(token32(low)).toBe(token64(low, 0));
  }
  expect(token64(0xffffffff, 0xffffffff)).toBe(255);
});

test("a list that claims more than was sent is cut off, not read on for ever", () => {
  const bytes = bytesOf((to) => to.int(contexts.structure, 1));
  const from = new IntReader(bytes, "test");
  const [low, high] = [new Uint32Array(190), new Uint32Array(190)];
  expect(() => from.list(contexts.value, "values", low, high, 190)).toThrow("values is cut off");
});

test("a long list of zeros takes no more than its depth", () => {
  const zeros = new Uint32Array(10_000);
  const bytes = bytesOf((to) => to.list(contexts.value, zeros, null, zeros.length));
  expect(bytes.length).toBeLessThan(5);
  const back = new Uint32Array(10_000).fill(7);
  const from = new IntReader(bytes, "test");
  from.list(contexts.value, "values", back, null, back.length);
  from.end();
  expect(back).toEqual(zeros);
});

test("a long list that claims more than was sent is cut off", () => {
  const few = Uint32Array.from({ length: 200 }, (_, i) => i % 13);
  const bytes = bytesOf((to) => to.list(contexts.value, few, null, few.length));
  const into = new Uint32Array(20_000);
  expect(() => new IntReader(bytes, "test").list(contexts.value, "values", into, null, into.length)).toThrow(
    "values is cut off",
  );
});

test("a number beyond its limit is named", () => {
  const from = new IntReader(
    bytesOf((to) => to.int(contexts.count, 70)),
    "batch body",
  );
  expect(() => from.int(contexts.count, "digits", 6)).toThrow("batch body, blobs: digits is 70, at most 6 is allowed");
});

test("what is nearly certain and what never comes both come back: the coder carries over any number of bytes", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat({ max: 600 }), word), { maxLength: 30 }), (runs) => {
      const list = Uint32Array.from(runs.flatMap(([length, value]) => [...new Array<number>(length).fill(0), value]));
      const bytes = bytesOf((to) => to.list(contexts.value, list, null, list.length));
      const back = new Uint32Array(list.length);
      const from = new IntReader(bytes, "test");
      from.list(contexts.value, "values", back, null, back.length);
      from.end();
      expect(back).toEqual(list);
    }),
  );
});
