import Database from "better-sqlite3";
import { afterEach, expect, test, vi } from "vitest";
import { boundMemory } from "./sqlite.ts";

afterEach(() => void vi.useRealTimers());

test("a connection gives memory back as long as it is open, and nothing holds it once it is closed", () => {
  vi.useFakeTimers();
  const db = new Database(":memory:");
  boundMemory(db, 1_000);
  expect(db.pragma("cache_size", { simple: true })).toBe(-1_000);
  db.exec("create table t (x); insert into t values (zeroblob(400000))");
  vi.advanceTimersByTime(600_000);
  expect([db.prepare("select length(x) from t").pluck().get(), vi.getTimerCount()]).toEqual([400_000, 1]);
  expect(db.close()).toBe(db);
  expect([db.open, vi.getTimerCount()]).toEqual([false, 0]);
});

test("a connection in a transaction keeps what it has until that is over", () => {
  vi.useFakeTimers();
  const db = new Database(":memory:");
  boundMemory(db, 1_000);
  const asked = vi.spyOn(db, "pragma");
  db.exec("begin");
  vi.advanceTimersByTime(600_000);
  expect(asked).not.toHaveBeenCalled();
  db.exec("commit");
  vi.advanceTimersByTime(120_000);
  expect(asked.mock.calls).toEqual([["shrink_memory"]]);
  db.close();
});
