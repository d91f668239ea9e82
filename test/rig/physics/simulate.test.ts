import fc from "fast-check";
import { expect, test } from "vitest";
import { STROKE_GALLONS, standpipeOf } from "./mud.ts";
import { rigTags } from "./sensors.ts";
import { type Sample, simulate } from "./simulate.ts";

const HOUR = 3_600;
const seeds = { numRuns: 6 };
const of = (sample: Sample, tag: string) => sample.values[rigTags.indexOf(tag)] ?? Number.NaN;

function each(seed: number, hz: number, hours: number, look: (sample: Sample) => void): void {
  const simulation = simulate({ seed, hz });
  for (let i = 0; i < hours * HOUR * hz; i++) look(simulation.next());
}

/** Cheaper than expect, which a hundred thousand samples would feel. */
function hold(truth: boolean, words: string, sample: Sample): void {
  if (!truth) throw new Error(`${words}, at ${sample.time} s in ${sample.state}`);
}

const rig = fc.record({ seed: fc.integer(), hz: fc.constantFrom(0.2, 1, 4) });

test("the same seed gives the same rig, another seed another", () => {
  const run = (seed: number) => {
    const all: number[] = [];
    each(seed, 1, 0.2, (sample) => all.push(...sample.values));
    return all;
  };
  expect(run(7)).toEqual(run(7));
  expect(run(7)).not.toEqual(run(8));
});

test("it is drilling at 9,800 ft when it starts, with the numbers of a healthy well", () => {
  const simulation = simulate({ seed: 14 });
  let sample = simulation.next();
  for (let i = 0; i < 720; i++) sample = simulation.next();
  expect(sample.state).toBe("rotary drilling");
  const about = (tag: string, value: number, share: number) =>
    expect(Math.abs(of(sample, tag) - value), tag).toBeLessThan(share * value);
  about("depth", 9_812.4, 0.001);
  about("hook_load", 214_600, 0.01);
  about("wob", 18_400, 0.1);
  about("rpm", 121, 0.03);
  about("torque", 11_800, 0.1);
  about("mud_pressure", 3_180, 0.03);
  about("mud_flow", 612, 0.02);
  about("flow_out", 604, 0.02);
  about("pit_volume", 842.6, 0.02);
  about("gas", 1.8, 0.3);
  about("rop", 62, 0.25);
});

test("while it drills, hookload and weight on bit make up the string's weight", () => {
  fc.assert(
    fc.property(rig, ({ seed, hz }) => {
      each(seed, hz, 2, (sample) => {
        if (sample.state !== "rotary drilling") return;
        const { hookLoad, wob, stringWeight } = sample.truth.process;
        hold(Math.abs(hookLoad + wob - stringWeight) < 1e-6, "weights differ", sample);
        const shown = of(sample, "hook_load") + of(sample, "wob");
        hold(Math.abs(shown - stringWeight) < 1_100, "the weights that are shown differ", sample);
      });
    }),
    seeds,
  );
});

test("the hole never gets shallower and never jumps; the bit is never below it", () => {
  fc.assert(
    fc.property(rig, ({ seed, hz }) => {
      let hole = 0;
      each(seed, hz, 3, (sample) => {
        const now = sample.truth.process;
        hold(now.hole >= hole, "the hole got shallower", sample);
        hold(hole === 0 || now.hole - hole < 0.04 / hz, "the hole jumped", sample);
        hold(now.bit <= now.hole + 1e-9, "the bit is below the hole", sample);
        hole = now.hole;
      });
    }),
    seeds,
  );
});

test("the bit follows the block, except in the slips", () => {
  fc.assert(
    fc.property(rig, ({ seed, hz }) => {
      let before: { bit: number; block: number; slips: number } | undefined;
      each(seed, hz, 2, (sample) => {
        const { bit, block, slips } = sample.truth.process;
        const hanging = slips === 0 && before?.slips === 0;
        const gone = before ? bit - before.bit - (before.block - block) : 0;
        hold(!hanging || Math.abs(gone) < 1e-6, "the bit does not follow", sample);
        hold(slips < 1 || before?.slips !== 1 || bit === before.bit, "the bit moved in the slips", sample);
        before = { bit, block, slips };
      });
    }),
    seeds,
  );
});

test("what the pits lose was added, is in the return line or went into the hole", () => {
  fc.assert(
    fc.property(rig, ({ seed, hz }) => {
      let start: number | undefined;
      each(seed, hz, 4, (sample) => {
        const { pits, gain, added, lost } = sample.truth.process;
        start ??= pits - gain - added + lost;
        hold(Math.abs(pits - (start + gain + added - lost)) < 1e-6, "the pits do not balance", sample);
      });
    }),
    seeds,
  );
});

test("standpipe pressure is density times flow squared; flow is strokes; returns follow with a lag", () => {
  fc.assert(
    fc.property(rig, ({ seed, hz }) => {
      each(seed, hz, 2, (sample) => {
        const { density, flow, bit, spm, flowOut } = sample.truth.process;
        const off = of(sample, "mud_pressure") - 12 - standpipeOf(density, flow, bit);
        hold(Math.abs(off) < 20, "pressure does not fit flow", sample);
        hold(Math.abs(2 * spm * STROKE_GALLONS - flow) < 1e-6, "flow does not fit strokes", sample);
        const behind = flow - flowOut;
        hold(sample.state !== "rotary drilling" || (behind > 3 && behind < 40), "returns do not follow", sample);
      });
    }),
    seeds,
  );
});

test("half a day shows a connection, a trip and a rest; flow and rotation are off in the slips", () => {
  const states = new Set<string>();
  each(3, 1, 12, (sample) => {
    states.add(sample.state);
    if (sample.state !== "in slips") return;
    expect(of(sample, "mud_flow")).toBeLessThan(1);
    expect(of(sample, "rpm")).toBeLessThan(1);
  });
  expect([...states].sort()).toEqual(
    ["circulating", "connection", "idle", "in slips", "rotary drilling", "tripping in", "tripping out"].sort(),
  );
});
