import { expect, test } from "vitest";
import { Block, GOOD, reasonCode } from "../../shared/domain/reading.ts";
import { rigStates } from "../../shared/domain/rig-state.ts";
import type { TagVersion } from "../../shared/domain/tag.ts";
import { beganAt, openRigState } from "./rig-state.ts";

const tag = (name: string): TagVersion => ({
  id: "0123456789abcdef",
  name,
  label: name,
  unit: "code",
  kind: { type: "scaled", bits: 16, signed: false, scale: 1, offset: 0 },
  limits: { onDelayS: 5, deadband: 0.02 },
  source: "plc",
  validFrom: 0,
});

const block = (fill: (block: Block) => void) => {
  const one = new Block();
  fill(one);
  return one;
};

test("the rig does what its tag says, and goes on doing so until the tag says something else", () => {
  const watch = openRigState([tag("wob"), tag("rig_state")]);
  const code = rigStates.indexOf("sliding");
  expect(watch.observe(block((one) => one.push(1, 0, code, GOOD, 0)))).toBe("sliding");
  expect(watch.observe(block((one) => one.push(0, 0, 3, GOOD, 0)))).toBe("sliding");
});

test("a bad value, a code that is none or no such tag means unknown", () => {
  const watch = openRigState([tag("rig_state")]);
  expect(watch.observe(block((one) => one.push(0, 0, 1, GOOD, 0)))).toBe("rotary drilling");
  expect(watch.observe(block((one) => one.pushBad(0, 0, reasonCode("no connection"))))).toBe("unknown");
  expect(watch.observe(block((one) => one.push(0, 0, 99, GOOD, 0)))).toBe("unknown");
  expect(openRigState([tag("wob")]).observe(block((one) => one.push(0, 0, 1, GOOD, 0)))).toBe("unknown");
});

test("since when a state lasts is known only of a change that was seen, not of what was found at the start", () => {
  expect(beganAt("unknown", "sliding", 1_000)).toBeNull();
  expect(beganAt("sliding", "connection", 2_000)).toBe(2_000);
  expect(beganAt("connection", "unknown", 3_000)).toBe(3_000);
});
