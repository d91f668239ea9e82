import { expect, test } from "vitest";
import { loginThrottle } from "./throttle.ts";

test("guessing from one source slows that source down for that account and nobody else", () => {
  let now = 0;
  const throttle = loginThrottle(() => now);
  for (let i = 0; i < 5; i++) {
    expect(throttle.waitS("admin", "10.0.0.9")).toBe(0);
    throttle.missed("admin", "10.0.0.9");
  }
  expect(throttle.waitS("ADMIN", "10.0.0.9")).toBe(1);
  expect(throttle.waitS("admin", "10.0.0.1")).toBe(0);
  expect(throttle.waitS("operator", "10.0.0.9")).toBe(0);
  now += 1_000;
  throttle.missed("admin", "10.0.0.9");
  expect(throttle.waitS("admin", "10.0.0.9")).toBe(2);
  now += 3_600_000;
  throttle.missed("admin", "10.0.0.9");
  expect(throttle.waitS("admin", "10.0.0.9")).toBe(0);
});

test("spraying many names from one source slows the source down, but not who signed in from there before", () => {
  const throttle = loginThrottle(() => 0);
  throttle.missed("kim", "10.0.0.9");
  throttle.succeeded("kim", "10.0.0.9");
  for (let i = 0; i < 60; i++) throttle.missed(`name${i}`, "10.0.0.9");
  expect(throttle.waitS("other", "10.0.0.9")).toBeGreaterThan(60);
  expect(throttle.waitS("kim", "10.0.0.9")).toBe(0);
  expect(throttle.waitS("other", "10.0.0.8")).toBe(0);
});

test("signing in often is no miss", () => {
  const throttle = loginThrottle(() => 0);
  for (let i = 0; i < 200; i++) {
    throttle.missed(`person${i}`, "10.0.0.9");
    throttle.succeeded(`person${i}`, "10.0.0.9");
  }
  expect(throttle.waitS("new", "10.0.0.9")).toBe(0);
});
