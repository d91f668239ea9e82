import { expect, test } from "vitest";
import type { HmiLane, HmiLink } from "../../../shared/domain/hmi.ts";
import { behindText, owedText } from "./owed-words.ts";

const lane = (name: HmiLane["lane"], waitingFrames: number): HmiLane => ({
  ...{ lane: name, waitingFrames, waitingBytes: null, bitsPerSecond: null, oldestAt: null },
  ...(name === "events" ? {} : { waitingMs: waitingFrames * 1_000 }),
});
const link: HmiLink = {
  ...{ state: "up", since: 0, reason: null, roundTripMs: 1, lastReceiptAt: 0, unansweredSince: null },
  ...{ completeTo: 0, doneAt: null, budget: null, asked: [], lanes: [] },
};

test("what is on its way counts every lane, not backfill alone", () => {
  expect(owedText([lane("events", 0), lane("live", 5), lane("backfill", 600)])).toBe("10 min 5 s");
  expect(owedText([lane("events", 2), lane("live", 5), lane("backfill", 0)])).toBe("5 s and 2 events");
  expect(owedText([lane("events", 1), lane("live", 0)])).toBe("1 event");
  expect(owedText([lane("events", 0), lane("live", 0), lane("backfill", 0)])).toBeNull();
});

test("what waits is on its way only while the office answers", () => {
  const waits = { ...link, lanes: [lane("live", 10), lane("backfill", 50)] };
  expect(behindText(waits, 60_000)).toBe("1 min on their way");
  expect(behindText({ ...waits, unansweredSince: 30_000 }, 60_000)).toBe("1 min not confirmed");
  expect(behindText({ ...waits, state: "down" }, 60_000)).toBe("1 min wait for the link");
  expect(behindText(link, 60_000)).toBe("nothing waits");
  expect(behindText({ ...link, completeTo: null, lastReceiptAt: null }, 60_000)).toBe("no receipt yet");
});
