import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { diskRoom, mostBytes } from "./disk-room.ts";

test("a journal may come to its budget, or to what the file system has left above the reserve, but is never asked to shrink", () => {
  const room = { fileBytes: 300, freeBytes: 5_000, reserveBytes: 500 };
  expect(mostBytes(1_000, 300, null)).toBe(1_000);
  expect(mostBytes(1_000, 300, room)).toBe(1_000);
  expect(mostBytes(1_000, 300, { ...room, freeBytes: 700 })).toBe(500);
  // What stands in the log alone takes room of what is free.
  expect(mostBytes(1_000, 400, { ...room, freeBytes: 700 })).toBe(500);
  expect(mostBytes(1_000, 300, { ...room, freeBytes: 100 })).toBe(300);
});

test("the room of a file system is what it says; of a path that is none nothing is known", () => {
  const room = diskRoom(tmpdir());
  expect(room?.reserveBytes).toBeGreaterThanOrEqual(8_388_608);
  expect(room?.reserveBytes).toBeLessThanOrEqual(1_000_000_000);
  expect(diskRoom(join(tmpdir(), "there", "is", "none"))).toBeNull();
});
