import { expect, test } from "vitest";
import type { Outcome } from "./fault.ts";
import { isRecorded, lineOf } from "./results.ts";

const outcome: Outcome = {
  ...{ id: "F02", title: "kill -9", carrier: "embedded", seed: 7, strikes: 100, control: false },
  ...{ made: 10, lost: 0, doubled: 0, stated: 0, deadS: 1, drainedS: 1, problem: null },
};
const table = (...changes: Partial<Outcome>[]) =>
  changes.map((change) => lineOf({ ...outcome, ...change }, "abc", "2030-01-01")).join("\n");
const isDone = (text: string) => isRecorded(text, "F02", "embedded", 7, 100);

test("a run that is in the table as promised is not done again", () => {
  expect(isDone(table({}))).toBe(true);
  expect(isDone(table({ control: true, lost: 3 }))).toBe(true);
});

test("a run that failed, of another fault, broker, seed or length, is", () => {
  expect(isDone(table({ problem: "ticks: 3 are | lost" }))).toBe(false);
  expect(isDone(table({ id: "F02-x" }, { carrier: "nats" }, { seed: 8 }, { strikes: 8 }))).toBe(false);
});
