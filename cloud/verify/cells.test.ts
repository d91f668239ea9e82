import { expect, test } from "vitest";
import { BAD, GOOD, type Reason, UNCERTAIN } from "../../shared/domain/reading.ts";
import { TagVersion } from "../../shared/domain/tag.ts";
import { type StoredCell, wrongWith } from "./cells.ts";
import type { Told } from "./ledger.ts";

const tag = (kind: object, limits: object = {}) =>
  TagVersion.parse({
    id: "0000000000000001",
    name: "rpm",
    label: "RPM",
    unit: "rpm",
    kind,
    limits,
    source: "plc",
    validFrom: 0,
  });
const scaled = tag({ type: "scaled", bits: 16, scale: 0.1 }, { sane: [0, 300] });
const real = tag({ type: "real" }, { sane: [0, 1_000_000] });
const double = tag({ type: "double" });
const stored = (raw: number, quality = GOOD, reason: Reason = "none", subscribed = false): StoredCell => ({
  raw,
  quality,
  reason,
  subscribed,
});

const right: [string, Told, StoredCell, TagVersion][] = [
  ["a number as its register shows it", 120.04, stored(1200), scaled],
  ["a number as float32", 0.1, stored(Math.fround(0.1)), real],
  ["a number that is doubted", 120, stored(1200, UNCERTAIN, "step too large"), scaled],
  ["a number out of its range", 301, stored(3010, BAD, "outside its range"), scaled],
  ["a number that no register of its width shows", 9_999, stored(-32_768, BAD, "null sentinel"), scaled],
  ["a sentinel", { sentinel: -32_768 }, stored(-32_768, BAD, "null sentinel"), scaled],
  ["a sentinel in a float", { sentinel: -999.25 }, stored(-999.25, BAD, "null sentinel"), real],
  ["NAN in a float", "nan", stored(Number.NaN, BAD, "not a number"), real],
  ["NAN in an integer", "nan", stored(-32_768, BAD, "null sentinel"), scaled],
  ["an infinity", "-infinite", stored(Number.NEGATIVE_INFINITY, BAD, "infinite"), double],
  ["an empty cell by its status", "empty", stored(Number.NaN, BAD, "device status", true), double],
  ["a text in a register", "text", stored(Number.NaN, BAD, "not a number"), real],
];
test.each(right)("%s is right", (_what, told, cell, version) => {
  expect(wrongWith(told, cell, version)).toBeNull();
});

const wrong: [string, Told, StoredCell, TagVersion][] = [
  ["another value", 120, stored(1201), scaled],
  ["a good zero for NAN", "nan", stored(0), real],
  ["a good NaN", "nan", stored(Number.NaN), real],
  ["nothing for a number", 120, stored(Number.NaN, BAD, "no answer in time"), scaled],
  ["a number called bad without a fault", 120, stored(1200, BAD, "outside its range"), scaled],
  ["a number out of its range called good", 301, stored(3010), scaled],
  ["a good sentinel", { sentinel: -32_768 }, stored(-32_768), scaled],
  ["a sentinel for another reason", { sentinel: -999.25 }, stored(-999.25, BAD, "outside its range"), real],
  [
    "an empty cell called NaN where the server says why",
    "empty",
    stored(Number.NaN, BAD, "not a number", true),
    double,
  ],
];
test.each(wrong)("%s is wrong", (_what, told, cell, version) => {
  expect(wrongWith(told, cell, version)).not.toBeNull();
});
