import { expect, test } from "vitest";
import { compareTicks, type TickReading } from "../../cloud/verify/ticks.ts";
import type { Report } from "../../cloud/verify/verify.ts";
import { balanceOf, type Found, outcomeOf, problemsOf } from "./balance.ts";

const reading = (value: number | null, at: number): TickReading => ({
  ...{ epoch: "a", seq: at / 1_000, device: "rig.", isProof: false, at, atSource: false, timing: "own" },
  ...{ value, bound: null },
});
const served = (tick: number, at: number, spoilt = false) => ({ at, tick, spoilt });
const ledger = (lines: ReturnType<typeof served>[]) => ({
  ...{ served: lines, shown: [], rows: [], rowsServed: [], rowsUnfit: 0, ended: true, from: 0, to: 100_000 },
});
const noExcuse = { dead: [], owed: [], stated: [], thinned: [], ledgerTo: null };

function foundOf(ticks: Report["ticks"]): Found {
  const report: Report = {
    ...{ rig: "rig-1", streams: [], complete: [], ticks, dates: null, rows: [], answers: [], rowsUnfit: 0 },
    ...{ deadSeconds: 0, problems: [], balanced: true },
  };
  const kept = { noted: 0, gone: [], changed: [], readings: 0 };
  return { report, broke: null, kept, longestPause: 0, longestDrainMs: 0 };
}
const figure = (text: string, what: string) =>
  Number(
    text
      .split("\n")
      .find((line) => line.trim().startsWith(what))
      ?.split(/\s{2,}/)
      .at(-1),
  );

test("stored is what the office was found to have, whatever else became of an answer", () => {
  const lines = [served(1, 10_000), served(2, 20_000), served(3, 30_000, true), served(4, 40_000), served(5, 50_000)];
  const thinned = [{ from: 39_000, to: 41_000 }];
  // What is kept beside the fourth says the same within its bound.
  const kept = [reading(1, 10_000), { ...reading(3, 39_000), bound: 1 }, { ...reading(5, 50_000), bound: 1 }];
  const ticks = compareTicks(ledger(lines), kept, { ...noExcuse, thinned });
  const text = balanceOf(foundOf(ticks));
  expect(figure(text, "stored in the office")).toBe(3);
  expect([figure(text, "missing"), figure(text, "left out on the rig"), figure(text, "given wrong")]).toEqual([
    1, 1, 0,
  ]);
  expect(problemsOf(foundOf(ticks))).toEqual([]);
});

test("an answer that is under no line is told", () => {
  const ticks = compareTicks(ledger([served(1, 10_000), served(2, 20_000, true)]), [reading(1, 10_000)], noExcuse);
  expect(ticks).toMatchObject({ found: 1, spoilt: 1 });
  expect(problemsOf(foundOf({ ...ticks, found: 0 }))).toEqual(["of 2 answers 1 were accounted for"]);
});

test("a proof that broke off, or has no reading, has not shown a loss; frames that are gone and answers that are nowhere have", () => {
  const whole = foundOf(compareTicks(ledger([served(1, 10_000)]), [reading(1, 10_000)], noExcuse));
  expect(outcomeOf(whole)).toBe("balances");
  expect(outcomeOf({ ...whole, broke: "the office still lacks 3 frames" })).toBe("fails");
  expect(outcomeOf(foundOf(null))).toBe("fails");
  expect(outcomeOf({ ...whole, kept: { ...whole.kept, gone: ["telemetry 3 of a"] } })).toBe("loses");
  const broke = "the rig's daemon ended by itself";
  expect(outcomeOf({ ...whole, broke, kept: { ...whole.kept, gone: ["telemetry 3 of a"] } })).toBe("loses");
  const lines = [served(1, 10_000), served(2, 20_000)];
  const withOnly = (stored: TickReading[]) => {
    const found = foundOf(compareTicks(ledger(lines), stored, noExcuse));
    return outcomeOf({ ...found, report: { ...found.report, problems: ["ticks are not stored"] } });
  };
  expect(withOnly([reading(1, 10_000)])).toBe("loses");
  expect(withOnly([])).toBe("fails");
});
