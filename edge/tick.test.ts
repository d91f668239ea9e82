import { expect, test } from "vitest";
import { AT_SOURCE, BAD, Block, GOOD } from "../shared/domain/reading.ts";
import { openTick } from "./tick.ts";

test("a tick holds what all blocks brought, in order, text included", () => {
  const tick = openTick([false, true]);
  const block = new Block(2);
  block.push(0, 10, 1.5, GOOD, 0);
  block.pushText(1, 10, "in slips", GOOD, 0);
  tick.add(block);
  block.clear();
  block.pushText(1, 20, "drilling", GOOD, 0);
  block.pushBad(1, 30, 3);
  tick.add(block);
  const { readings, lost } = tick.take();
  expect(lost).toBe(0);
  expect([...readings.tag.subarray(0, readings.length)]).toEqual([0, 1, 1, 1]);
  expect([1, 2].map((i) => readings.texts[readings.value[i] ?? -1])).toEqual(["in slips", "drilling"]);
  expect(readings.status[3]).toBe(BAD | 0b1000);
});

test("bits that are no number survive", () => {
  const tick = openTick([false]);
  const block = new Block(1);
  block.pushBits(0, 0, 0xdeadbeef, 0x7ff80001, GOOD, 0);
  tick.add(block);
  const { readings } = tick.take();
  expect([readings.words[0], readings.words[1]]).toEqual([0xdeadbeef, 0x7ff80001]);
});

test("what does not fit is counted, and the next tick begins empty", () => {
  const tick = openTick([false], 3);
  const block = new Block(2);
  block.push(0, 1, 1, GOOD, 0);
  block.push(0, 2, 2, GOOD, 0);
  tick.add(block);
  tick.add(block);
  expect(tick.take()).toMatchObject({ lost: 1, readings: { length: 3 } });
  expect(tick.take()).toMatchObject({ lost: 0, readings: { length: 0 } });
});

test("when the clock is set, what was read by the old time gets the new one; a source's own time stays", () => {
  const tick = openTick([false]);
  const block = new Block(2);
  block.push(0, 1_000, 1, GOOD, 0);
  block.push(0, 1_000, 2, GOOD | AT_SOURCE, 0);
  tick.add(block);
  tick.moved(7_200_000);
  tick.add(block);
  const { readings } = tick.take();
  expect([...readings.at.subarray(0, readings.length)]).toEqual([7_201_000, 1_000, 1_000, 1_000]);
});
