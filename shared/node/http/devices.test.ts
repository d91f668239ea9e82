import { expect, test } from "vitest";
import { knownDevices } from "./devices.ts";

const devices = knownDevices("device", Buffer.from("secret"));

test("a device is known for the account that signed in on it, under the same secret, and for no other", () => {
  const value = devices.make("kim");
  const device = devices.deviceOf("Kim", value);
  expect(device).toMatch(/^[\w-]{22}$/);
  expect(devices.deviceOf("lee", value)).toBeNull();
  expect(knownDevices("device", Buffer.from("other")).deviceOf("kim", value)).toBeNull();
  expect(devices.deviceOf("kim", devices.make("kim"))).not.toBe(device);
  expect(devices.cookieOf("kim")).toBe(devices.cookieOf("KIM"));
  expect(devices.cookieOf("kim")).not.toBe(devices.cookieOf("lee"));
});

test("what is no cookie of ours is no device", () => {
  const value = devices.make("kim");
  for (const wrong of [
    undefined,
    "",
    ".",
    value.slice(1),
    `${value}x`,
    `${"A".repeat(22)}${value.slice(22)}`,
    "x".repeat(5_000),
  ])
    expect(devices.deviceOf("kim", wrong)).toBeNull();
});
