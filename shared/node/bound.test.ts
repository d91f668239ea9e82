import { expect, test } from "vitest";
import { boundOf } from "./bound.ts";

test("no source takes more than its part, none finds room past the whole, and what leaves makes room once", () => {
  const bound = boundOf({ each: 2, all: 3 });
  const leave = bound.enter("a");
  expect([bound.enter("a") === null, bound.enter("a")]).toEqual([false, null]);
  expect([bound.enter("b") === null, bound.enter("b")]).toEqual([false, null]);
  leave?.();
  leave?.();
  expect(bound.inAll).toBe(2);
  expect([bound.enter("a") === null, bound.enter("a"), bound.enter("c")]).toEqual([false, null, null]);
});
