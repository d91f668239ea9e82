import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { keepAsking } from "./keep-asking.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function asking(everyMs = 0) {
  const asked: { done: () => void; fail: (why: string) => void }[] = [];
  const told: (string | null)[] = [];
  const control = new AbortController();
  const over = keepAsking({
    once: () =>
      new Promise<void>((done, fail) => {
        asked.push({ done, fail: (why) => fail(new Error(why)) });
      }),
    everyMs,
    signal: control.signal,
    tell: (trouble) => told.push(trouble),
  });
  return { asked, told, control, over };
}

test("a question that failed is asked again by itself until it is answered", async () => {
  const { asked, told, over } = asking();
  for (const why of ["429", "503"]) {
    asked.at(-1)?.fail(why);
    await vi.advanceTimersByTimeAsync(4_000);
  }
  expect([asked.length, told]).toEqual([3, ["429", "503"]]);
  asked.at(-1)?.done();
  await over;
  expect(told.at(-1)).toBeNull();
});

test("what is long in coming is told to be, and is not asked beside itself", async () => {
  const { asked, told } = asking(3_000);
  await vi.advanceTimersByTimeAsync(20_000);
  expect([asked.length, told]).toEqual([1, ["no answer for 5 s"]]);
  asked[0]?.done();
  await vi.advanceTimersByTimeAsync(3_000);
  expect([asked.length, told.at(-1)]).toEqual([2, null]);
});

test("nothing is told or asked after its end", async () => {
  const { asked, told, control, over } = asking(1_000);
  control.abort();
  asked[0]?.fail("aborted");
  await over;
  await vi.advanceTimersByTimeAsync(60_000);
  expect([asked.length, told]).toEqual([1, []]);
});
