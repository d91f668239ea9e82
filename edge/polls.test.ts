import { expect, test } from "vitest";
import { BAD, Block, GOOD, UNCERTAIN } from "../shared/domain/reading.ts";
import { openPolls } from "./polls.ts";

test("a device's rounds, their time and qualities add up; a round without a good reading leaves the last good one", () => {
  const polls = openPolls(2);
  const block = new Block();
  block.push(0, 1, 1, GOOD, 0);
  block.push(1, 1, 1, UNCERTAIN, 9);
  block.pushBad(2, 1, 1);
  polls.count(1, 250, block, 1_000);
  block.clear();
  block.push(0, 1, 1, BAD, 2);
  polls.count(1, 750, block, 2_000);
  expect(polls.counts()).toEqual([
    { polls: 0, pollSeconds: 0, lastGoodAt: null, good: 0, uncertain: 0, bad: 0 },
    { polls: 2, pollSeconds: 1, lastGoodAt: 1_000, good: 1, uncertain: 1, bad: 2 },
  ]);
});
