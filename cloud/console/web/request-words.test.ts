import { expect, test } from "vitest";
import type { CoverageSpan } from "../../../shared/domain/api-coverage.ts";
import type { RigRequest } from "../../../shared/domain/api-requests.ts";
import { zoneOf } from "../../../shared/ui/format.ts";
import { requestFor, requestWords, whyNotAsked } from "./request-words.ts";

const zone = zoneOf("UTC");
const at = Date.UTC(2026, 1, 18, 12);
const row: RigRequest = {
  ...{ request: "9000000000000001", rig: "rig-1", maxBytes: 1e6, spentBytes: 0, askedAt: at, askedBy: "eva" },
  ...{ endsAt: at + 60_000, why: null, toldAt: null, heardAt: null, frames: 0, state: "asked" },
  wanted: { what: "span", start: 1_000, end: 9_000, repair: false },
};
const span = (kind: CoverageSpan["kind"], from: number, to: number): CoverageSpan => ({
  ...{ kind, from, to, frames: null, reason: "" },
});

test("a gap shows the newest request that holds all of it, or the begin of what still grows", () => {
  expect(requestFor(span("missing", 2_000, 8_000), [row])).toBe(row);
  expect(requestFor(span("missing", 2_000, 9_500), [row])).toBeNull();
  expect(requestFor(span("under way", 2_000, 9_500), [row])).toBe(row);
  expect(requestFor(span("under way", 500, 9_500), [row])).toBeNull();
  const tags: RigRequest = { ...row, wanted: { what: "tags", tags: [] } };
  expect(requestFor(span("missing", 2_000, 8_000), [tags])).toBeNull();
});

test("only what a rig may still have can be asked for, and what cannot says why", () => {
  const kinds = ["held", "late", "under way", "missing", "edge down", "undated", "not known"] as const;
  expect(kinds.filter((kind) => whyNotAsked(span(kind, 1, 2), true) === null)).toEqual([
    "under way",
    "missing",
    "not known",
  ]);
  expect(whyNotAsked(span("edge down", 1, 2), true)).toBe("Nothing was made then, or the rig's disk lost it");
  expect(whyNotAsked(span("missing", 1, 2), false)).toBe("Only an engineer or an admin may ask");
});

test("each state says when and what, and never more than is known", () => {
  const words = (more: Partial<RigRequest>) => requestWords({ ...row, ...more }, zone);
  expect(words({})).toBe("Asked; the rig has not been told yet");
  expect(words({ state: "told", toldAt: at })).toMatch(/^Told .*12:00:00; no word of the rig yet$/);
  expect(words({ state: "arriving", frames: 1_200 })).toBe("Arriving: 1,200 frames waited at the rig");
  expect(words({ state: "done", heardAt: at })).toMatch(/the rig has nothing of it that is not here$/);
  expect(words({ state: "refused", why: "the rig has nothing of it" })).toBe("Refused: the rig has nothing of it");
  const tooMuch = "the rig is asked for more bytes at once than it allows";
  expect(words({ state: "refused", why: tooMuch })).toBe(`Refused: ${tooMuch}`);
  expect(words({ state: "expired" })).toMatch(/^Expired .*12:01:00$/);
});
