import fc from "fast-check";
import { expect, test } from "vitest";
import { openPacketBound } from "./packet-bound.ts";

/** A PUBLISH packet with so many bytes behind its fixed header. */
function publish(bytes: number): Buffer {
  const header = [0x30];
  for (let left = bytes; ; left >>>= 7) {
    header.push((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
    if (left <= 0x7f) break;
  }
  return Buffer.concat([Buffer.from(header), Buffer.alloc(bytes, 0xff)]);
}
const PINGRESP = Buffer.from([0xd0, 0]);

/** However the stream is cut into pieces. */
function taken(most: number, stream: Uint8Array, cuts: readonly number[]): number | null {
  const bound = openPacketBound(most);
  const ends = [...cuts.map((cut) => cut % (stream.length + 1)), stream.length].sort((a, b) => a - b);
  let from = 0;
  for (const end of ends) {
    const size = bound.take(stream.subarray(from, end));
    if (size !== null) return size;
    from = end;
  }
  return null;
}

test("packets within the bound pass, however the stream is cut", () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 900 }), { maxLength: 20 });
  fc.assert(
    fc.property(sizes, fc.array(fc.nat()), (payloads, cuts) => {
      const stream = Buffer.concat([...payloads.map(publish), PINGRESP]);
      expect(taken(1_000, stream, cuts)).toBeNull();
    }),
  );
});

test("a packet that announces too much is told by its first bytes, wherever it stands in the stream", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 900 })), fc.array(fc.nat()), (payloads, cuts) => {
      const large = publish(200_000).subarray(0, 4);
      const stream = Buffer.concat([...payloads.map(publish), large]);
      expect(taken(1_000, stream, cuts)).toBe(200_000);
    }),
  );
});
