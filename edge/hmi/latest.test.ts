import { expect, test } from "vitest";
import { BAD, Block, GOOD, NO_VALUE, realBits, reasonCode, UNCERTAIN } from "../../shared/domain/reading.ts";
import type { Kind, TagVersion } from "../../shared/domain/tag.ts";
import { openLatest } from "./latest.ts";

const version = (n: number, kind: Kind): TagVersion => ({
  id: n.toString(16).padStart(16, "0"),
  name: `tag${n}`,
  label: `Tag ${n}`,
  unit: "psi",
  kind,
  limits: { onDelayS: 5, deadband: 0.02 },
  source: "plc",
  validFrom: 0,
});
const scaled: Kind = { type: "scaled", bits: 16, signed: true, scale: 0.1, offset: 5 };
const real: Kind = { type: "real", scale: 1, offset: 0 };

function table(kinds: Kind[], clock = { now: 1_000 }) {
  const latest = openLatest(
    kinds.map((kind, i) => version(i, kind)),
    () => 1_000,
    () => clock.now,
  );
  return { latest, clock, block: new Block() };
}

test("a reading is shown in engineering units with its time, quality and reason", () => {
  const { latest, block } = table([scaled, real, { type: "text" }]);
  block.push(0, 10, 200, GOOD, 0);
  block.pushBits(1, 11, realBits(2.5), 0, UNCERTAIN, reasonCode("step too large"));
  block.pushText(2, 12, "on bottom", GOOD, 0);
  latest.show(block);
  const values = latest.valuesSince(0);
  expect(values.value).toEqual([25, 2.5, "on bottom"]);
  expect(values.quality).toEqual(["good", "uncertain", "good"]);
  expect(values.reason).toEqual([null, "step too large", null]);
  expect(values.at).toEqual([10, 11, 12]);
});

test("a failed read has no value and never widens the last ten minutes", () => {
  const { latest, block } = table([scaled]);
  block.push(0, 10, 100, GOOD, 0);
  block.push(0, 11, 30_000, BAD, reasonCode("outside its range"));
  block.pushBad(0, 12, reasonCode("no answer in time"));
  latest.show(block);
  const values = latest.valuesSince(0);
  expect(values.value).toEqual([null]);
  expect([values.low, values.high]).toEqual([[15], [15]]);
});

test("not a number is told as a word, never as null or zero", () => {
  const { latest, block } = table([real]);
  block.pushBits(0, 10, realBits(Number.NaN), 0, BAD, reasonCode("not a number"));
  latest.show(block);
  expect(latest.valuesSince(0).value).toEqual(["NaN"]);
});

test("only tags that had a reading since a change are told again", () => {
  const { latest, block } = table([scaled, scaled]);
  block.push(0, 10, 1, GOOD, 0);
  latest.show(block);
  const since = latest.change();
  block.clear();
  block.push(1, 10, 2, GOOD, 0);
  latest.show(block);
  expect(latest.valuesSince(since).tag).toEqual([1]);
  expect(latest.valuesSince(0).tag).toEqual([0, 1]);
});

test("least and greatest forget what is older than ten minutes", () => {
  const { latest, block, clock } = table([scaled]);
  block.push(0, 10, 0, GOOD, 0);
  latest.show(block);
  clock.now += 11 * 60_000;
  block.clear();
  block.push(0, 11, 100, GOOD, 0);
  latest.show(block);
  expect(latest.valuesSince(0).low).toEqual([15]);
});

test("a tag counts as good only while its value is good and fresh", () => {
  const { latest, block, clock } = table([scaled, scaled, scaled]);
  block.push(0, 10, 0, GOOD, 0);
  block.push(1, 10, 0, BAD | NO_VALUE, reasonCode("no connection"));
  latest.show(block);
  expect(latest.good(clock.now)).toEqual({ good: 1, all: 3 });
  expect(latest.good(clock.now + 3_001)).toEqual({ good: 0, all: 3 });
});
