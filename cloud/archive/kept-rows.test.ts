import { expect, test } from "vitest";
import { teachSeals } from "../../shared/node/seal.ts";
import { openSqlite } from "../../shared/node/sqlite.ts";
import { keptRows } from "./kept-rows.ts";
import { migrations } from "./schema.ts";

/** Quarantine of an archive that is in memory only. */
function open() {
  const db = openSqlite(":memory:", migrations, teachSeals);
  const kept = keptRows(db);
  const put = (rig: number, size: number) => {
    const message = { topic: "t", landedAt: 0, problem: "p", bytes: new Uint8Array(size) };
    kept.quarantine(rig, message, "0123456789abcdef", "telemetry", [{ first: 1, last: 1 }]);
  };
  const of = (rig: number) => db.prepare("select no, length(message) from quarantine where rig = ?").raw().all(rig);
  return { put, of };
}

test("of what a rig has in quarantine the newest is kept, within bytes and messages; another rig's is not touched", () => {
  const { put, of } = open();
  put(2, 1);
  for (let i = 0; i < 40; i++) put(1, 1_000_000);
  expect(of(1).length).toBeGreaterThanOrEqual(16);
  expect(of(1).length).toBeLessThan(20);
  expect(of(1).at(-1)).toEqual([41, 1_000_000]);
  for (let i = 0; i < 1_200; i++) put(1, 10);
  expect(of(1).length).toBeGreaterThanOrEqual(500);
  expect(of(1).length).toBeLessThan(560);
  expect(of(1).at(-1)).toEqual([1_241, 10]);
  expect(of(2)).toHaveLength(1);
});
