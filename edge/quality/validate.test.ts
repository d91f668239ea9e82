import fc from "fast-check";
import { expect, test } from "vitest";
import {
  AT_SOURCE,
  BAD,
  Block,
  GOOD,
  NO_VALUE,
  QUALITY_MASK,
  realBits,
  reasonCode,
  reasonText,
  UNCERTAIN,
} from "../../shared/domain/reading.ts";
import type { RigState } from "../../shared/domain/rig-state.ts";
import { Kind, Limits, type TagVersion } from "../../shared/domain/tag.ts";
import { openValidation } from "./validate.ts";

const start = Date.UTC(2026, 0, 1);
const tag = (limits: object = {}, kind: object = { type: "double" }): TagVersion => ({
  id: "0123456789abcdef",
  name: "mud_pressure",
  label: "Standpipe pressure",
  unit: "psi",
  kind: Kind.parse(kind),
  limits: Limits.parse(limits),
  source: "plc",
  validFrom: 0,
});
const double = { type: "double" };

/** Runs values of one tag through, one block each, and gives the words for each. */
function judged(
  version: TagVersion,
  values: number[],
  { stepMs = 1_000, state = () => "unknown" as RigState, sentinels = [] as number[] } = {},
) {
  const validation = openValidation([version], [sentinels]);
  return values.map((value, i) => {
    const block = new Block(1);
    const at = start + i * stepMs;
    if (version.kind.type === "real") block.pushBits(0, at, realBits(value), 0, GOOD, 0);
    else block.push(0, at, value, AT_SOURCE, 0);
    validation.validate(block, i === 0 ? "unknown" : state(), at);
    return reasonText(block.reason[0] ?? 0);
  });
}

test("NaN, infinities and values outside their range are bad and keep their bits", () => {
  const validation = openValidation([tag({ sane: [0, 100] })]);
  const block = new Block(8);
  const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 101, -3, 1e38, 50];
  for (const value of values) block.push(0, start, value, AT_SOURCE, 0);
  validation.validate(block, "unknown", start);
  const words = [...block.reason.slice(0, 7)].map(reasonText);
  expect(words).toEqual(["not a number", "infinite", "infinite", ...Array(3).fill("outside its range"), "none"]);
  expect([...block.status.slice(0, 7)]).toEqual([...Array(6).fill(BAD | AT_SOURCE), GOOD | AT_SOURCE]);
  expect([...block.value.slice(0, 7)]).toEqual(values);
});

test("a sentinel is bad, in a REAL as its nearest float32", () => {
  const scaled = tag({}, { type: "scaled", scale: 0.1 });
  expect(judged(scaled, [-32_768, 5], { sentinels: [-32_768] })).toEqual(["null sentinel", "none"]);
  expect(judged(tag({}, { type: "real" }), [-999.25, -999.1, 5], { sentinels: [-999.25, -999.1] })).toEqual([
    "null sentinel",
    "null sentinel",
    "none",
  ]);
});

test("a little below zero is a drifted zero where nothing can be negative, far below is bad", () => {
  expect(judged(tag({ sane: [0, 100] }), [-1, -2.1, 0, -0])).toEqual([
    "zero drift",
    "outside its range",
    "none",
    "none",
  ]);
  expect(judged(tag({ sane: [-5, 100] }), [-5.1])).toEqual(["outside its range"]);
});

test("a range is meant in engineering units", () => {
  expect(judged(tag({ sane: [0, 100] }, { type: "scaled", scale: 0.1, offset: -10 }), [100, 1_101, 99])).toEqual([
    "none",
    "outside its range",
    "zero drift",
  ]);
});

test("a spike is uncertain, and a new level is believed from its third agreeing sample on", () => {
  expect(judged(tag({ maxStep: 10 }), [100, 500, 101, 300, 301, 302, 303])).toEqual([
    "none",
    "step too large",
    "none",
    "step too large",
    "step too large",
    "none",
    "none",
  ]);
});

test("a step is measured over the time that really passed", () => {
  expect(judged(tag({ maxStep: 10 }), [0, 45], { stepMs: 5_000 })).toEqual(["none", "none"]);
  // Ten samples a second that climb at five times the rate: caught although each lies near the one before.
  const fast = judged(
    tag({ maxStep: 10 }),
    Array.from({ length: 10 }, (_, i) => i * 5),
    { stepMs: 100 },
  );
  expect(fast).toContain("step too large");
  const slow = judged(
    tag({ maxStep: 10 }),
    Array.from({ length: 100 }, (_, i) => i * 0.5 + (i % 2) * 4),
    { stepMs: 100 },
  );
  expect(new Set(slow)).toEqual(new Set(["none"]));
});

test("a step with a change of the rig's state is no wonder", () => {
  expect(judged(tag({ maxStep: 10 }), [3_000, 100], { state: () => "connection" })).toEqual(["none", "none"]);
});

test("a value that stands still too long is a flat line, except at rest around zero", () => {
  const still = tag({ sane: [0, 1_000], flatAfterS: 3 });
  expect(judged(still, [500, 500, 500, 500, 500, 501])).toEqual([
    "none",
    "none",
    "none",
    "flat line",
    "flat line",
    "none",
  ]);
  expect(judged(still, [0, 0, 0, 0, 0])).toEqual(Array(5).fill("none"));
});

test("a normal value that stands still is a flat line, however small beside the sane range", () => {
  const gas = tag({ sane: [0, 100], normal: [0.4, 3], flatAfterS: 2 });
  expect(judged(gas, [1, 1, 1, 1])).toEqual(["none", "none", "flat line", "flat line"]);
  expect(judged(gas, [0.3, 0.3, 0.3, 0.3])).toEqual(Array(4).fill("none"));
});

test("a time before the year 2000 or well ahead of the gateway is not plausible, late data is", () => {
  const validation = openValidation([tag()]);
  const block = new Block(4);
  for (const at of [0, start + 60_000, start - 86_400_000, start + 9_000]) block.push(0, at, 1, AT_SOURCE, 0);
  validation.validate(block, "unknown", start);
  expect([...block.reason.slice(0, 4)].map(reasonText)).toEqual([
    "clock not plausible",
    "clock not plausible",
    "none",
    "none",
  ]);
});

test("while the rig box's own clock is not known no reading is doubted for it, and no source is held against it", () => {
  const block = new Block(3);
  block.push(0, 3_600_000, 1, GOOD, 0);
  block.push(0, start, 1, AT_SOURCE, 0);
  block.push(0, 0, 1, AT_SOURCE, 0);
  openValidation([tag()]).validate(block, "unknown", 3_600_000, false);
  expect([...block.reason.slice(0, 3)].map(reasonText)).toEqual(["none", "none", "clock not plausible"]);
});

test("nothing gets better, and the device's own doubt keeps its reason", () => {
  const validation = openValidation([tag({ sane: [0, 1] })]);
  const block = new Block(4);
  const own = reasonCode("device status", 0x4000);
  block.push(0, start, 0.5, UNCERTAIN, own);
  block.push(0, start, 7, UNCERTAIN, own);
  block.pushBad(0, start, reasonCode("no connection"));
  validation.validate(block, "unknown", start);
  expect([...block.status.slice(0, 3)]).toEqual([UNCERTAIN, BAD, BAD | NO_VALUE]);
  expect([...block.reason.slice(0, 3)]).toEqual([own, reasonCode("outside its range"), reasonCode("no connection")]);
});

test("an unsigned 64-bit value above half its range is not negative", () => {
  const validation = openValidation([tag({ sane: [0, 2 ** 64] }, { type: "scaled", bits: 64, signed: false })]);
  const block = new Block(1);
  block.pushBits(0, start, 0, 0x9000_0000, GOOD, 0);
  validation.validate(block, "unknown", start);
  expect(block.status[0]).toBe(GOOD);
});

test("how readings are cut into blocks changes no mark", () => {
  const some = fc.array(
    fc.tuple(fc.constantFrom(0, 1, 50, 51, 99, 500, -1, Number.NaN), fc.integer({ min: 0, max: 3_000 })),
    { minLength: 1, maxLength: 40 },
  );
  fc.assert(
    fc.property(some, fc.integer({ min: 1, max: 7 }), (samples, cut) => {
      const version = tag({ sane: [0, 400], maxStep: 20, flatAfterS: 3 }, double);
      const run = (size: number) => {
        const validation = openValidation([version]);
        const marks: number[] = [];
        let at = start;
        for (let from = 0; from < samples.length; from += size) {
          const block = new Block(size);
          for (const [value, ms] of samples.slice(from, from + size)) {
            at += ms;
            block.push(0, at, value, GOOD, 0);
          }
          validation.validate(block, "unknown", start + 1e9);
          for (let i = 0; i < block.length; i++)
            marks.push(((block.status[i] ?? 0) & QUALITY_MASK) * 1_000 + (block.reason[i] ?? 0));
        }
        return marks;
      };
      expect(run(cut)).toEqual(run(samples.length));
    }),
  );
});

test("a text that is too long becomes a bad reading with its reason and without a value; one that fits stays", () => {
  const text: TagVersion = {
    id: "00000000000000ee",
    name: "driller.note",
    label: "Note",
    unit: "text",
    kind: { type: "text" },
    limits: { onDelayS: 5, deadband: 0.02 },
    source: "plc",
    validFrom: 0,
  };
  const block = new Block();
  block.pushText(0, 1_800_000_000_000, "é".repeat(2_048), GOOD, 0);
  block.pushText(0, 1_800_000_000_000, "é".repeat(2_049), GOOD, 0);
  openValidation([text]).validate(block, "unknown", 1_800_000_000_000);
  expect([...block.status.subarray(0, 2)]).toEqual([GOOD, BAD | NO_VALUE]);
  expect(reasonText(block.reason[1] ?? 0)).toBe("text too long");
  expect(block.texts).toEqual(["é".repeat(2_048), ""]);
});
