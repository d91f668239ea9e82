import { expect, test } from "vitest";
import { rigTags } from "../physics/sensors.ts";
import { simulate } from "../physics/simulate.ts";
import { faultOf } from "./fault.ts";
import { DROPPED, SHOWN, SILENT, UNSURE } from "./sensor.ts";

const i = (tag: string) => rigTags.indexOf(tag);

/** The same rig with a fault and without, side by side. */
function* beside(text: string, seconds: number, seed = 5) {
  const sick = simulate({ seed, faults: [faultOf(text, rigTags)] });
  const well = simulate({ seed });
  for (let second = 1; second <= seconds; second++) yield { second, sick: sick.next(), well: well.next() };
}

test.each([
  ["washout@600", "washout", undefined, 600, Number.POSITIVE_INFINITY],
  ["flatline:mud_pressure@120", "flatline:mud_pressure", "mud_pressure", 120, Number.POSITIVE_INFINITY],
  ["nan:gas@60+30", "nan:gas", "gas", 60, 90],
])("%s is read as what it says", (text, name, tag, from, to) => {
  expect(faultOf(text, rigTags)).toMatchObject({ name, tag, from, to });
});

test.each([
  ["earthquake@3", "no such kind"],
  ["flatline@3", "needs a tag"],
  ["washout:gas@3", "takes no tag"],
  ["nan:unheard_of@3", 'no tag "unheard_of"'],
  ["washout", "expected KIND@SECONDS"],
])("%s is refused and says why", (text, why) => {
  expect(() => faultOf(text, rigTags)).toThrow(why);
});

test.each([1, 2, 3, 4, 5])(
  "seed %i: a washout takes 8 to 15 percent of the pressure within minutes, with flow and strokes as before",
  (seed) => {
    for (const { second, sick, well } of beside("washout@100", 1_000, seed)) {
      const share = 1 - ((sick.values[i("mud_pressure")] ?? 0) - 12) / ((well.values[i("mud_pressure")] ?? 0) - 12);
      if (second < 100) expect(share).toBe(0);
      if (second === 160) expect(share).toBeGreaterThan(0.025);
      if (second === 1_000) expect(share).toBeGreaterThan(0.075);
      expect(share).toBeLessThan(0.155);
      for (const tag of ["mud_flow", "pump1_spm", "pump2_spm", "flow_out", "hook_load", "depth"])
        expect(sick.values[i(tag)], tag).toBe(well.values[i(tag)]);
      if (second === 1_000)
        expect(sick.values[i("pump_efficiency")]).toBeLessThan(well.values[i("pump_efficiency")] ?? 0);
    }
  },
);

test("a flat line holds the value at its start, and nothing else changes", () => {
  let held: number | undefined;
  for (const { second, sick, well } of beside("flatline:hook_load@20+20", 60)) {
    if (second === 20) held = well.values[i("hook_load")];
    const flat = second >= 20 && second < 40;
    expect(sick.values[i("hook_load")]).toBe(flat ? held : well.values[i("hook_load")]);
    expect(sick.values[i("wob")]).toBe(well.values[i("wob")]);
    expect(sick.truth.active).toEqual(flat ? ["flatline:hook_load"] : []);
  }
});

test.each([
  ["nan:gas@5", SHOWN],
  ["dropout:gas@5", DROPPED],
  ["silent:gas@5", SILENT],
  ["uncertain:gas@5", UNSURE],
])("%s shows from its second on", (text, mark) => {
  for (const { second, sick } of beside(text, 9)) {
    expect(sick.missing[i("gas")]).toBe(second < 5 ? SHOWN : mark);
    expect(Number.isNaN(sick.values[i("gas")])).toBe(second >= 5 && text.startsWith("nan"));
  }
});
