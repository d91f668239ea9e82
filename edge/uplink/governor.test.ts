import fc from "fast-check";
import { expect, test } from "vitest";
import type { FrameTime } from "../../shared/wire/frame.ts";
import { calendarOf } from "./calendar.ts";
import { openGovernor } from "./governor.ts";
import { openSpending, SpendingRecord } from "./spending.ts";

const [MINUTE, HOUR] = [60_000, 3_600_000];

type Settings = Parameters<typeof openGovernor>[0]["settings"];

/** A link that carries live at a steady rate, and of backfill as much as the governor lets through. */
function linkOf(settings: Partial<Settings>, wall = Date.UTC(2026, 1, 18, 12), timeZone = "UTC") {
  const time: FrameTime = { receivedAt: wall, mono: 5_000, clock: "synchronised" };
  const now = () => ({ ...time });
  const calendar = calendarOf(timeZone);
  const spending = openSpending({ calendar, now, boot: "b", before: null });
  const whole = {
    budget: {},
    liveMs: 0,
    previewMs: 10_000,
    asked: { openBytes: 1e9, monthBytes: 1e9 },
    previewTags: [],
    windows: [],
    ...settings,
  };
  const governor = openGovernor({ settings: whole, tickMs: 1_000, calendar, spending, now });
  const link = {
    time,
    spending,
    governor,
    backfill: 0,
    previews: 0,
    /** Live of so many bytes a second (a tenth as previews), and batches of backfill while they may go. */
    run(seconds: number, live: number, batch = 0, perSecond = 4): void {
      for (let second = 0; second < seconds; second += 5) {
        time.receivedAt += 5_000;
        time.mono += 5_000;
        const { previewsFor } = governor.judge();
        link.previews += Number(previewsFor !== null);
        governor.add(5 * live * (previewsFor === null ? 1 : 0.1), 0, true);
        for (let n = 0; n < 5 * perSecond && batch > 0 && governor.judge(batch).backfillHeldBy === null; n++) {
          governor.add(batch, batch, true);
          link.backfill += batch;
        }
      }
    },
  };
  return link;
}

test("without a budget nothing is held back", () => {
  const link = linkOf({});
  link.run(3_600, 5_000, 30_000);
  expect(link.backfill).toBe(3_600 * 4 * 30_000);
  expect(link.governor.judge(1e9)).toEqual({ backfillHeldBy: null, opensAt: null, previewsFor: null });
});

test("backfill takes what live leaves of the hour, and waits for the rest: live goes on whole", () => {
  const link = linkOf({ budget: { hour: 3_300_000 } });
  link.run(2 * 3_600, 500, 20_000);
  const { hour } = link.spending.spent();
  expect(hour.bytes).toBeLessThanOrEqual(3_300_000);
  expect(hour.bytes).toBeGreaterThan(2_600_000);
  expect(link.governor.judge(20_000)).toMatchObject({ backfillHeldBy: "hour", previewsFor: null });
  expect(link.previews).toBe(0);
});

test("live alone that needs more than the budget goes as previews once it is nearly spent, and whole again when the hour has room", () => {
  const link = linkOf({ budget: { hour: 1_000_000 } });
  link.run(45 * 60, 500);
  expect(link.governor.judge()).toMatchObject({ previewsFor: "hour", backfillHeldBy: "hour" });
  expect(link.governor.pace(link.governor.judge())).toMatchObject({ previewMs: 10_000, backfill: false });
  expect(link.spending.spent().hour.bytes).toBeLessThan(1_000_000);
  link.run(45 * 60, 50);
  expect(link.governor.judge().previewsFor).toBeNull();
});

test("of a day and of a month what live needs until their end is kept", () => {
  const link = linkOf({ budget: { day: 40_000_000 } });
  link.run(3_600, 500, 20_000);
  // 12 h less one at 1.8 MB an hour are kept, and a tenth.
  expect(link.backfill).toBeGreaterThan(36e6 - 12 * 1.9e6);
  expect(link.backfill).toBeLessThan(36e6 - 12 * 1.7e6);
  expect(link.governor.judge(20_000).backfillHeldBy).toBe("day");
});

test("whatever the link carries, a budget that covers live is never passed", () => {
  // At most the half that is kept for live before it is known what live needs.
  const rates = fc.integer({ min: 50, max: 600 });
  const stretches = fc.array(
    fc.record({ minutes: fc.integer({ min: 1, max: 50 }), batch: fc.constantFrom(0, 2_000, 32_000) }),
    {
      minLength: 1,
      maxLength: 6,
    },
  );
  fc.assert(
    fc.property(rates, stretches, (live, all) => {
      const link = linkOf({ budget: { hour: 4_000_000, day: 60_000_000 } });
      for (const { minutes, batch } of all) {
        link.run(minutes * 60, live, batch);
        expect(link.spending.spent().hour.bytes).toBeLessThanOrEqual(4_000_000);
      }
      expect(link.previews).toBe(0);
    }),
    { numRuns: 20 },
  );
}, 60_000);

test("backfill goes in the windows of the rig's day alone, also in one that passes midnight", () => {
  const chicago = Date.UTC(2026, 1, 18, 18);
  const link = linkOf({ windows: [{ from: "22:00", to: "05:30" }] }, chicago, "America/Chicago");
  expect(link.governor.judge()).toMatchObject({ backfillHeldBy: "window", opensAt: chicago + 10 * HOUR });
  link.time.receivedAt += 10 * HOUR;
  expect(link.governor.judge()).toMatchObject({ backfillHeldBy: null, opensAt: null });
  link.time.receivedAt += 7.5 * HOUR - MINUTE;
  expect(link.governor.judge().backfillHeldBy).toBeNull();
  link.time.receivedAt += MINUTE;
  expect(link.governor.judge().backfillHeldBy).toBe("window");
});

test("live that goes at an interval has all its ticks in the live lane", () => {
  const { governor } = linkOf({ liveMs: 30_000 });
  expect(governor.pace(governor.judge())).toMatchObject({
    backfill: true,
    liveMs: 30_000,
    previewMs: null,
    liveFrames: 32,
  });
});

test("a clock that fell back to 1970 holds nothing back: the calendar goes on from when it was believed", () => {
  const link = linkOf({ budget: { day: 40_000_000 }, windows: [{ from: "12:00", to: "18:00" }] });
  link.run(600, 100);
  Object.assign(link.time, { receivedAt: 3_600_000, clock: "unknown" });
  link.run(600, 100);
  expect(link.governor.judge(20_000)).toEqual({ backfillHeldBy: null, opensAt: null, previewsFor: null });
});

test("what requests took of a month is left no more, over a restart too; a file of before it was counted has none; where nothing is held back nothing is counted against them", () => {
  const asked = { openBytes: 7_000, monthBytes: 5_000 };
  const { governor, spending } = linkOf({ budget: { month: 1e6 }, asked });
  governor.add(4_000, 0, true, 3_000);
  expect([governor.askedLeft(), governor.pace(governor.judge()).askedBytes]).toEqual([2_000, 7_000]);
  const now = () => ({ receivedAt: Date.UTC(2026, 1, 18, 13), mono: 9_000, clock: "synchronised" as const });
  const again = (before: SpendingRecord) => {
    const opened = openSpending({ calendar: calendarOf("UTC"), now, boot: "b2", before });
    return opened.spent().month;
  };
  const record = spending.record();
  expect(again(record)).toMatchObject({ bytes: 4_000, asked: 3_000 });
  const older = JSON.parse(JSON.stringify(record), (key, value) => (key === "asked" ? undefined : value));
  expect(again(SpendingRecord.parse(older))).toMatchObject({ bytes: 4_000, asked: 0 });
  const open = linkOf({ asked }).governor;
  expect([open.askedLeft(), open.pace(open.judge()).askedBytes]).toEqual([Infinity, Infinity]);
});
