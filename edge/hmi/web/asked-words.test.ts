import { expect, test } from "vitest";
import type { HmiAsked } from "../../../shared/domain/hmi.ts";
import { zoneOf } from "../../../shared/ui/format.ts";
import { askedCost, askedText } from "./asked-words.ts";

const zone = zoneOf("UTC");
const at = Date.UTC(2026, 1, 18, 12);
const asked: HmiAsked = {
  ...{ request: "9000000000000001", span: { from: at, to: at + 3_600_000 }, tags: [], state: "taken", why: null },
  ...{ frames: 3_600, leftFrames: 1_200, spentBytes: 40_000, maxBytes: 5_000_000, endsAt: at + 7_200_000 },
};
const words = (more: Partial<HmiAsked>) => askedText({ ...asked, ...more }, new Map([["a", "Hook load"]]), zone);

test("a span says from when to when, what is left and what it costs", () => {
  expect(words({})).toMatch(/12:00 to 13:00: 1,200 of 3,600 frames left$/);
  expect(askedCost(asked)).toBe("40.0 kB of 5.00 MB beyond the budget");
  expect(askedCost({ ...asked, state: "sought" })).toBeNull();
  expect(words({ state: "sought" })).toMatch(/looked for on the disk$/);
  expect(words({ state: "refused", why: "its bytes are used up" })).toMatch(/not sent first: its bytes are used up$/);
  const month = "the rig has sent all that it sends on request this month";
  expect(words({ state: "refused", why: month })).toMatch(new RegExp(`not sent first: ${month}$`));
});

test("tags say which and until when", () => {
  expect(words({ span: null, tags: ["a", "b", "c"] })).toMatch(/^every tick of Hook load and 2 more: until 14:00$/);
});
