import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type AnswerPage, decodeAnswer, encodeAnswer } from "./answer.ts";
import { WireError } from "./bytes.ts";
import { noChecksum } from "./checksum.ts";
import { type HeldRange, rankOf, type Statement } from "./held.ts";
import { decodeHello, encodeHello, type HelloEpoch, type HelloPage, helloPages, wholeHello } from "./hello.ts";
import { heldStates, type SeqRange, streams } from "./names.ts";
import { decodeReceipt, encodeReceipt, type Receipt } from "./receipt.ts";
import { decodeRequests, encodeRequests, type Request, type RequestList } from "./request.ts";
import { verifySigned } from "./signed.ts";

const sign = (bytes: Uint8Array) => new Uint8Array(createHash("sha512").update(bytes).digest());
const verify = (bytes: Uint8Array, signature: Uint8Array) => Buffer.from(sign(bytes)).equals(signature);

const id = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((n) => n.toString(16).padStart(16, "0"));
const rig = fc.stringMatching(/^[A-Za-z0-9_-]{1,50}$/);
const seq = fc.nat({ max: 1_000_000 });
const stream = fc.constantFrom(...streams);
const word = fc.nat({ max: 0xffffffff });
const checksum = fc.record({ a: word, b: word });
const last = fc.record({ telemetry: seq, events: seq });
const at = fc.nat({ max: 2_000_000_000_000 });

/** Sorted ranges that may touch. */
const ranges = fc.array(fc.tuple(fc.nat({ max: 100 }), fc.nat({ max: 1000 })), { maxLength: 5 }).map((steps) => {
  const list: SeqRange[] = [];
  for (const [gap, length] of steps) {
    const first = (list.at(-1)?.last ?? 0) + 1 + gap;
    list.push({ first, last: first + length });
  }
  return list;
});
const held = fc
  .tuple(ranges, fc.array(fc.tuple(fc.constantFrom(...heldStates), checksum), { minLength: 5, maxLength: 5 }))
  .map(([list, states]): HeldRange[] =>
    list.map((range, i) => {
      const [state, sum] = states[i] ?? ["lost" as const, noChecksum];
      return { ...range, state, checksum: rankOf(state) >= rankOf("thinned") ? sum : noChecksum };
    }),
  );
const statement: fc.Arbitrary<Statement> = fc.record({ epoch: id, stream, known: seq, watermark: seq, ranges: held });
const epoch: fc.Arbitrary<HelloEpoch> = fc.record({
  epoch: id,
  predecessor: fc.oneof(fc.constant(null), fc.constant("unknown" as const), fc.record({ epoch: id, last })),
  last,
  ranges: fc.record({ telemetry: ranges, events: ranges }),
});
const formats = fc.array(fc.nat({ max: 255 }), { maxLength: 3 });
const text = fc.string({ unit: "grapheme-ascii", maxLength: 20 });
const hello: fc.Arbitrary<HelloPage> = fc.record({
  ...{ rig, key: id, nonce: id, running: id, at, software: text, batchFormats: formats, segmentFormats: formats },
  ...{ namesAll: fc.boolean(), page: fc.constant(1), pages: fc.constant(3) },
  chain: fc.option(fc.record({ hash: id, head: id, oldest: id })),
  epochs: fc.array(epoch, { maxLength: 4 }),
  halves: fc.array(
    fc.tuple(id, stream, checksum, fc.integer({ min: 1, max: 99 })).map(([name, of, sum, first]) => ({
      ...{ epoch: name, stream: of, checksum: sum, first, last: first + 7 },
    })),
    { maxLength: 2 },
  ),
});
const answer: fc.Arbitrary<AnswerPage> = fc.record({
  ...{ rig, key: id, nonce: id, answer: id, incarnation: id, number: seq, at, version: text },
  ...{
    batchFormats: formats,
    segmentFormats: formats,
    upgradeNeeded: fc.boolean(),
    nameAll: fc.boolean(),
    clockTrue: fc.boolean(),
  },
  ...{ page: fc.constant(0), pages: fc.constant(1), statements: fc.array(statement, { maxLength: 4 }) },
  asks: fc.array(
    fc.tuple(id, stream).map(([name, of]) => ({ epoch: name, stream: of, first: 3, last: 9 })),
    { maxLength: 2 },
  ),
});
const receipt: fc.Arbitrary<Receipt> = fc.record({
  ...{ rig, key: id, incarnation: id, number: seq, answer: fc.oneof(id, fc.constant("" as const)) },
  processed: fc.record({ events: seq, live: seq, backfill: seq }),
  statements: fc.array(statement, { maxLength: 4 }),
});
const bytes = fc.nat({ max: 1_000_000_000 });
const head = { request: id, leftMs: bytes, maxBytes: bytes, spentBytes: bytes, heard: fc.boolean() };
const asked: fc.Arbitrary<Request> = fc.oneof(
  fc
    .tuple(fc.record({ ...head, what: fc.constant("span" as const), from: at, repair: fc.boolean() }), fc.nat())
    .map(([span, ms]) => ({ ...span, to: span.from + ms })),
  fc.record({ ...head, what: fc.constant("tags" as const), tags: fc.array(id, { maxLength: 4 }) }),
);
const requests: fc.Arbitrary<RequestList> = fc.record({
  ...{ rig, key: id, answer: id, number: seq },
  requests: fc.array(asked, { maxLength: 4 }),
});

test("what is said comes back, bit by bit", () => {
  fc.assert(
    fc.property(hello, answer, receipt, requests, (page, said, each, list) => {
      expect(decodeRequests(encodeRequests(list, sign))).toEqual(list);
      expect(decodeHello(encodeHello(page, sign))).toEqual(page);
      expect(decodeAnswer(encodeAnswer(said, sign))).toEqual(said);
      expect(decodeReceipt(encodeReceipt(each, sign))).toEqual(each);
    }),
  );
});

test("a signature covers every byte", () => {
  fc.assert(
    fc.property(receipt, fc.nat(), fc.integer({ min: 1, max: 255 }), (each, where, flip) => {
      const bytes = encodeReceipt(each, sign);
      expect(verifySigned(bytes, verify)).toBe(true);
      const i = where % bytes.length;
      bytes[i] = (bytes[i] ?? 0) ^ flip;
      expect(verifySigned(bytes, verify)).toBe(false);
    }),
  );
});

test("truncated, flipped and invented bytes are refused as such, never with another error", () => {
  const decoders = [decodeHello, decodeAnswer, decodeReceipt, decodeRequests];
  const valid = fc.oneof(
    hello.map((page) => encodeHello(page, sign)),
    answer.map((page) => encodeAnswer(page, sign)),
    receipt.map((each) => encodeReceipt(each, sign)),
    requests.map((list) => encodeRequests(list, sign)),
  );
  const flips = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 4 });
  const broken = fc.tuple(valid, fc.nat(), flips).map(([bytes, cut, changes]) => {
    for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
    return bytes.subarray(0, cut % 3 === 0 ? cut % bytes.length : bytes.length);
  });
  fc.assert(
    fc.property(fc.oneof(broken, fc.uint8Array({ maxLength: 300 })), (bytes) => {
      for (const decode of decoders)
        try {
          decode(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
    }),
    { numRuns: 500 },
  );
});

test("a message never passes for one of another kind", () => {
  fc.assert(
    fc.property(hello, receipt, (page, each) => {
      expect(() => decodeReceipt(encodeHello(page, sign))).toThrow(WireError);
      expect(() => decodeAnswer(encodeReceipt(each, sign))).toThrow(WireError);
    }),
  );
});

test("a healthy rig's receipt takes at most 200 bytes, its signature included", () => {
  const sum = { a: 0xdeadbeef, b: 0xfeedf00d };
  const range = (last: number): HeldRange[] => [{ first: last - 3600, last, state: "stored", checksum: sum }];
  const running = "0123456789abcdef";
  const bytes = encodeReceipt(
    {
      ...{ rig: "a-rig-with-a-name-of-forty-characters-xx", key: running, incarnation: running, answer: running },
      ...{ number: 600_000, processed: { events: 900, live: 90_000, backfill: 20_000 } },
      statements: [
        { epoch: running, stream: "telemetry", known: 90_000_000, watermark: 90_000_000, ranges: range(90_000_000) },
        { epoch: running, stream: "events", known: 900_000, watermark: 900_000, ranges: range(900_000) },
      ],
    },
    sign,
  );
  expect(bytes.length).toBeLessThanOrEqual(200);
});

test("a hello of many epochs and ranges goes in pages and comes together again", () => {
  fc.assert(
    fc.property(hello, fc.array(epoch, { maxLength: 12 }), fc.integer({ min: 2, max: 9 }), (page, some, limit) => {
      const { halves } = page;
      const epochs = some.map((each, i) => ({ ...each, epoch: i.toString(16).padStart(16, "0") }));
      const { page: _, pages: __, epochs: ___, halves: ____, ...head } = page;
      const pages = helloPages(head, epochs, halves, limit);
      expect(wholeHello(pages)).toEqual({ ...head, epochs, halves });
      expect(pages.map((each) => each.page)).toEqual(pages.map((_each, i) => i));
    }),
  );
});

/** Bytes that are out in the world: a change here is a new format, with a new number, beside the old one. */
function golden(name: string): { message: unknown; hex: string; signature: Uint8Array } {
  const { message, hex, signature } = JSON.parse(
    readFileSync(new URL(`golden/${name}.json`, import.meta.url), "utf8"),
  ) as Record<string, string>;
  return { message, hex: hex ?? "", signature: Buffer.from(signature ?? "", "hex") };
}

test("golden hello, answer, receipt and requests read as what they mean, and are written so again", () => {
  const bytesOf = (name: string) => new Uint8Array(Buffer.from(golden(name).hex, "hex"));
  const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
  const [page, said, each] = [
    decodeHello(bytesOf("hello")),
    decodeAnswer(bytesOf("answer")),
    decodeReceipt(bytesOf("receipt")),
  ];
  const list = decodeRequests(bytesOf("requests"));
  expect(list).toEqual(golden("requests").message);
  expect(hexOf(encodeRequests(list, () => golden("requests").signature))).toBe(golden("requests").hex);
  expect(page).toEqual(golden("hello").message);
  expect(said).toEqual(golden("answer").message);
  expect(each).toEqual(golden("receipt").message);
  expect(hexOf(encodeHello(page, () => golden("hello").signature))).toBe(golden("hello").hex);
  expect(hexOf(encodeAnswer(said, () => golden("answer").signature))).toBe(golden("answer").hex);
  expect(hexOf(encodeReceipt(each, () => golden("receipt").signature))).toBe(golden("receipt").hex);
});
