import { expect, test } from "vitest";
import { type Reading, shownOf } from "./shown.ts";
import { displayOf } from "./units.ts";

const tag = { unit: "lbf", intervalMs: 1_000, resolution: 0 };
const good: Reading = { at: 0, seen: 10_000, value: 18_430, quality: "good", reason: null, low: 17_000, high: 19_000 };

test("a good and fresh value has unit and age and no letter", () => {
  const shown = shownOf(tag, good, 10_400, "field");
  expect(shown).toMatchObject({
    letter: null,
    text: "18.4",
    unit: "klbf",
    age: "0.4 s",
    reason: null,
    value: 18.43,
    low: 17,
  });
});

test("older than three intervals is stale, whatever its quality was, and says so", () => {
  expect(shownOf(tag, good, 13_000, "field").letter).toBeNull();
  expect(shownOf(tag, good, 13_001, "field")).toMatchObject({ letter: "S", text: "18.4", reason: "no new value" });
  expect(shownOf({ ...tag, intervalMs: 100 }, good, 11_900, "field").letter).toBeNull();
});

test("a value that came after the last full second shows the age of the second's end", () => {
  expect(shownOf(tag, good, 9_700, "field").age).toBe("0.7 s");
});

test("a bad value is a dash; what was read is kept for those who ask", () => {
  const bad: Reading = { ...good, quality: "bad", reason: "outside its range", value: 312_000 };
  expect(shownOf(tag, bad, 10_400, "field")).toMatchObject({
    letter: "B",
    text: "–",
    value: null,
    raw: "312.0 klbf",
    reason: "outside its range",
  });
});

test("without a tag, without a reading and cut off are told apart", () => {
  expect(shownOf(null, null, 0, "field")).toMatchObject({ letter: "N", text: "–", reason: "no tag" });
  expect(shownOf(tag, null, 0, "field")).toMatchObject({ letter: null, text: "–", reason: "waiting" });
  expect(shownOf(tag, good, 10_100, "field", true)).toMatchObject({ letter: "S", text: "18.4" });
});

test("metric shows other units of the same value, and no decimal that the source lacks", () => {
  expect(shownOf(tag, good, 10_400, "si")).toMatchObject({ text: "82.0", unit: "kN" });
  expect(displayOf("°C", "field", 1).decimals).toBe(0);
  expect(displayOf("lbf", "field", 100).decimals).toBe(1);
  expect(displayOf("psi", "field", 0.1).decimals).toBe(0);
});
