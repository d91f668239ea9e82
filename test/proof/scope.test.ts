import { expect, test } from "vitest";
import { exitCodeOf, scopeOf, verdictOf } from "./scope.ts";

const blows = [
  { name: "kill", title: "it is killed", strikes: { quick: 1, full: 5 } },
  { name: "all", title: "all at once", strikes: { quick: 0, full: 1 } },
  { name: "cut", title: "it is cut", strikes: { quick: 1, full: 1 } },
];

test("the short proof names what it leaves out and what it does less often, before and after; the whole one says nothing", () => {
  const short = { quick: true, cheat: false, blows };
  for (const said of [scopeOf(short), verdictOf(short, "balances")]) {
    expect(said.join("\n")).toContain("left out: all (all at once)");
    expect(said.join("\n")).toContain("fewer: kill, 1 of 5 times");
    expect(said.join("\n")).not.toContain("cut");
  }
  expect(scopeOf({ ...short, quick: false })).toEqual([]);
  expect(verdictOf({ ...short, quick: false }, "balances")).toEqual([]);
});

test("of a rig that cheats a loss is called right, balancing wrong, and any other failure shows nothing", () => {
  const cheat = { quick: false, cheat: true, blows };
  expect(scopeOf(cheat).join()).toMatch(/must show what is lost by it: here exit code 1 is right/);
  expect(verdictOf(cheat, "loses").join()).toMatch(/^That is right/);
  expect(verdictOf(cheat, "balances").join()).toMatch(/^WRONG/);
  expect(verdictOf(cheat, "fails").join()).toMatch(/^INCONCLUSIVE/);
  expect((["balances", "loses", "fails"] as const).map((outcome) => exitCodeOf(cheat, outcome))).toEqual([0, 1, 2]);
  expect(exitCodeOf({ cheat: false }, "fails")).toBe(1);
});
