import { expect, test } from "vitest";
import type { HmiBudget } from "../../../shared/domain/hmi.ts";
import { zoneOf } from "../../../shared/ui/format.ts";
import { heldText, nearestOf, previewText, spentText } from "./budget.ts";

const spent = (span: "hour" | "day" | "month", usedBytes: number, limitBytes: number | null) => ({
  ...{ span, usedBytes, limitBytes, forecastBytes: null, endsAt: null, countedSince: null },
});
const budget: HmiBudget = {
  spent: [spent("hour", 3_240_000, null), spent("day", 15_600_000, 40e6), spent("month", 501e6, 1e9)],
  ...{ backfillHeldBy: null, opensAt: null, previewsFor: null, previewMs: 10_000 },
};
const zone = zoneOf("America/Chicago");

test("a unit stands once where spent and limit share it", () => {
  expect(spentText(3_240_000, 3_300_000)).toEqual({ used: "3.24", of: "3.30 MB" });
  expect(spentText(12_000, 3_300_000)).toEqual({ used: "12.0 kB", of: "3.30 MB" });
  expect(spentText(12_000, null)).toEqual({ used: "12.0 kB", of: null });
});

test("what waits says for what", () => {
  expect(heldText(budget, zone)).toBeNull();
  expect(heldText({ ...budget, backfillHeldBy: "hour" }, zone)).toBe("held back by the hourly budget");
  const opensAt = Date.UTC(2026, 1, 19, 4);
  expect(heldText({ ...budget, backfillHeldBy: "window", opensAt }, zone)).toBe("waiting for the link window at 22:00");
  expect(previewText(budget)).toBeNull();
  expect(previewText({ ...budget, previewsFor: "month" })).toBe(
    "Live goes as a preview every 10 s: the monthly budget is nearly spent",
  );
});

test("the foot shows the budget that holds something back, or the shortest that is set", () => {
  expect(nearestOf(budget)?.span).toBe("day");
  expect(nearestOf({ ...budget, backfillHeldBy: "month" })?.span).toBe("month");
  expect(nearestOf({ ...budget, backfillHeldBy: "window" })?.span).toBe("day");
  expect(nearestOf({ ...budget, spent: [spent("hour", 5, null)] })).toBeNull();
});
