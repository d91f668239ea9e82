import { expect, test } from "vitest";
import { isLoopback, isOwnHost, ownNames, sameOrigin } from "./origin.ts";

test("a foreign, opaque or odd origin is not ours", () => {
  expect(sameOrigin("http://rig:8080", "rig:8080")).toBe(true);
  expect(sameOrigin(undefined, "rig:8080")).toBe(true);
  for (const origin of ["http://evil", "null", "http://rig:8080.evil", "http://rig:8081", "http://rig:8080@evil"])
    expect([origin, sameOrigin(origin, "rig:8080")]).toEqual([origin, false]);
});

test("only real loopback addresses are loopback, in whatever clothing", () => {
  for (const address of ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "::FFFF:127.0.0.1"])
    expect([address, isLoopback(address)]).toEqual([address, true]);
  const others = ["", "10.0.0.5", "::ffff:10.0.0.5", "127.0.0.1.evil", "127.evil", "::2", "1127.0.0.1", "fe80::1%lo"];
  for (const address of [undefined, ...others]) expect([address, isLoopback(address)]).toEqual([address, false]);
});

test("a name that merely resolves to the machine is not its name", () => {
  const names = ownNames("127.0.0.1");
  for (const host of ["localhost:8081", "127.0.0.1", "[::1]:8081", "LOCALHOST"])
    expect([host, isOwnHost(host, names)]).toEqual([host, true]);
  for (const host of [undefined, "", "evil.example:8081", "localhost.evil.example", "127.0.0.1.evil.example"])
    expect([host, isOwnHost(host, names)]).toEqual([host, false]);
});
