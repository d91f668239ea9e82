import { expect, test } from "vitest";
import { arrivalWords, completeWords, underWayWords } from "./stream-words.ts";

test("what is under way is counted, and when it is here is told only where it was measured", () => {
  const stamp = (at: number) => `at ${at}`;
  expect(underWayWords({ underWay: 0 })).toBe("Nothing that is known of");
  expect(underWayWords({ underWay: 1 })).toBe("1 frame");
  expect(underWayWords({ underWay: 12_400 })).toBe("12,400 frames");
  expect(arrivalWords({ underWay: 0, arrivesAt: null }, stamp)).toBe("");
  expect(arrivalWords({ underWay: 5, arrivesAt: null }, stamp)).toBe("Not known: no backfill is measured");
  expect(arrivalWords({ underWay: 5, arrivesAt: 7 }, stamp)).toBe("at 7");
});

test("events are complete up to their newest, also while the rig reports and none is known to be on its way", () => {
  const stamp = (at: number) => `at ${at}`;
  const events = { stream: "events" as const, completeTo: 7, underWay: 0 };
  expect(completeWords(events, true, stamp)).toBe("at 7; none known to be on its way");
  expect(completeWords({ ...events, underWay: 1 }, true, stamp)).toBe("at 7");
  expect(completeWords(events, false, stamp)).toBe("at 7, the newest before it went silent");
  expect(completeWords({ ...events, stream: "telemetry" }, true, stamp)).toBe("at 7");
  expect(completeWords({ ...events, completeTo: null }, true, stamp)).toBe("Not known");
});
