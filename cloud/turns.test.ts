import { expect, test } from "vitest";
import { openTurns } from "./turns.ts";

test("who has much waiting is taken from no more often than the others, and each one's stay in their order", () => {
  const turns = openTurns<string>();
  for (let i = 0; i < 100; i++) turns.push("a", `a${i}`);
  turns.push("b", "b0");
  turns.push("b", "b1");
  turns.push("c", "c0");
  expect(turns.next(5)).toEqual(["a0", "b0", "c0", "a1", "b1"]);
  turns.take(1);
  turns.push("d", "d0");
  expect(turns.next(4)).toEqual(["b0", "c0", "a1", "d0"]);
  turns.take(4);
  expect(turns.next(1_000)).toEqual(["b1", ...Array.from({ length: 98 }, (_, i) => `a${i + 2}`)]);
  turns.take(99);
  expect([turns.size, turns.next(10)]).toEqual([0, []]);
});
