import { expect, test } from "vitest";
import { arrivalWords, underWayWords } from "./stream-words.ts";

test("what is under way is counted, and when it is here is told only where it was measured", () => {
  const stamp = (at: number) => `at ${at}`;
  expect(underWayWords({ underWay: 0 })).toBe("Nothing that is known of");
  expect(underWayWords({ underWay: 1 })).toBe("1 frame");
  expect(underWayWords({ underWay: 12_400 })).toBe("12,400 frames");
  expect(arrivalWords({ underWay: 0, arrivesAt: null }, stamp)).toBe("");
  expect(arrivalWords({ underWay: 5, arrivesAt: null }, stamp)).toBe("Not known: no backfill is measured");
  expect(arrivalWords({ underWay: 5, arrivesAt: 7 }, stamp)).toBe("at 7");
});
