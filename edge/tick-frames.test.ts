import { expect, test } from "vitest";
import { Block, GOOD } from "../shared/domain/reading.ts";
import { tagListOf } from "../shared/wire/dictionary.ts";
import { decodeFrame } from "../shared/wire/frame.ts";
import { maxFrameBytes, maxReadings } from "../shared/wire/limits.ts";
import { framesOf } from "./tick-frames.ts";

const time = { receivedAt: 1_800_000_000_000, mono: 5, clock: "unknown" as const, dictionary: "00000000000000dd" };
const tags = tagListOf(
  [{ type: "double" as const, scale: 1, offset: 0 }, { type: "text" as const }].map((kind, i) => ({
    id: `000000000000000${i}`,
    name: `tag_${i}`,
    label: "A tag",
    unit: "psi",
    kind,
    limits: { onDelayS: 5, deadband: 0.02 },
    source: "plc",
    validFrom: 0,
  })),
);

test("a tick is one frame", () => {
  const block = new Block();
  block.push(0, time.receivedAt, 1.5, GOOD, 0);
  expect(framesOf(block, tags, time)).toMatchObject([{ count: 1 }]);
  block.clear();
  expect(framesOf(block, tags, time)).toMatchObject([{ count: 0 }]);
});

test("long texts that do not fit into one frame go in several, every one of them, in order", () => {
  const block = new Block();
  const said = Array.from({ length: 600 }, (_, i) => `${i} ${"x".repeat(4_000)}`);
  for (const text of said) block.pushText(1, time.receivedAt, text, GOOD, 0);
  const frames = framesOf(block, tags, time);
  expect(frames.length).toBeGreaterThan(1);
  for (const { body } of frames) expect(body.length).toBeLessThan(maxFrameBytes);
  const back = frames.flatMap(({ body }) => decodeFrame(body).readings.texts);
  expect(back).toEqual(said);
});

test("as many doubles as a tick can hold fit too", () => {
  const block = new Block(maxReadings);
  for (let i = 0; i < maxReadings; i++) block.push(0, time.receivedAt + (i % 7), Math.sqrt(i), GOOD, 0);
  const frames = framesOf(block, tags, time);
  expect(frames.reduce((sum, { count }) => sum + count, 0)).toBe(maxReadings);
});
