import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openFleet } from "../../cloud/fleet/fleet.ts";
import { type IngestThread, startIngest } from "../../cloud/ingest-thread.ts";
import type { Landed, LandedReadings } from "../../cloud/landed.ts";
import { calendarOf } from "../../edge/uplink/calendar.ts";
import { type Governor, openGovernor } from "../../edge/uplink/governor.ts";
import { openSpending, type Spending } from "../../edge/uplink/spending.ts";
import { type Block, GOOD } from "../../shared/domain/reading.ts";
import type { UplinkConfig } from "../../shared/domain/rig-config.ts";
import type { TagVersion } from "../../shared/domain/tag.ts";
import { rangesOf } from "../../shared/wire/ranges.ts";
import { backfillWays } from "../../shared/wire/topics.ts";
import { type DayJournal, openDayJournal } from "../bench/day-journal.ts";
import { enrol, openRigLink } from "../bench/rig-link.ts";
import { openThinLink, type ThinLink } from "../support/thin-link.ts";

/** The edge's own journal, sender and uplink, and the cloud's own broker and ingest, with a link between them that is as thin as a satellite's. */
const BITS_PER_SECOND = 64_000;
const ROUND_TRIP_MS = 300;
const TAGS = 40;
const OWED = 600;

const tags: TagVersion[] = Array.from({ length: TAGS }, (_, i) => ({
  ...{ id: (i + 1).toString(16).padStart(16, "0"), name: `tag_${i}`, label: `Tag ${i}`, unit: "psi" },
  ...{
    kind: { type: "double", scale: 1, offset: 0 },
    limits: { onDelayS: 0, deadband: 0 },
    source: "test",
    validFrom: 0,
  },
}));
const start = Date.UTC(2026, 1, 18);
/** Full mantissas, which nothing packs: some 7 bytes a reading. */
const series = {
  ...{ rows: 86_400, start, tags, raw: (tag: number, row: number) => Math.sin(row * 7.13 + tag) * 1_000 },
  fill(into: Block, row: number, at: number): void {
    for (let tag = 0; tag < TAGS; tag++) into.push(tag, at, series.raw(tag, row), GOOD, 0);
  },
};

let folder: string;
let ingest: IngestThread;
let link: ThinLink;
let landed: { at: number; news: LandedReadings }[] = [];
let closers: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "thin-"));
  landed = [];
  const [archivePath, fleetPath] = [join(folder, "archive.db"), join(folder, "fleet.db")];
  openFleet(fleetPath).close();
  ingest = await startIngest({ archivePath, fleetPath, host: "127.0.0.1", port: 0, version: "test" }, take);
  link = await openThinLink(ingest.port ?? 0, BITS_PER_SECOND, ROUND_TRIP_MS);
  closers = [ingest.close, link.close];
});
afterEach(async () => {
  for (const close of closers.reverse()) await close();
  rmSync(folder, { recursive: true });
});

function take(news: Landed): void {
  if (news.type === "readings") landed.push({ at: performance.now(), news });
}

/** A rig whose run before left `OWED` frames; it connects over the thin link. */
async function rigThatOwes(governor: Governor | null) {
  const path = join(folder, "journal.db");
  const before = await openDayJournal(path, series);
  await before.write(0, OWED - 1);
  await before.journal.close();
  const day = await openDayJournal(path, series);
  const fleet = openFleet(join(folder, "fleet.db"));
  const rig = openRigLink(enrol(fleet, "rig-1"), day, path, fleet.cloudKey().publicKey, link.port, governor);
  closers.push(rig.close, async () => {
    fleet.close();
    await day.journal.close();
  });
  return { day, rig: rig.link, old: before.record.epoch, running: day.record.epoch };
}

/** A tick every `everyMs` until it is enough; gives when each was committed, monotonic ms. */
async function tickUntil(day: DayJournal, everyMs: number, isEnough: () => boolean): Promise<number[]> {
  const committed: number[] = [];
  const began = performance.now();
  while (!isEnough() && committed.length < 180) {
    await day.tick(10_000 + committed.length);
    committed.push(performance.now());
    await new Promise((done) => setTimeout(done, began + committed.length * everyMs - performance.now()));
  }
  return committed;
}

const framesOf = (epoch: string, lane?: string) =>
  landed
    .filter(({ news }) => news.epoch === epoch && !news.preview && (lane === undefined || news.lane === lane))
    .flatMap(({ news }) => news.ranges);
const countOf = (ranges: readonly { first: number; last: number }[]) =>
  ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);

/** Every frame landed, none twice. */
function expectWhole(epoch: string, frames: number): void {
  expect(rangesOf(framesOf(epoch))).toEqual([{ first: 1, last: frames }]);
  expect(countOf(framesOf(epoch))).toBe(frames);
}

const owes = ({ events, live, backfill }: { events: number; live: number; backfill: number }) =>
  events + live + backfill;

test("while a backlog drains over a thin link live goes on beside it, the backlog comes oldest first, and nothing is lost", async () => {
  const { day, rig, old, running } = await rigThatOwes(null);
  await vi.waitFor(() => expect(rig.state().lastAnswerAt).not.toBeNull(), { timeout: 30_000 });
  const began = { at: performance.now(), up: link.bytes().up };
  const committed = await tickUntil(day, 1_000, () => countOf(framesOf(old)) === OWED);
  const [seconds, bytes] = [(performance.now() - began.at) / 1_000, link.bytes().up - began.up];
  await vi.waitFor(() => expect(owes(rig.state().owed)).toBe(0), { timeout: 60_000 });

  const firsts = framesOf(old, "backfill").map(({ first }) => first);
  // Batches on connections side by side overtake each other by a few.
  const ordered = [...firsts].sort((a, b) => a - b);
  for (const [i, first] of firsts.entries())
    expect(Math.abs(ordered.indexOf(first) - i)).toBeLessThan(2 * backfillWays);
  expectWhole(old, OWED);
  expectWhole(running, committed.length);
  // Live was not what waited behind: each tick came in its own time, not after the backlog.
  const late = committed.map((at, i) => landedAt(running, i + 1) - at).sort((a, b) => a - b);
  const backlogEnds = landed.findLast(({ news }) => news.epoch === old)?.at ?? 0;
  expect(landedAt(running, 5)).toBeLessThan(backlogEnds);
  console.log(
    `thin link of ${BITS_PER_SECOND / 1_000} kbit/s, ${ROUND_TRIP_MS} ms: ${Math.round((100 * bytes * 8) / (seconds * BITS_PER_SECOND))} % used for ${seconds.toFixed(0)} s; ` +
      `live p50 ${Math.round(late[late.length >> 1] ?? 0)} ms, p95 ${Math.round(late[Math.floor(late.length * 0.95)] ?? 0)} ms; ` +
      `measured ${Math.round(((rig.state().bytesPerSecond ?? 0) * 8) / 1_000)} kbit/s, pace ${JSON.stringify(rig.state().pace)}`,
  );
}, 300_000);

function landedAt(epoch: string, seq: number): number {
  const found = landed.find(
    ({ news }) =>
      news.epoch === epoch && !news.preview && news.ranges.some(({ first, last }) => first <= seq && seq <= last),
  );
  if (found === undefined) throw new Error(`frame ${seq} did not land`);
  return found.at;
}

function governorOf(settings: Partial<UplinkConfig>): { governor: Governor; spending: Spending } {
  const wall = Date.UTC(2026, 1, 18, 12) - performance.now();
  const now = () => ({ receivedAt: wall + performance.now(), mono: performance.now(), clock: "synchronised" as const });
  const calendar = calendarOf("UTC");
  const spending = openSpending({ calendar, now, boot: "b", before: null });
  const all = {
    budget: {},
    liveMs: 0,
    previewMs: 3_000,
    asked: { openBytes: 1e9, monthBytes: 1e9 },
    previewTags: [],
    windows: [],
    ...settings,
  };
  return { spending, governor: openGovernor({ settings: all, tickMs: 1_000, calendar, spending, now }) };
}

test("with a budget what goes through the link stays within it, live becomes previews, events go, and backfill waits", async () => {
  const hour = 80_000;
  const { governor, spending } = governorOf({ budget: { hour } });
  const { day, rig, old, running } = await rigThatOwes(governor);
  const previews = () => landed.filter(({ news }) => news.preview);
  const committed = await tickUntil(day, 250, () => previews().length >= 2);
  expect(rig.state().verdict).toMatchObject({ backfillHeldBy: "hour", previewsFor: "hour" });
  const time = { receivedAt: start, mono: 9e6, clock: "synchronised" as const };
  await day.journal.append({
    stream: "events",
    ...time,
    events: [{ type: "clock", at: start, mono: 1, step: 0, state: "synchronised" }],
  });
  await vi.waitFor(() => expect(rig.state().owed.events).toBe(0), { timeout: 30_000 });
  // The rig's own count is what went through.
  const counted = () => {
    const { sentBytes, receivedBytes } = rig.state().uplink;
    return { up: sentBytes, down: receivedBytes, spent: spending.spent().hour.bytes };
  };
  await vi.waitFor(
    () => {
      const { up, down } = link.bytes();
      expect(counted()).toEqual({ up, down, spent: up + down });
    },
    { timeout: 30_000, interval: 200 },
  );
  const { up, down } = link.bytes();
  console.log(
    `budget of ${hour} bytes an hour: ${up + down} went, ${countOf(framesOf(old))} of ${OWED} frames of the backlog`,
  );
  expect(up + down).toBeLessThanOrEqual(hour);
  expect(countOf(framesOf(old))).toBeGreaterThan(0);
  expect(countOf(framesOf(old))).toBeLessThan(OWED);
  // What was shown was the newest tick, and it is still owed.
  const shown = previews().at(-1)?.news;
  expect(shown).toMatchObject({ epoch: running, current: true, ranges: [] });
  expect(shown?.firstSeq).toBeGreaterThan(committed.length - 5);
  expect(rig.state().owed.live).toBeGreaterThan(0);
}, 300_000);
