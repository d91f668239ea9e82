import { expect, test } from "vitest";
import type { NewEvents, NewTelemetry } from "./frames.ts";
import { openWaiting } from "./waiting.ts";

const time = { mono: 0, clock: "unknown" as const };
const frame = (at: number, bytes: number): NewTelemetry => ({
  stream: "telemetry",
  receivedAt: at,
  ...time,
  dictionary: "00000000000000d1",
  count: 3,
  body: new Uint8Array(bytes),
});
const event = (at: number): NewEvents => ({
  stream: "events",
  receivedAt: at,
  ...time,
  events: [{ type: "action", at, who: "a", station: "b", what: "c" }],
});

test("all that waits is one group, the same until it is done; then its promises resolve", async () => {
  const waiting = openWaiting(10_000);
  const outcomes = [waiting.add(frame(1, 10), "overflow in RAM"), waiting.add(event(2), "overflow in RAM")];
  const group = waiting.take();
  expect(group?.frames).toHaveLength(2);
  void waiting.add(frame(3, 10), "overflow in RAM");
  expect(waiting.take()?.frames).toBe(group?.frames);
  group?.done(true);
  expect(waiting.take()?.frames).toHaveLength(1);
  expect(await Promise.all(outcomes)).toEqual([true, true]);
});

test("what is in hand still counts as waiting until it is committed", async () => {
  const waiting = openWaiting(1_000);
  void waiting.add(frame(1, 700), "overflow in RAM");
  const group = waiting.take();
  expect(await waiting.add(frame(2, 700), "overflow in RAM")).toBe(false);
  group?.done(true);
  expect(waiting.bytes()).toBe(0);
});

test("what found no room is told once, with its span and count, behind the next frames; events still find room", async () => {
  const waiting = openWaiting(2_000);
  void waiting.add(frame(1, 1_500), "storage failed");
  expect(await waiting.add(frame(5, 1_500), "storage failed")).toBe(false);
  expect(await waiting.add(frame(9, 1_500), "storage failed")).toBe(false);
  void waiting.add(event(10), "storage failed");
  const group = waiting.take();
  expect(group?.frames.at(-1)).toMatchObject({
    stream: "events",
    events: [{ type: "gap", stream: "telemetry", from: 5, to: 9, count: 6, reason: "storage failed" }],
  });
  group?.done(true);
  expect(waiting.take()?.frames).toMatchObject([{ stream: "events", receivedAt: 10 }]);
  waiting.take()?.done(true);
  void waiting.add(frame(11, 10), "overflow in RAM");
  expect(waiting.take()?.frames).toHaveLength(1);
});

test("a gap of telemetry that found no room itself stays a gap of telemetry, with its count and reason", async () => {
  const waiting = openWaiting(1_000);
  const lost = (at: number) => ({
    ...event(at),
    events: [
      {
        type: "gap" as const,
        stream: "telemetry" as const,
        from: at,
        to: at + 1,
        count: 7,
        reason: "overflow in RAM" as const,
      },
      { type: "action" as const, at, who: "a", station: "b", what: "c" },
    ],
  });
  void waiting.add(frame(1, 799), "storage failed");
  expect(await waiting.add({ ...lost(2), events: [...lost(2).events, ...lost(4).events] }, "storage failed")).toBe(
    false,
  );
  expect(waiting.take()?.frames.at(-1)).toMatchObject({
    events: [
      { stream: "telemetry", from: 2, to: 5, count: 14, reason: "overflow in RAM" },
      { stream: "events", count: 2, reason: "storage failed" },
    ],
  });
});
