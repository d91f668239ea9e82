import { expect, test } from "vitest";
import { adviceOf } from "../../shared/domain/advice.ts";
import { openStorageWatch } from "./storage.ts";

const well = { failed: null, damaged: null, mended: false, identity: null };
const full = { ...well, failed: "SQLITE_FULL: disk is full" };

test("a disk that refuses raises one alarm, and it is over when the disk takes again", () => {
  const watch = openStorageWatch([]);
  expect(watch.judge(well, 1)).toEqual([]);
  expect(watch.judge(full, 2)).toMatchObject([{ alarm: "storage", state: "unacknowledged" }]);
  expect(watch.judge(full, 3)).toEqual([]);
  expect(watch.acknowledge("storage", "operator", 4)).toMatchObject({
    state: "acknowledged",
    acknowledgedBy: "operator",
  });
  expect(watch.judge(well, 5)).toMatchObject([{ state: "normal", changedAt: 5 }]);
  expect(watch.open()).toEqual([]);
});

test("what the last run left open is over once storing works", () => {
  const [left] = openStorageWatch([]).judge(full, 1);
  const watch = openStorageWatch(left === undefined ? [] : [left]);
  expect(watch.open()).toHaveLength(1);
  expect(watch.judge(well, 9)).toMatchObject([{ state: "returned" }]);
  expect(watch.acknowledge("storage", "operator", 10)).toMatchObject({ state: "normal" });
});

test("a damaged file is an alarm of its own that names where it is kept, however soon it is read back, and stays in the list until somebody has seen it", () => {
  const damaged = "The journal's file was damaged and is kept as journal.db.broken-1";
  const faults = { ...well, damaged, mended: true };
  const watch = openStorageWatch([]);
  const [raised] = watch.judge(faults, 1);
  expect(raised).toMatchObject({ alarm: "storage.damage", state: "unacknowledged" });
  expect(raised?.text).toContain("is kept as journal.db.broken-1");
  expect(watch.judge(faults, 2)).toMatchObject([{ state: "returned" }]);
  expect(watch.open()).toHaveLength(1);
});

test("what cannot be stored waits in memory before it is lost, and people are told so", () => {
  const [alarm] = openStorageWatch([]).judge(full, 1);
  if (alarm === undefined) throw new Error("not raised");
  expect(adviceOf(alarm, {})).toMatchObject({
    cause: expect.stringMatching(/disk is full/),
    consequence: expect.stringMatching(/kept in memory for a while, then lost/),
  });
});

test("of a journal that was damaged nobody is told that the disk is full or that new readings are lost", () => {
  const [alarm] = openStorageWatch([]).judge({ ...well, damaged: "kept as journal.db.broken-1" }, 1);
  if (alarm === undefined) throw new Error("not raised");
  expect(adviceOf(alarm, {})).toMatchObject({
    consequence: expect.stringMatching(/taken over/),
    action: expect.stringMatching(/new readings are stored/),
  });
});

test("of a lost key people are told that nothing is lost and that the rig is to be claimed again", () => {
  const [alarm] = openStorageWatch([]).judge({ ...well, identity: "This rig's key cannot be read any more" }, 1);
  if (alarm === undefined) throw new Error("not raised");
  expect(adviceOf(alarm, {})).toMatchObject({
    cause: expect.stringMatching(/key was damaged/),
    consequence: expect.stringMatching(/stored here and sent later/),
    action: expect.stringMatching(/claim token/),
  });
});
