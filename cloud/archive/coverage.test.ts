import { expect, test } from "vitest";
import { completeTo, coverageOf, type EpochCoverage } from "./coverage.ts";

const epoch = (over: Partial<EpochCoverage>): EpochCoverage => ({
  epoch: "a",
  startedAt: 0,
  predecessor: null,
  known: 0,
  held: [],
  runs: [],
  undated: [],
  damaged: [],
  thinned: [],
  gaps: [],
  holes: [],
  ...over,
});
const kinds = (spans: readonly { from: number; to: number; kind: string; reason: string }[]) =>
  spans.map((span) => `${span.from}-${span.to} ${span.kind}${span.reason === "" ? "" : `: ${span.reason}`}`);

test("a whole run is held, what lies outside is not known", () => {
  const run = { first: 1, last: 100, from: 0, to: 100_000, late: false };
  const one = epoch({ known: 100, held: [{ first: 1, last: 100, state: "stored" }], runs: [run] });
  expect(kinds(coverageOf([one], null, -10, 100_010, null))).toEqual([
    "-10-0 not known",
    "0-100000 held",
    "100000-100010 not known",
  ]);
  expect(completeTo([one])).toBe(100_000);
});

test("frames of which readings were left out are thinned, within the bound that is told, and count as complete", () => {
  const run = { first: 1, last: 101, from: 0, to: 100_000, late: true };
  const held = [
    { first: 1, last: 40, state: "stored" as const },
    { first: 41, last: 60, state: "thinned" as const },
    { first: 61, last: 101, state: "stored" as const },
  ];
  const one = epoch({ known: 101, held, runs: [run], thinned: [{ first: 41, last: 60, bound: 0.005 }] });
  expect(kinds(coverageOf([one], null, 0, 100_000, null))).toEqual([
    "0-40000 late",
    "40000-60000 thinned: within 0.5 % of each tag's band, less where it is alarmed",
    "60000-100000 late",
  ]);
  expect(completeTo([one])).toBe(100_000);
});

test("frames that were told of and are not here are under way, and end what is complete", () => {
  const one = epoch({
    known: 30,
    held: [
      { first: 1, last: 10, state: "stored" },
      { first: 21, last: 30, state: "stored" },
    ],
    runs: [
      { first: 1, last: 10, from: 0, to: 10_000, late: false },
      { first: 21, last: 30, from: 20_000, to: 30_000, late: false },
    ],
  });
  expect(kinds(coverageOf([one], null, 0, 30_000, null))).toEqual([
    "0-10000 held",
    "10000-20000 under way",
    "20000-30000 held",
  ]);
  expect(completeTo([one])).toBe(10_000);
});

test("lost frames are missing with the reason that the rig gave, quarantined ones say so", () => {
  const one = epoch({
    known: 40,
    held: [
      { first: 1, last: 10, state: "stored" },
      { first: 11, last: 15, state: "lost" },
      { first: 16, last: 20, state: "lost" },
      { first: 21, last: 30, state: "quarantined" },
      { first: 31, last: 40, state: "stored" },
    ],
    runs: [
      { first: 1, last: 10, from: 0, to: 10_000, late: false },
      { first: 31, last: 40, from: 30_000, to: 40_000, late: true },
    ],
    gaps: [{ first: 11, last: 15, reason: "evicted" }],
  });
  const spans = coverageOf([one], null, 0, 40_000, null);
  expect(kinds(spans)).toEqual([
    "0-10000 held",
    "10000-15000 missing: evicted",
    "15000-20000 missing: the rig has it no more",
    "20000-30000 missing: quarantined",
    "30000-40000 late",
  ]);
  expect(spans.map((span) => span.frames)).toEqual([10, 5, 5, 10, 10]);
  expect(completeTo([one])).toBe(40_000);
});

test("between an epoch and its successor the edge was down", () => {
  const first = epoch({
    known: 10,
    held: [{ first: 1, last: 10, state: "stored" }],
    runs: [{ first: 1, last: 10, from: 0, to: 10_000, late: false }],
  });
  const second = epoch({
    epoch: "b",
    startedAt: 60_000,
    predecessor: "a",
    known: 5,
    held: [{ first: 1, last: 5, state: "stored" }],
    runs: [{ first: 1, last: 5, from: 60_000, to: 65_000, late: false }],
  });
  expect(kinds(coverageOf([second, first], "b", 0, 70_000, 70_000))).toEqual([
    "0-10000 held",
    "10000-60000 edge down",
    "60000-65000 held",
    "65000-70000 under way",
  ]);
});

test("an epoch without a frame between two others ran and read nothing; what lies before its start was off", () => {
  const first = epoch({
    known: 10,
    held: [{ first: 1, last: 10, state: "stored" }],
    runs: [{ first: 1, last: 10, from: 0, to: 10_000, late: false }],
  });
  const broken = epoch({ epoch: "b", startedAt: 15_000, predecessor: "a" });
  const mended = epoch({
    epoch: "c",
    startedAt: 60_000,
    predecessor: "b",
    known: 5,
    held: [{ first: 1, last: 5, state: "stored" }],
    runs: [{ first: 1, last: 5, from: 60_000, to: 65_000, late: false }],
  });
  expect(kinds(coverageOf([first, broken, mended], "c", 0, 65_000, null))).toEqual([
    "0-10000 held",
    "10000-15000 edge down",
    "15000-60000 edge down: read nothing",
    "60000-65000 held",
  ]);
});

test("where a fork ran at the same time, what one of them lacks is told", () => {
  const whole = epoch({
    known: 10,
    held: [{ first: 1, last: 10, state: "stored" }],
    runs: [{ first: 1, last: 10, from: 0, to: 10_000, late: false }],
  });
  const other = epoch({ epoch: "b", known: 10, held: [{ first: 1, last: 10, state: "lost" }], runs: [] });
  expect(kinds(coverageOf([whole, other], null, 0, 10_000, null))).toEqual(["0-10000 missing: the rig has it no more"]);
});

test("a span in which the daemon took nothing is missing with its reason, though no frame is", () => {
  const run = { first: 1, last: 40, from: 0, to: 62_000, late: false };
  const holes = [{ from: 10_000, to: 32_000, reason: "daemon stood still" }];
  const one = epoch({ known: 40, held: [{ first: 1, last: 40, state: "stored" }], runs: [run], holes });
  const spans = coverageOf([one], null, 0, 62_000, null);
  expect(kinds(spans)).toEqual(["0-10000 held", "10000-32000 missing: daemon stood still", "32000-62000 held"]);
  expect(spans[1]?.frames).toBeNull();
  expect(completeTo([one])).toBe(62_000);
});

test("frames behind the last one that is here are taken to be as far from one another as those before", () => {
  const run = { first: 1, last: 11, from: 0, to: 50_000, late: false };
  const one = epoch({ known: 13, held: [{ first: 1, last: 11, state: "stored" }], runs: [run] });
  expect(kinds(coverageOf([one], null, 0, 70_000, null))).toEqual([
    "0-50000 held",
    "50000-60000 under way",
    "60000-70000 not known",
  ]);
});
