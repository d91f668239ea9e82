import { expect, test } from "vitest";
import { linkReason } from "./link-words.ts";

test("a link that is down says why in plain words, and what is not known word for word", () => {
  expect(linkReason("connect ECONNREFUSED 127.0.0.1:21883")).toBe("the office's broker does not answer");
  expect(linkReason("getaddrinfo ENOTFOUND office")).toBe("the office's address is not found");
  expect(linkReason("Connection refused: Not authorized")).toBe("Connection refused: Not authorized");
});
