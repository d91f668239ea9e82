import { expect, test } from "vitest";
import { BAD, Block, NO_VALUE } from "../../shared/domain/reading.ts";
import type { TagVersion } from "../../shared/domain/tag.ts";
import { openInputs } from "./inputs.ts";
import type { Manifest } from "./manifest.ts";

const tagOf = (name: string, unit: "psi" | "gpm"): TagVersion => ({
  ...{
    id: name.padEnd(16, "0"),
    name,
    label: name,
    unit,
    source: "hand",
    validFrom: 0,
    limits: { onDelayS: 0, deadband: 0 },
  },
  kind: { type: "scaled", bits: 16, signed: true, scale: 0.5, offset: 0 },
});
const tags = [tagOf("flow_out", "gpm"), tagOf("mud_pressure", "psi"), tagOf("mud_flow", "gpm")];
const manifest = {
  id: "small",
  inputs: [
    { name: "mud_pressure", unit: "psi", valid: [0, 10_000] },
    { name: "mud_flow", unit: "gpm", valid: [0, 2_000] },
  ],
  window: { seconds: 3, samplingMs: 1_000 },
} as Manifest;

/** A tick with a good raw value by tag; null stands for a bad reading. */
function tick(values: Record<number, number | null>): Block {
  const block = new Block(4);
  for (const [tag, value] of Object.entries(values))
    block.push(Number(tag), 0, value ?? 0, value === null ? BAD | NO_VALUE : 0, 0);
  return block;
}

test("the readings of a tick become the model's inputs, in its order and in engineering units", () => {
  const inputsOf = openInputs(manifest, tags);
  expect([...inputsOf(tick({ 0: 9, 1: 4_000, 2: 800 }), 1_000)]).toEqual([2_000, 400]);
});

test("a value holds over a tick that its device's answer just missed, and no longer than two samplings", () => {
  const inputsOf = openInputs(manifest, tags);
  inputsOf(tick({ 1: 4_000, 2: 800 }), 1_000);
  expect([...inputsOf(tick({ 1: 4_002 }), 2_000)]).toEqual([2_001, 400]);
  expect([...inputsOf(tick({ 1: 4_004 }), 3_000)]).toEqual([2_002, 400]);
  expect([...inputsOf(tick({ 1: 4_006 }), 4_000)]).toEqual([2_003, Number.NaN]);
});

test("a bad reading ends a held value at once, and a clock that went back holds nothing", () => {
  const inputsOf = openInputs(manifest, tags);
  inputsOf(tick({ 1: 4_000, 2: 800 }), 10_000);
  expect([...inputsOf(tick({ 2: null }), 11_000)]).toEqual([2_000, Number.NaN]);
  expect([...inputsOf(tick({ 2: 800 }), 5_000)]).toEqual([Number.NaN, 400]);
});

test("a rig that lacks an input, or has it in another unit, is told so by name", () => {
  expect(() => openInputs(manifest, tags.slice(0, 2))).toThrow(/needs the tag mud_flow/);
  expect(() => openInputs(manifest, [tagOf("mud_pressure", "gpm"), tagOf("mud_flow", "gpm")])).toThrow(
    /takes mud_pressure in psi/,
  );
});
