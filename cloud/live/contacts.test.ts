import { expect, test } from "vitest";
import { openContacts } from "./contacts.ts";

const MINUTE = 60_000;

test("a rig that sends each ten minutes is not silent between two of its batches, and is after three of them", () => {
  const contacts = openContacts();
  for (const at of [0, 10, 20]) contacts.hear("rig-1", at * MINUTE, true);
  expect(contacts.of("rig-1", null, 29 * MINUTE)).toMatchObject({ online: true, seenAt: 20 * MINUTE });
  expect(contacts.of("rig-1", null, 49 * MINUTE).online).toBe(true);
  expect(contacts.of("rig-1", null, 51 * MINUTE).online).toBe(false);
});

test("a rig that sends each second is silent after a quarter of a minute", () => {
  const contacts = openContacts();
  for (let at = 0; at < 20_000; at += 1_000) contacts.hear("rig-1", at, true);
  expect(contacts.of("rig-1", null, 33_000).online).toBe(true);
  expect(contacts.of("rig-1", null, 34_500).online).toBe(false);
});

test("a preview that landed nowhere counts as contact; how far the rig is behind is said of what landed", () => {
  const contacts = openContacts();
  contacts.hear("rig-1", 100_000, true);
  expect(contacts.of("rig-1", { landedAt: 50_000, liveAt: 48_000 }, 101_000)).toEqual({
    online: true,
    connected: false,
    seenAt: 100_000,
    lagMs: 2_000,
    lostBeyond: null,
  });
});

test("backfill is contact, and no measure of how often the rig sends", () => {
  const contacts = openContacts();
  for (const at of [0, 10, 20]) contacts.hear("rig-1", at * MINUTE, true);
  for (let i = 1; i < 100; i++) contacts.hear("rig-1", 20 * MINUTE + i, false);
  expect(contacts.of("rig-1", null, 29 * MINUTE).online).toBe(true);
});

test("a rig that was not heard since the start stands by what landed of it before", () => {
  const contacts = openContacts();
  expect(contacts.of("rig-1", null, 1_000)).toEqual({
    online: false,
    connected: false,
    seenAt: null,
    lagMs: null,
    lostBeyond: null,
  });
  expect(contacts.of("rig-1", { landedAt: 1_000, liveAt: null }, 15_000).online).toBe(true);
  expect(contacts.of("rig-1", { landedAt: 1_000, liveAt: null }, 17_000).online).toBe(false);
});

test("a run that reads nothing is connected while the broker holds its connection; one that had values is not", () => {
  const contacts = openContacts();
  contacts.link(["rig-1"], 100_000);
  const landed = { landedAt: 60_000, liveAt: 40_000 };
  const reads = { ...landed, record: { startedAt: 30_000 } };
  const readsNothing = { ...landed, record: { startedAt: 50_000 } };
  expect(contacts.of("rig-1", readsNothing, 101_000)).toMatchObject({ online: false, connected: true });
  expect(contacts.of("rig-1", reads, 101_000).connected).toBe(false);
  expect(contacts.of("rig-2", readsNothing, 101_000).connected).toBe(false);
  expect(contacts.of("rig-1", readsNothing, 111_000).connected).toBe(false);
  contacts.link(null, 112_000);
  expect(contacts.of("rig-1", readsNothing, 113_000).connected).toBe(false);
});

test("what a rig lost in too many places to be named is known of it until it says another number", () => {
  const contacts = openContacts();
  contacts.lostBeyond("rig-1", 50_000);
  expect([contacts.of("rig-1", null, 1).lostBeyond, contacts.of("rig-2", null, 1).lostBeyond]).toEqual([50_000, null]);
  contacts.lostBeyond("rig-1", 0);
  expect(contacts.of("rig-1", null, 1).lostBeyond).toBe(0);
});

test("what landed while the office's clock ran ahead makes no silent rig online, and the next word does", () => {
  const contacts = openContacts();
  const landed = { landedAt: 400 * 24 * 60 * MINUTE, liveAt: 1_000 };
  expect(contacts.of("rig-1", landed, 5 * MINUTE)).toMatchObject({ online: false, lagMs: null });
  contacts.hear("rig-1", 5 * MINUTE, true);
  expect(contacts.of("rig-1", landed, 5 * MINUTE + 1_000)).toMatchObject({ online: true, seenAt: 5 * MINUTE });
});
