import fc from "fast-check";
import { expect, test } from "vitest";
import type { FrameTime } from "../../shared/wire/frame.ts";
import { calendarOf } from "./calendar.ts";
import { openSpending, type Spending, SpendingRecord } from "./spending.ts";

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];
const NOON = Date.UTC(2026, 1, 18, 12);

/** A rig box whose clocks a test turns, and whose daemon it starts again. */
function boxAt(wall: number, timeZone = "UTC") {
  const time: FrameTime = { receivedAt: wall, mono: 5_000, clock: "synchronised" };
  const box = {
    time,
    boot: "b1",
    spending: undefined as unknown as Spending,
    pass(ms: number): void {
      time.receivedAt += ms;
      time.mono += ms;
    },
    /** A second at a time would take long: bytes spread evenly over minutes. */
    spend(bytes: number, ms: number, backfill = 0): void {
      const minutes = Math.max(1, Math.round(ms / MINUTE));
      for (let minute = 0; minute < minutes; minute++) {
        box.pass(ms / minutes);
        box.spending.add(bytes / minutes, backfill / minutes);
      }
    },
    restart(before: SpendingRecord | null = box.record()): void {
      const calendar = calendarOf(timeZone);
      box.spending = openSpending({ calendar, now: () => ({ ...time }), boot: box.boot, before });
    },
    /** Another boot, whose monotonic clock stands at this; its wall clock may be another. */
    reboot(mono: number, clock: Partial<FrameTime> = {}): void {
      const before = box.record();
      Object.assign(time, { mono, ...clock });
      box.boot += "'";
      box.restart(before);
    },
    record: (): SpendingRecord => SpendingRecord.parse(JSON.parse(JSON.stringify(box.spending.record()))),
  };
  box.restart(null);
  return box;
}

const bytesOf = (spending: Spending) => {
  const { hour, day, month } = spending.spent();
  return [Math.round(hour.bytes), Math.round(day.bytes), Math.round(month.bytes)];
};

test("the hour rolls, the day begins anew at midnight, the month goes on", () => {
  const box = boxAt(Date.UTC(2026, 1, 18, 22, 30));
  box.spend(3_000, 30 * MINUTE);
  expect(bytesOf(box.spending)).toEqual([3_000, 3_000, 3_000]);
  box.spend(1_200, 2 * HOUR);
  const [hour, day, month] = bytesOf(box.spending);
  expect(hour).toBeGreaterThanOrEqual(600);
  expect(hour).toBeLessThanOrEqual(620);
  // What is taken in at the stroke of midnight is the new day's.
  expect([day, month]).toEqual([610, 4_200]);
});

test("what is forecast is what was spent and the rest of the span at the measured rate", () => {
  const box = boxAt(NOON);
  box.spend(1_000_000, 60 * MINUTE);
  const { day, month } = box.spending.spent();
  expect(day.forecast).toBeCloseTo(12_000_000, -1);
  expect(month.forecast).toBeNull();
  box.spend(10_000_000, 10 * HOUR);
  expect(box.spending.spent().month.forecast).toBeCloseTo(11_000_000 + 1_000_000 * (1 + 10 * 24), -2);
});

test("nothing is forecast from a few minutes, nor of what rolls", () => {
  const box = boxAt(Date.UTC(2026, 1, 28, 23, 30));
  box.spend(1_000, 9 * MINUTE);
  expect(box.spending.spent()).toMatchObject({
    hour: { forecast: null },
    day: { forecast: null },
    month: { forecast: null },
  });
});

test("what was not counted is said: from when on it was", () => {
  const box = boxAt(NOON);
  box.spend(1_000, 10 * MINUTE);
  expect(box.spending.spent()).toMatchObject({ hour: { since: NOON }, day: { since: NOON }, month: { since: NOON } });
  box.spend(1_000, 13 * HOUR);
  expect(box.spending.spent()).toMatchObject({ hour: { since: null }, day: { since: null }, month: { since: NOON } });
});

test("a restart forgets nothing and adds nothing, in the same boot and after another", () => {
  const box = boxAt(NOON);
  box.spend(6_000, 60 * MINUTE, 600);
  const before = box.spending.spent();
  box.restart();
  expect(box.spending.spent()).toEqual(before);
  box.reboot(1_000);
  expect(box.spending.spent()).toMatchObject({
    hour: { bytes: before.hour.bytes, backfill: before.hour.backfill },
    day: { bytes: before.day.bytes, backfill: before.day.backfill },
    month: { bytes: before.month.bytes },
  });
  box.pass(30 * MINUTE);
  box.restart();
  expect(bytesOf(box.spending)[0]).toBeLessThan(3_300);
});

test("a rig that was off for a day begins a new hour and day", () => {
  const box = boxAt(NOON);
  box.spend(6_000, 30 * MINUTE);
  box.reboot(700, { receivedAt: box.time.receivedAt + DAY });
  expect(bytesOf(box.spending)).toEqual([0, 0, 6_000]);
});

test("a box that boots in 1970 goes on in the day of its last record until it knows the time", () => {
  const box = boxAt(NOON);
  box.spend(6_000, 30 * MINUTE);
  box.reboot(700, { receivedAt: 5_000, clock: "unknown" });
  box.spend(100, MINUTE);
  expect(bytesOf(box.spending)).toEqual([6_100, 6_100, 6_100]);
  Object.assign(box.time, { receivedAt: NOON + 2 * DAY, clock: "synchronised" });
  expect(bytesOf(box.spending)).toEqual([6_100, 100, 6_100]);
});

test("however the clock jumps and the daemon restarts, all that was spent is in the month, once", () => {
  const step = fc.oneof(
    fc.record({
      do: fc.constant("spend" as const),
      bytes: fc.integer({ min: 0, max: 50_000 }),
      minutes: fc.integer({ min: 0, max: 200 }),
    }),
    fc.record({
      do: fc.constant("jump" as const),
      ms: fc.constantFrom(-2 * HOUR, -20 * MINUTE, 20 * MINUTE, DAY, -DAY),
      known: fc.boolean(),
    }),
    fc.record({ do: fc.constant("restart" as const), reboot: fc.boolean() }),
  );
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 25 }),
      fc.constantFrom("UTC", "America/Chicago", "Asia/Tehran"),
      (steps, zone) => {
        // In the middle of a month, so that no jump leaves it.
        const box = boxAt(Date.UTC(2026, 2, 12, 3), zone);
        let [all, reboots] = [0, 0];
        for (const each of steps) {
          if (each.do === "spend") {
            all += each.bytes;
            box.spend(each.bytes, each.minutes * 100);
          } else if (each.do === "jump") {
            box.time.receivedAt += each.ms;
            box.time.clock = each.known ? "synchronised" : "unknown";
          } else {
            if (each.reboot) box.boot = `boot ${++reboots}`;
            if (each.reboot) box.time.mono = 300;
            box.restart();
          }
        }
        const { hour, day, month } = box.spending.spent();
        expect(month.bytes).toBeCloseTo(all, 3);
        expect(day.bytes).toBeLessThanOrEqual(month.bytes + 0.001);
        // All of it took less than an hour of running: the hour forgets nothing that a reboot's clock cannot have let pass.
        if (reboots === 0) expect(hour.bytes).toBeCloseTo(all, 3);
        else expect(hour.bytes).toBeLessThanOrEqual(all + 0.001);
      },
    ),
  );
}, 60_000);

test("what is kept stays small over months", () => {
  const box = boxAt(NOON);
  for (let day = 0; day < 100; day++) box.spend(24_000, DAY);
  const record = box.spending.record();
  expect(record.cells.length).toBeLessThan(100);
  expect(Object.keys(record.days).length).toBeLessThanOrEqual(62);
  expect(JSON.stringify(record).length).toBeLessThan(20_000);
}, 60_000);
