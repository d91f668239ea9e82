import fc from "fast-check";
import { expect, test } from "vitest";
import { isSealed, sealOf } from "./seal.ts";

const columns = fc.array(fc.oneof(fc.nat(), fc.string({ maxLength: 20 })), { minLength: 1, maxLength: 7 });
const bytes = fc.uint8Array({ minLength: 1, maxLength: 200 });

test("a row is as it was written only under its own seal; one that lost its seal is damaged", () => {
  fc.assert(
    fc.property(columns, bytes, (row, body) => {
      const seal = sealOf(row, body);
      expect(isSealed(seal, row, body)).toBe(true);
      expect(isSealed(null, row, body)).toBe(false);
    }),
  );
});

test("a bit that changes in a row's body breaks its seal", () => {
  fc.assert(
    fc.property(columns, bytes, fc.nat(), fc.nat({ max: 7 }), (row, body, place, bit) => {
      const changed = body.slice();
      const at = place % body.length;
      changed[at] = (changed[at] ?? 0) ^ (1 << bit);
      expect(isSealed(sealOf(row, body), row, changed)).toBe(false);
    }),
  );
});
