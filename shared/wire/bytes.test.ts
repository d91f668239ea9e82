import fc from "fast-check";
import { expect, test } from "vitest";
import { Reader, textOf, WireError, Writer } from "./bytes.ts";

test("what a writer wrote comes back, and nothing is left", () => {
  const safe = fc.maxSafeInteger();
  fc.assert(
    fc.property(
      fc.array(fc.maxSafeNat()),
      fc.array(safe),
      fc.double(),
      fc.string({ unit: "grapheme" }),
      (naturals, integers, double, text) => {
        const writer = new Writer(1);
        for (const n of naturals) writer.varint(n);
        for (const n of integers) writer.zigzag(n);
        writer.f64(double);
        writer.text(text);
        writer.id("00ff10a0deadbeef");
        writer.u32(0xffffffff);
        const reader = new Reader(writer.finish(), "test");
        for (const n of naturals) expect(reader.varint("n")).toBe(n);
        for (const n of integers) expect(reader.zigzag("n")).toBe(n);
        expect(reader.f64("double")).toBe(double);
        expect(reader.text("text", 1000)).toBe(text);
        expect(reader.id("id")).toBe("00ff10a0deadbeef");
        expect(reader.u32("u32")).toBe(0xffffffff);
        reader.end();
      },
    ),
  );
});

test("the limits of safe integers survive", () => {
  for (const n of [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 0, -1, 63, 64, -64, -65]) {
    const writer = new Writer();
    writer.zigzag(n);
    expect(new Reader(writer.finish(), "test").zigzag("n")).toBe(n);
  }
});

test("what is cut off, too long or over its limit is named", () => {
  const reader = (...bytes: number[]) => new Reader(new Uint8Array(bytes), "hello");
  expect(() => reader(1, 2).u32("count")).toThrow("hello: count needs 4 bytes, 2 are left (byte 0 of 2)");
  expect(() => reader(200, 1).varint("pages", 100)).toThrow("hello: pages is 200, at most 100 is allowed");
  expect(() => reader(128, 0).varint("pages")).toThrow("longer than it need be");
  expect(() => reader(255, 255, 255, 255, 255, 255, 255, 255, 1).varint("pages")).toThrow("more than 8 bytes");
  expect(() => reader(5, 1).blob("key", 4)).toThrow("at most 4");
  expect(() => reader(1).end()).toThrow(WireError);
});

test("broken UTF-8 is refused, a leading byte order mark is text", () => {
  expect(() => textOf(new Uint8Array([0xff]), "name")).toThrow("name: not UTF-8");
  expect(textOf(new Uint8Array([0xef, 0xbb, 0xbf, 0x61]), "name")).toBe("\ufeffa");
});

test("numbers that a varint cannot hold are refused when written", () => {
  const writer = new Writer();
  expect(() => writer.varint(-1)).toThrow(RangeError);
  expect(() => writer.varint(2 ** 53)).toThrow(RangeError);
  expect(() => writer.zigzag(0.5)).toThrow(RangeError);
  expect(() => writer.id("xyz")).toThrow(RangeError);
});
