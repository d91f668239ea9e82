import { expect, test } from "vitest";
import { openSessions } from "./sessions.ts";

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
