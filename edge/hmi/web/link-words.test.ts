import { expect, test } from "vitest";
import { linkReason, noAnswer } from "./link-words.ts";

test("a link that is down says why in plain words, and what is not known word for word", () => {
  expect(linkReason("connect ECONNREFUSED 127.0.0.1:21883")).toBe("the office's broker does not answer");
  expect(linkReason("getaddrinfo ENOTFOUND office")).toBe("the office's address is not found");
  expect(linkReason("Connection refused: Not authorized")).toBe("Connection refused: Not authorized");
});

test("a link that is up and from which nothing comes back says so after a quarter of a minute, and not before", () => {
  const at = (unansweredSince: number | null, wall: number) => noAnswer({ state: "up", unansweredSince }, wall);
  expect([at(1_000, 15_900), at(1_000, 16_000), at(1_000, 45_000)]).toEqual([
    null,
    "no answer for 15 s",
    "no answer for 44 s",
  ]);
  expect(at(null, 1e9)).toBeNull();
  expect(noAnswer({ state: "down", unansweredSince: 1_000 }, 1e9)).toBeNull();
});
