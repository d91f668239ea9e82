import fc from "fast-check";
import { expect, test } from "vitest";
import { addChecksums } from "../../shared/wire/checksum.ts";
import type { HeldRange } from "../../shared/wire/held.ts";
import { cutHeld } from "./cut.ts";

const sumOf = ({ first, last }: { first: number; last: number }) => {
  let sum = { a: 0, b: 0 };
  for (let seq = first; seq <= last; seq++) sum = addChecksums(sum, { a: Math.imul(seq, 0x9e3779b1) >>> 0, b: seq });
  return sum;
};

test("a cut list says the same of every frame, and no range reaches over a cut", () => {
  const range = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 3 }), fc.boolean());
  fc.assert(
    fc.property(
      fc.array(range, { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 5 }),
      (shape, cuts) => {
        let next = 1;
        const held: HeldRange[] = shape.map(([length, hole, lost]) => {
          const part = { first: next + hole, last: next + hole + length - 1 };
          next = part.last + 1;
          return { ...part, state: lost ? "lost" : "stored", checksum: lost ? { a: 0, b: 0 } : sumOf(part) };
        });
        const cut = cutHeld(held, cuts, sumOf);
        for (const part of cut) {
          expect(cuts.some((at) => at > part.first && at <= part.last)).toBe(false);
          expect(part.checksum).toEqual(part.state === "lost" ? { a: 0, b: 0 } : sumOf(part));
        }
        const seqsOf = (list: readonly HeldRange[]) =>
          list.flatMap(({ first, last, state }) =>
            Array.from({ length: last - first + 1 }, (_, i) => `${first + i} ${state}`),
          );
        expect(seqsOf(cut)).toEqual(seqsOf(held));
      },
    ),
  );
});
