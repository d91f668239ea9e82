import { expect, test } from "vitest";
import { zoneOf } from "../../../shared/ui/format.ts";
import { momentIn, whyNoSpan } from "./moment.ts";

const at = (zone: string, text: string) => {
  const moment = momentIn(zoneOf(zone), text);
  return moment === null ? null : new Date(moment).toISOString();
};

test("what a field says is the time of the zone that the page shows", () => {
  expect(at("UTC", "2026-02-18T14:05")).toBe("2026-02-18T14:05:00.000Z");
  expect(at("America/Chicago", "2026-02-18T14:05")).toBe("2026-02-18T20:05:00.000Z");
  expect(at("Asia/Kolkata", "2026-02-18T14:05:30")).toBe("2026-02-18T08:35:30.000Z");
});

test("also right beside a change of summer time", () => {
  expect(at("America/Chicago", "2026-03-08T01:30")).toBe("2026-03-08T07:30:00.000Z");
  expect(at("America/Chicago", "2026-03-08T03:30")).toBe("2026-03-08T08:30:00.000Z");
});

test("what is no time is none", () => {
  for (const text of ["", "yesterday", "2026-02-18", "2026-13-40T99:99"]) expect(at("UTC", text)).toBeNull();
});

test("two times that are no span to ask for say why", () => {
  expect(whyNoSpan(null, 5)).toBe("Give both times");
  expect(whyNoSpan(5, 5)).toBe("It ends before it begins");
  expect(whyNoSpan(0, 8 * 86_400_000)).toBe("A week at most");
  expect(whyNoSpan(0, 7 * 86_400_000)).toBeNull();
});
