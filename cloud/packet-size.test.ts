import fc from "fast-check";
import { expect, test } from "vitest";
import { packetSizes } from "./packet-size.ts";

/** An MQTT packet: type, remaining length, body. */
function packet(length: number): Uint8Array {
  const head = [0x30];
  let rest = length;
  do {
    head.push((rest % 128) | (rest >= 128 ? 128 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Uint8Array.from([...head, ...new Array<number>(length).fill(0xff)]);
}

test("packets within the limit pass, wherever the stream is cut", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 6 }),
      fc.integer({ min: 1, max: 90 }),
      (lengths, cut) => {
        const stream = Buffer.concat(lengths.map(packet));
        const check = packetSizes(400);
        for (let at = 0; at < stream.length; at += cut) expect(check(stream.subarray(at, at + cut))).toBe(true);
      },
    ),
  );
});

test("a packet beyond the limit is refused at its header, before its body", () => {
  const check = packetSizes(400);
  expect(check(packet(400))).toBe(true);
  expect(check(packet(401).subarray(0, 3))).toBe(false);
});

test("a length that never ends is refused", () => {
  expect(packetSizes(400)(Uint8Array.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x80]))).toBe(false);
});
