import { expect, test } from "vitest";
import { openBoxAlarm } from "./box-alarm.ts";

test("a disk that refuses raises one alarm, and it is over when the disk takes again", () => {
  const watch = openBoxAlarm({ name: "storage", condition: "storage" }, []);
  expect(watch.judge(null, 1)).toEqual([]);
  expect(watch.judge("SQLITE_FULL: disk is full", 2)).toMatchObject([{ alarm: "storage", state: "unacknowledged" }]);
  expect(watch.judge("SQLITE_FULL: disk is full", 3)).toEqual([]);
  expect(watch.acknowledge("storage", "operator", 4)).toMatchObject({
    state: "acknowledged",
    acknowledgedBy: "operator",
  });
  expect(watch.judge(null, 5)).toMatchObject([{ state: "normal", changedAt: 5 }]);
  expect(watch.open()).toEqual([]);
});

test("what the last run left open is over once storing works", () => {
  const [left] = openBoxAlarm({ name: "storage", condition: "storage" }, []).judge("SQLITE_IOERR: no disk", 1);
  const watch = openBoxAlarm({ name: "storage", condition: "storage" }, left === undefined ? [] : [left]);
  expect(watch.open()).toHaveLength(1);
  expect(watch.judge(null, 9)).toMatchObject([{ state: "returned" }]);
  expect(watch.acknowledge("storage", "operator", 10)).toMatchObject({ state: "normal" });
});
