import { expect, test } from "vitest";
import type { Kind, Limits } from "./tag.ts";
import { rawThinBound, thinBound } from "./thinning.ts";

const real: Kind = { type: "real", scale: 1, offset: 0 };
const limits = (more: Partial<Limits>): Limits => ({ onDelayS: 5, deadband: 0.02, ...more });

test("the bound is a share of the normal band, else of the plausible one, and no more than 20 s of its steps", () => {
  expect(thinBound({ kind: real, limits: limits({ normal: [100, 300], sane: [0, 10_000] }) }, 0.005)).toBeCloseTo(1);
  expect(thinBound({ kind: real, limits: limits({ sane: [0, 400] }) }, 0.005)).toBeCloseTo(2);
  expect(thinBound({ kind: real, limits: limits({ sane: [0, 50_000], maxStep: 1 }) }, 0.005)).toBeCloseTo(0.1);
  expect(thinBound({ kind: real, limits: limits({}) }, 0.005)).toBe(0);
});

test("what is alarmed more urgently is thinned less, and what is critical only of repetitions", () => {
  const bounds = ([4, 3, 2, 1] as const).map((priority) =>
    thinBound(
      { kind: real, limits: limits({ sane: [0, 400], l: { at: 1, priority: 4 }, hh: { at: 9, priority } }) },
      0.005,
    ),
  );
  expect(bounds).toEqual([1, 0.5, 0.2, 0]);
});

test("of counts of 64 bits, flags and texts every change is kept", () => {
  const kinds: Kind[] = [
    { type: "flag" },
    { type: "text" },
    { type: "scaled", bits: 64, signed: true, scale: 1, offset: 0 },
  ];
  for (const kind of kinds) expect(thinBound({ kind, limits: limits({ sane: [0, 400] }) }, 0.005)).toBe(0);
});

test("of the value as read the bound is that of the value, by its scale", () => {
  const kind: Kind = { type: "scaled", bits: 16, signed: true, scale: -0.1, offset: 5 };
  expect(rawThinBound({ kind, limits: limits({ sane: [0, 400] }) }, 0.005)).toBeCloseTo(20);
});
