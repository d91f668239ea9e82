import { expect, test } from "vitest";
import { type SignInTry, signInThrottle } from "./throttle.ts";

const from = (account: string, source: string, device: string | null = null): SignInTry => ({
  account,
  source,
  device,
});

test("guessing from one source slows that source down for that account and nobody else", () => {
  let now = 0;
  const throttle = signInThrottle(() => now);
  for (let i = 0; i < 5; i++) {
    expect(throttle.waitS(from("admin", "10.0.0.9"))).toBe(0);
    throttle.missed(from("admin", "10.0.0.9"));
  }
  expect(throttle.waitS(from("ADMIN", "10.0.0.9"))).toBe(1);
  expect(throttle.waitS(from("admin", "10.0.0.1"))).toBe(0);
  expect(throttle.waitS(from("operator", "10.0.0.9"))).toBe(0);
  now += 1_000;
  throttle.missed(from("admin", "10.0.0.9"));
  expect(throttle.waitS(from("admin", "10.0.0.9"))).toBe(2);
  now += 3_600_000;
  throttle.missed(from("admin", "10.0.0.9"));
  expect(throttle.waitS(from("admin", "10.0.0.9"))).toBe(0);
});

test("strangers at the same address do not lock a person out of a device that is known", () => {
  const throttle = signInThrottle(() => 0);
  for (let i = 0; i < 200; i++) throttle.missed(from(i % 2 === 0 ? "kim" : `name${i}`, "10.0.0.9"));
  expect(throttle.waitS(from("kim", "10.0.0.9"))).toBeGreaterThan(60);
  expect(throttle.waitS(from("kim", "10.0.0.9", "d1"))).toBe(0);
});

test("guessing on a known device slows that device down, and not the person elsewhere", () => {
  const throttle = signInThrottle(() => 0);
  for (let i = 0; i < 6; i++) throttle.missed(from("kim", "10.0.0.9", "d1"));
  expect(throttle.waitS(from("kim", "10.0.0.9", "d1"))).toBe(2);
  expect(throttle.waitS(from("kim", "10.0.0.9"))).toBe(0);
  throttle.succeeded(from("kim", "10.0.0.9", "d1"));
  expect(throttle.waitS(from("kim", "10.0.0.9", "d1"))).toBe(0);
});

test("spraying many names from one source slows the source down, but not who signed in from there before", () => {
  const throttle = signInThrottle(() => 0);
  throttle.missed(from("kim", "10.0.0.9"));
  throttle.succeeded(from("kim", "10.0.0.9"));
  for (let i = 0; i < 60; i++) throttle.missed(from(`name${i}`, "10.0.0.9"));
  expect(throttle.waitS(from("other", "10.0.0.9"))).toBe(60);
  expect(throttle.waitS(from("kim", "10.0.0.9"))).toBe(0);
  expect(throttle.waitS(from("other", "10.0.0.8"))).toBe(0);
});

test("signing in often is no miss", () => {
  const throttle = signInThrottle(() => 0);
  for (let i = 0; i < 200; i++) {
    throttle.missed(from(`person${i}`, "10.0.0.9"));
    throttle.succeeded(from(`person${i}`, "10.0.0.9"));
  }
  expect(throttle.waitS(from("new", "10.0.0.9"))).toBe(0);
});
