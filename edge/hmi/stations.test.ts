import { expect, test } from "vitest";
import { isLoopback, isOwnHost, isOwnOrigin, ownNames } from "./stations.ts";

test("only the box's own addresses count as paired, in whatever clothing", () => {
  for (const address of ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
    expect(isLoopback(address), address).toBe(true);
  for (const address of [undefined, "", "10.0.0.5", "::ffff:10.0.0.5", "127.0.0.1.evil", "::2", "1127.0.0.1"]) {
    expect(isLoopback(address), String(address)).toBe(false);
  }
});

test("a name that merely resolves to the box is not its name", () => {
  const names = ownNames("127.0.0.1");
  for (const host of ["localhost:8081", "127.0.0.1", "[::1]:8081", "LOCALHOST"])
    expect(isOwnHost(host, names), host).toBe(true);
  for (const host of [undefined, "", "evil.example:8081", "localhost.evil.example", "127.0.0.1.evil.example"]) {
    expect(isOwnHost(host, names), String(host)).toBe(false);
  }
});

test("a page of another origin is told apart from our own and from no page at all", () => {
  expect(isOwnOrigin(undefined, "localhost:8081")).toBe(true);
  expect(isOwnOrigin("http://localhost:8081", "localhost:8081")).toBe(true);
  for (const origin of ["null", "http://localhost:9999", "http://evil.example"])
    expect(isOwnOrigin(origin, "localhost:8081")).toBe(false);
});
