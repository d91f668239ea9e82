import fc from "fast-check";
import { expect, test } from "vitest";
import {
  ageText,
  bytesText,
  clockText,
  numberText,
  plainReason,
  rateText,
  signedText,
  spanText,
  zoneOf,
} from "./format.ts";

test("numbers have fixed decimals, a thousands comma and a true minus", () => {
  expect(numberText(9812.44, 1)).toBe("9,812.4");
  expect(numberText(-1234567, 0)).toBe("−1,234,567");
  expect(numberText(-0.04, 1)).toBe("0.0");
  expect(numberText(Number.NaN, 1)).toBe("–");
  expect(numberText(Number.NEGATIVE_INFINITY, 1)).toBe("–");
});

test("what is written reads back as the rounded number", () => {
  fc.assert(
    fc.property(fc.double({ min: -1e9, max: 1e9, noNaN: true }), fc.integer({ min: 0, max: 3 }), (value, decimals) => {
      const back = Number(numberText(value, decimals).replaceAll(",", "").replace("−", "-"));
      expect(Math.abs(back - value)).toBeLessThanOrEqual(0.5 * 10 ** -decimals + 1e-6);
    }),
  );
});

test("changes show their sign, no change shows none", () => {
  expect(signedText(0.44, 1)).toBe("+0.4");
  expect(signedText(-8, 0)).toBe("−8");
  expect(signedText(0.01, 1)).toBe("0.0");
});

test("spans use two parts up to two days, then days", () => {
  expect([42_000, 204_000, 60_000, 5_280_000, 38 * 86_400_000].map(spanText)).toEqual([
    "42 s",
    "3 min 24 s",
    "1 min",
    "1 h 28 min",
    "38 d",
  ]);
});

test("ages have one part and never run backwards", () => {
  expect([400, 9_960, 48_000, 125_000, 7_300_000, -5].map(ageText)).toEqual([
    "0.4 s",
    "9 s",
    "48 s",
    "2 min",
    "2 h",
    "0.0 s",
  ]);
});

test("a state's clock counts minutes and seconds, hours when there are any", () => {
  expect([2_809_000, 7_391_000].map(clockText)).toEqual(["46:49", "2:03:11"]);
});

test("bytes and rates are decimal with about three figures", () => {
  expect([512, 2_500_000, 1_310_000_000].map(bytesText)).toEqual(["512 B", "2.50 MB", "1.31 GB"]);
  expect([90, 2_640, 51_200_000].map(rateText)).toEqual(["0.09 kbit/s", "2.64 kbit/s", "51.2 Mbit/s"]);
});

test("times are the rig's own, with the offset named", () => {
  const at = Date.UTC(2026, 1, 18, 20, 2, 11);
  const zone = zoneOf("America/Chicago");
  expect([zone.time(at), zone.minute(at), zone.day(at), zone.offset(at)]).toEqual([
    "14:02:11",
    "14:02",
    "Wed 18 Feb",
    "UTC−6",
  ]);
  expect(zoneOf("No/Where").time(at)).toBe("20:02:11");
});

test("a reason's code is left out for the driller", () => {
  expect(plainReason("exception (0x0002), last good 10:00")).toBe("exception, last good 10:00");
  expect(plainReason("no answer in time")).toBe("no answer in time");
});

test("why a model gives no score is told in plain words", () => {
  expect(plainReason("input not good (0x0003)")).toBe("an input is not good");
  expect(plainReason("window incomplete")).toBe("too few readings in the last seconds");
});
