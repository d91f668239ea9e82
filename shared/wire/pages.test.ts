import { expect, test } from "vitest";
import { Pages } from "./pages.ts";

type Sized = { page: number; pages: number; size: number };
const bound = { weight: ({ size }: Sized) => size, most: 100, keepMs: 1_000 };
const page = (number: number, pages: number, size = 10) => ({ page: number, pages, size });

test("a message is whole once all of its pages are in, in any order, whatever it weighs then", () => {
  const pages = new Pages<Sized>(bound);
  expect(pages.add("a", page(1, 3, 60))).toBeNull();
  expect(pages.add("a", page(1, 3, 60))).toBeNull();
  expect(pages.add("a", page(0, 3, 40))).toBeNull();
  expect(pages.add("a", page(2, 3, 60))?.map((each) => each.page)).toEqual([0, 1, 2]);
  expect(pages.weight).toBe(0);
});

test("pages of which the last never comes are dropped where they weigh too much, the oldest message first", () => {
  const pages = new Pages<Sized>(bound);
  for (let i = 0; i < 1_000; i++) {
    pages.add("a", page(i, 1_600));
    expect(pages.weight).toBeLessThanOrEqual(100);
  }
  pages.clear();
  pages.add("a", page(0, 2, 60));
  pages.add("b", page(0, 2, 60));
  expect(pages.weight).toBe(60);
  expect(pages.add("b", page(1, 2))).toHaveLength(2);
});

test("what was begun is forgotten a while after its newest page, in a copy too", () => {
  const pages = new Pages<Sized>(bound);
  pages.add("a", page(0, 3), 0);
  pages.add("a", page(1, 3), 500);
  expect(pages.oldAt).toBe(1_500);
  const copy = pages.copy();
  pages.dropOld(1_499);
  expect(pages.weight).toBe(20);
  for (const each of [pages, copy]) {
    each.dropOld(1_500);
    expect([each.weight, each.oldAt]).toEqual([0, Number.POSITIVE_INFINITY]);
  }
});
