import fc from "fast-check";
import { expect, test } from "vitest";
import { Block, rawNumber } from "../../../shared/domain/reading.ts";
import { wordOrders } from "../../../shared/domain/rig-config.ts";
import { decode, type Field } from "./decode.ts";

const field = (over: Partial<Field>): Field => ({
  tag: 0,
  at: 0,
  type: "int16",
  order: "ABCD",
  words: 1,
  bits: false,
  ...over,
});
const one = (over: Partial<Field>, bytes: ArrayLike<number>) => {
  const block = new Block(1);
  decode([field(over)], Uint8Array.from(bytes), 1_000, block);
  return block;
};

/** The bytes of a value, most significant first, as a device with this word order sends them. */
function sent(bytes: number[], order: (typeof wordOrders)[number]): number[] {
  const words: number[][] = [];
  for (let i = 0; i < bytes.length; i += 2) words.push(bytes.slice(i, i + 2));
  if (order === "CDAB" || order === "DCBA") words.reverse();
  return words.flatMap((pair) => (order === "BADC" || order === "DCBA" ? pair.toReversed() : pair));
}

const bytesOf = (write: (view: DataView) => void, length: number) => {
  const view = new DataView(new ArrayBuffer(length));
  write(view);
  return [...new Uint8Array(view.buffer)];
};

test("integers of every width and word order come out as they were", () => {
  fc.assert(
    fc.property(fc.constantFrom(...wordOrders), fc.integer(), (order, n) => {
      const bytes = sent(
        bytesOf((view) => view.setInt32(0, n), 4),
        order,
      );
      expect(one({ type: "int32", order }, bytes).value[0]).toBe(n);
      expect(one({ type: "uint32", order }, bytes).value[0]).toBe(n >>> 0);
      const short = sent(
        bytesOf((view) => view.setInt16(0, n), 2),
        order,
      );
      expect(one({ type: "int16", order }, short).value[0]).toBe((n << 16) >> 16);
      expect(one({ type: "uint16", order }, short).value[0]).toBe(n & 0xffff);
    }),
  );
});

test("64-bit integers and doubles keep every bit in every word order", () => {
  fc.assert(
    fc.property(fc.constantFrom(...wordOrders), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (order, n) => {
      const bytes = sent(
        bytesOf((view) => view.setBigUint64(0, n), 8),
        order,
      );
      for (const type of ["int64", "uint64", "float64"] as const) {
        const { words } = one({ type, order }, bytes);
        expect((BigInt(words[1] ?? 0) << 32n) | BigInt(words[0] ?? 0)).toBe(n);
      }
    }),
  );
});

test("a float keeps its bits, the payload of a NaN and the sign of zero included", () => {
  fc.assert(
    fc.property(fc.constantFrom(...wordOrders), fc.nat(0xffffffff), (order, bits) => {
      const block = one(
        { type: "float32", order },
        sent(
          bytesOf((view) => view.setUint32(0, bits), 4),
          order,
        ),
      );
      expect(block.words[0]).toBe(bits);
    }),
  );
  expect(one({ type: "float32" }, [0x7f, 0xc1, 0x23, 0x45]).words[0]).toBe(0x7fc12345);
  expect(Object.is(rawNumber(one({ type: "float32" }, [0x80, 0, 0, 0]), 0, "real"), -0)).toBe(true);
});

test("a bit is taken from a table of bits, or from a register that is not zero", () => {
  expect(one({ type: "bool", bits: true, at: 9 }, [0, 0b10]).value[0]).toBe(1);
  expect(one({ type: "bool", bits: true, at: 8 }, [0, 0b10]).value[0]).toBe(0);
  expect(one({ type: "bool" }, [1, 0]).value[0]).toBe(1);
});

test("text ends at the first zero byte, in either byte order", () => {
  expect(one({ type: "string", words: 3 }, [...Buffer.from("RIG7"), 0, 0]).texts).toEqual(["RIG7"]);
  expect(one({ type: "string", words: 2, order: "BADC" }, Buffer.from("IR7G")).texts).toEqual(["RIG7"]);
});

test("readings are appended good, with the time and tag they belong to", () => {
  const block = new Block(1);
  block.pushBad(9, 5, 1);
  decode([field({ tag: 4, at: 2 }), field({ tag: 5 })], Uint8Array.of(0, 7, 0, 8), 1_234, block);
  expect([...block.tag.slice(1, 3), ...block.value.slice(1, 3), ...block.at.slice(1, 3), block.length]).toEqual([
    4, 5, 8, 7, 1_234, 1_234, 3,
  ]);
});
