import { expect, test } from "vitest";
import { compareTicks, floatOfTick, type TickReading } from "./ticks.ts";

const reading = (seq: number, value: number | null, over: Partial<TickReading> = {}): TickReading => ({
  epoch: "a",
  seq,
  device: "rig.",
  isProof: false,
  at: seq * 1_000,
  atSource: false,
  timing: "own",
  value,
  bound: null,
  ...over,
});
const served = (seq: number, tick: number, spoilt = false) => ({ at: seq * 1_000, tick, spoilt });
const ledger = (lines: ReturnType<typeof served>[], shown: { at: number; tick: number }[] = []) => ({
  served: lines,
  shown,
  rows: [],
  rowsServed: [],
  rowsUnfit: 0,
  ended: false,
  from: 0,
  to: 100_000,
});
const none = { dead: [], owed: [], stated: [], thinned: [], ledgerTo: null };

test("a tick that a device was asked for twice may be stored twice, not three times", () => {
  const lines = [served(1, 7), served(2, 7)];
  expect(compareTicks(ledger(lines), [reading(1, 7), reading(2, 7)], none).doubled).toBe(0);
  expect(compareTicks(ledger(lines), [reading(1, 7), reading(2, 7), reading(3, 7)], none).doubled).toBe(1);
});

test("an answer beside a failed read, one that the rig spoilt and one while no edge ran are explained", () => {
  const lines = [served(10, 1), served(20, 2, true), served(40, 3), served(60, 4)];
  const report = compareTicks(ledger(lines), [reading(10, null)], {
    dead: [{ from: 39_000, to: 41_000 }],
    owed: [],
    stated: [],
    thinned: [],
    ledgerTo: null,
  });
  expect(report).toMatchObject({ readFailed: 1, whileDead: 1, unexplained: 1 });
});

test("what was served in a gap that the edge stated is counted as stated", () => {
  const excuses = { dead: [], owed: [], stated: [{ from: 2_000, to: 3_500 }], thinned: [], ledgerTo: null };
  const lines = [served(1, 1), served(2, 2), served(3, 3), served(9, 4)];
  const report = compareTicks(ledger(lines), [reading(1, 1)], excuses);
  expect(report).toMatchObject({ stated: 2, unexplained: 1 });
});

test("in a thinned frame what repeats may be left out, but nothing that lies beyond the bound of what was kept", () => {
  const thinned = { ...none, thinned: [{ from: 0, to: 10_000 }] };
  const lines = [served(1, 7), served(2, 7), served(3, 8), served(4, 9)];
  const exact = [reading(1, 7, { bound: 0 }), reading(4, 9, { bound: 0 })];
  expect(compareTicks(ledger(lines), exact, thinned)).toMatchObject({ thinned: 1, unexplained: 1 });
  const near = exact.map((one) => ({ ...one, bound: 1 }));
  expect(compareTicks(ledger(lines), near, thinned)).toMatchObject({ thinned: 2, unexplained: 0 });
  expect(compareTicks(ledger(lines), near, none)).toMatchObject({ thinned: 0, unexplained: 2 });
});

test("a change that a subscription tells is stored once; the value that stands may be read again", () => {
  const over = { device: "logger.", atSource: true };
  const shown = [
    { at: 1_000, tick: 7 },
    { at: 2_000, tick: 8 },
  ];
  const once = [reading(1, 7, over), reading(2, 8, over), reading(3, 8, { device: "logger." })];
  expect(compareTicks(ledger([], shown), once, none)).toMatchObject({ doubled: 0, foreign: 0, unexplained: 0 });
  expect(compareTicks(ledger([], shown), [...once, reading(4, 8, { ...over, at: 2_000 })], none).doubled).toBe(1);
  expect(compareTicks(ledger([], shown), [reading(1, 7, over)], none).unexplained).toBe(1);
});

test("a tick that was never served is foreign, a proof that does not fit is false", () => {
  const proof = reading(1, floatOfTick(7) + 1, { isProof: true });
  expect(compareTicks(ledger([served(1, 7)]), [reading(1, 7), reading(2, 9), proof], none)).toMatchObject({
    foreign: 1,
    false: 1,
  });
});

test("a reading from just after the last line of a ledger that is still written is newer; one before it or long after is foreign", () => {
  const live = { ...none, ledgerTo: 2_500 };
  const found = [reading(1, 7), reading(3, 8), reading(4, 7)];
  expect(compareTicks(ledger([served(1, 7)]), found, live)).toMatchObject({ newer: 2, foreign: 0, doubled: 0 });
  expect(compareTicks(ledger([served(1, 7)]), [reading(2, 8), reading(5, 9)], live)).toMatchObject({
    newer: 0,
    foreign: 2,
  });
});
