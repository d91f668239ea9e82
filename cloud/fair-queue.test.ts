import { expect, test } from "vitest";
import { openFairQueue } from "./fair-queue.ts";

test("who has much waiting is taken from no more often than the others, and each one's stay in their order", () => {
  const queue = openFairQueue<string>();
  for (let i = 0; i < 100; i++) queue.push("a", `a${i}`);
  queue.push("b", "b0");
  queue.push("b", "b1");
  queue.push("c", "c0");
  expect(queue.next(5)).toEqual(["a0", "b0", "c0", "a1", "b1"]);
  queue.take(1);
  queue.push("d", "d0");
  expect(queue.next(4)).toEqual(["b0", "c0", "a1", "d0"]);
  queue.take(4);
  expect(queue.next(1_000)).toEqual(["b1", ...Array.from({ length: 98 }, (_, i) => `a${i + 2}`)]);
  queue.take(99);
  expect([queue.size, queue.next(10)]).toEqual([0, []]);
});
