import { expect, test } from "vitest";
import type { HmiFault, HmiLink } from "../../../shared/domain/hmi.ts";
import { notWorking, stillWorking } from "./broken-words.ts";

const fault: HmiFault = {
  ...{ kind: "configuration", file: "/etc/rig.json", since: 1, checkedAt: 2, errors: [], happened: [] },
  ...{ valuesUntil: 1, devices: 6, notKept: null, kept: null },
};
const lane = { waitingBytes: null, bitsPerSecond: null, oldestAt: null };
const link: HmiLink = {
  ...{
    state: "up",
    since: 0,
    reason: null,
    roundTripMs: null,
    lastReceiptAt: null,
    unansweredSince: null,
    completeTo: null,
    doneAt: null,
  },
  budget: null,
  asked: [],
  lanes: [
    { ...lane, lane: "events", waitingFrames: 0 },
    { ...lane, lane: "backfill", waitingFrames: 754, waitingMs: 754_000 },
  ],
};
const storage = {
  ...{
    usedBytes: 1,
    budgetBytes: 2,
    freeBytes: null,
    reserveBytes: null,
    owedBytes: 0,
    bytesPerDay: null,
    roomMs: null,
    failed: null,
  },
  historyFrom: 0,
};
const works = (a = fault, b: HmiLink | null = link) => stillWorking(a, b, storage, 25 * 86_400_000).join("\n");

test("what is kept is said to go out while it does", () => {
  expect(works()).toContain("History of 25 d on this box");
  expect(works()).toContain("Unsent data: 12 min 34 s of values kept, sending");
  expect(works(fault, { ...link, lanes: [] })).toContain("Everything kept is sent");
});

test("without a connection nothing is said to be sending, nor that all is sent", () => {
  const down: HmiLink = { ...link, state: "down", reason: "timed out" };
  expect(works(fault, down)).toContain("waiting for the office");
  expect(works(fault, { ...down, lanes: [] })).not.toContain("sent");
  expect(notWorking(fault, down)).toContain(
    "Sending: no connection to the office (the office does not answer in time)",
  );
});

test("where what is kept cannot be opened, it is not listed as working, and why is told", () => {
  const shut = { ...fault, notKept: "the journal is damaged" };
  expect(works(shut)).not.toMatch(/History|Unsent/);
  expect(notWorking(shut, null).join("\n")).toContain("the journal is damaged");
});

test("a rig without an office neither sends nor fails to", () => {
  const off: HmiLink = { ...link, state: "off", lanes: [] };
  expect(works(fault, off) + notWorking(fault, off).join()).not.toMatch(/sen[dt]/i);
});
