import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openRepeats } from "./repeats.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const packet = (type: number, body: readonly number[]) => {
  const length = body.length < 128 ? [body.length] : [0x80 | (body.length & 0x7f), body.length >> 7];
  return Uint8Array.from([type << 4, ...length, ...body]);
};
const message = (n: number) => packet(3, [n]);
const ping = packet(12, []);

/** What arrives, each message by its number; -1 for a packet that is none. */
function arriving(pick = (_below: number) => -1) {
  const arrived: number[] = [];
  const repeats = openRepeats((bytes) => void arrived.push(bytes[0] === 0x30 ? (bytes.at(-1) ?? -2) : -1), pick);
  return { arrived, repeats };
}

test("of two messages the second overtakes the first, and both come twice", () => {
  const { arrived, repeats } = arriving();
  repeats.take(message(1));
  expect(arrived).toEqual([]);
  repeats.take(message(2));
  expect(arrived).toEqual([2, 1, 2, 1]);
  expect(repeats.repeated()).toBe(2);
});

test("a message that nothing overtakes comes twice after a while", () => {
  const { arrived, repeats } = arriving();
  repeats.take(message(1));
  vi.runAllTimers();
  expect(arrived).toEqual([1, 1]);
});

test("an old message comes once more", () => {
  const { arrived, repeats } = arriving((below) => below - 1);
  for (const n of [1, 2, 3, 4]) repeats.take(message(n));
  expect(arrived).toEqual([2, 1, 2, 1, 4, 3, 4, 3, 1]);
});

test("what is no message passes at once", () => {
  const { arrived, repeats } = arriving();
  repeats.take(message(1));
  repeats.take(ping);
  expect(arrived).toEqual([-1]);
});

test("every message arrives twice, whole and however it was cut on its way", () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 8 }),
      fc.integer({ min: 1, max: 40 }),
      (bodies, step) => {
        const sent = bodies.map((body) => packet(3, [...body]));
        const stream = Buffer.concat(sent);
        const arrived: string[] = [];
        const repeats = openRepeats(
          (bytes) => void arrived.push(Buffer.from(bytes).toString("hex")),
          () => -1,
        );
        for (let i = 0; i < stream.length; i += step) repeats.take(stream.subarray(i, i + step));
        vi.runAllTimers();
        const twice = sent.flatMap((bytes) => [bytes, bytes]).map((bytes) => Buffer.from(bytes).toString("hex"));
        expect(arrived.sort()).toEqual(twice.sort());
      },
    ),
  );
});
