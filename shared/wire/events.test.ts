import fc from "fast-check";
import { expect, test } from "vitest";
import type { RigEvent } from "../domain/event.ts";
import { WireError } from "./bytes.ts";
import { decodeEvents, encodeEvents } from "./events.ts";

const id = fc.stringMatching(/^[0-9a-f]{16}$/);
const ms = fc.integer({ min: -1e14, max: 1e14 }).map((at) => at + 0);
const plain = fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0);
const word = fc.string({ unit: "grapheme" });

const event: fc.Arbitrary<RigEvent> = fc.oneof(
  fc.record({
    type: fc.constant("gap" as const),
    stream: fc.constantFrom("telemetry" as const, "events" as const),
    from: ms,
    to: ms,
    count: fc.option(fc.nat()),
    reason: fc.constantFrom("evicted" as const, "overflow in RAM" as const, "storage failed" as const),
  }),
  fc.record({
    type: fc.constant("dictionary" as const),
    hash: id,
    parent: fc.option(id),
    keep: fc.nat(),
    add: fc.array(id),
  }),
  fc.record({
    type: fc.constant("clock" as const),
    at: ms,
    mono: plain,
    step: plain,
    state: fc.constantFrom("synchronised" as const, "free-running" as const, "unknown" as const),
  }),
  fc.record({
    type: fc.constant("clock" as const),
    at: ms,
    mono: plain,
    step: plain,
    state: fc.constant("unknown" as const),
    correction: fc.record({
      at: ms,
      mono: plain,
      uncertainty: fc.option(fc.nat()),
      by: fc.constantFrom("time server" as const, "office" as const),
    }),
  }),
  fc.record({ type: fc.constant("action" as const), at: ms, who: word, station: word, what: word }),
);

test("any events come back from their JSON", () => {
  fc.assert(
    fc.property(fc.array(event, { minLength: 1, maxLength: 5 }), (events) => {
      expect(decodeEvents(encodeEvents(events))).toEqual(events);
    }),
  );
});

test("a number that JSON cannot say is refused, not turned into null", () => {
  const clock = { type: "clock", at: 0, mono: 0, step: Number.NaN, state: "unknown" } as const;
  expect(() => encodeEvents([clock])).toThrow("event: step is NaN");
});

test("what does not fit is named by its path", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  expect(() => decodeEvents(bytes("[{]"))).toThrow("events: not JSON");
  expect(() => decodeEvents(bytes("[]"))).toThrow(WireError);
  expect(() => decodeEvents(bytes('[{"type":"clock","at":0,"mono":0,"step":"x","state":"unknown"}]'))).toThrow(
    /^events: 0\.step: /,
  );
  expect(() => decodeEvents(bytes('[{"type":"unheard of"}]'))).toThrow(/^events: 0\.type: /);
  expect(() => decodeEvents(new Uint8Array([0x22, 0xff, 0x22]))).toThrow("not UTF-8");
});

test("an event with a field of a newer release is read without it", () => {
  const text = '[{"type":"clock","at":0,"mono":0,"step":0,"state":"unknown","later":1}]';
  expect(decodeEvents(new TextEncoder().encode(text))[0]).not.toHaveProperty("later");
});
