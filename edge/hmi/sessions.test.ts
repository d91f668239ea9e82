import { expect, test } from "vitest";
import { openSessions, openThrottle } from "./sessions.ts";

const person = { name: "operator", role: "operator", station: "rig box" } as const;

test("a session ends after a tour and at sign-out, and no other secret opens it", () => {
  let now = 0;
  const sessions = openSessions(() => now);
  const secret = sessions.open(person);
  expect(sessions.personOf(secret)).toEqual(person);
  expect([sessions.personOf(undefined), sessions.personOf("x"), sessions.personOf(`${secret}x`)]).toEqual([
    null,
    null,
    null,
  ]);
  now = 12 * 3_600_000;
  expect(sessions.personOf(secret)).toBeNull();
  const second = sessions.open(person);
  sessions.close(second);
  expect(sessions.personOf(second)).toBeNull();
});

test("guessing from one station waits twice as long each time; a success forgives, other stations don't wait", () => {
  let now = 0;
  const throttle = openThrottle(3, () => now);
  const waits = [1, 2, 3, 4, 5].map(() => {
    throttle.failed("a");
    return throttle.waitOf("a");
  });
  expect(waits).toEqual([0, 0, 1_000, 2_000, 4_000]);
  expect(throttle.waitOf("b")).toBe(0);
  now = 4_000;
  expect(throttle.waitOf("a")).toBe(0);
  throttle.succeeded("a");
  throttle.failed("a");
  expect(throttle.waitOf("a")).toBe(0);
});
