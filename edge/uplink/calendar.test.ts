import fc from "fast-check";
import { expect, test } from "vitest";
import { calendarOf } from "./calendar.ts";

const HOUR_MS = 3_600_000;
const zones = ["UTC", "America/Chicago", "Asia/Tehran", "Australia/Lord_Howe", "America/Sao_Paulo", "Pacific/Apia"];
/** Whole seconds from 2000 to 2036, also before a zone gave up changing its clocks. */
const moments = fc.integer({ min: 946_684_800, max: 2_082_758_400 }).map((s) => s * 1_000);

test("a day has 23 hours where clocks go forward and 25 where they go back", () => {
  const chicago = calendarOf("America/Chicago");
  const hours = (at: number) => {
    const { from, to } = chicago.span(at, "day");
    return (to - from) / HOUR_MS;
  };
  expect(hours(Date.UTC(2026, 2, 8, 20))).toBe(23);
  expect(hours(Date.UTC(2026, 10, 1, 20))).toBe(25);
  expect(hours(Date.UTC(2026, 1, 18, 20))).toBe(24);
});

test("a month ends at the rig's midnight, not in UTC", () => {
  const { from, to } = calendarOf("America/Chicago").span(Date.UTC(2026, 1, 18, 20), "month");
  expect([from, to]).toEqual([Date.UTC(2026, 1, 1, 6), Date.UTC(2026, 2, 1, 6)]);
});

test("every moment lies in the one day and month of its name, and they follow each other without a hole", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      moments,
      fc.constantFrom("day" as const, "month" as const),
      (zone, at, of) => {
        const calendar = calendarOf(zone);
        const name = (moment: number) =>
          calendarOf(zone)
            .day(moment)
            .slice(0, of === "day" ? 10 : 7);
        const { from, to } = calendar.span(at, of);
        expect(from).toBeLessThanOrEqual(at);
        expect(to).toBeGreaterThan(at);
        expect([name(from), name(to - 1)]).toEqual([name(at), name(at)]);
        expect([name(from - 1), name(to)]).not.toContain(name(at));
        expect(calendar.span(to, of).from).toBe(to);
        expect(calendar.span(from - 1, of).to).toBe(from);
      },
    ),
    { numRuns: 60 },
  );
}, 60_000);

test("a name that was just asked for does not stand for another day", () => {
  const calendar = calendarOf("UTC");
  fc.assert(
    fc.property(moments, moments, (at, other) => {
      calendar.span(other, "day");
      expect(calendar.day(at)).toBe(new Date(at).toISOString().slice(0, 10));
    }),
  );
});
