import { expect, test } from "vitest";
import { runRig } from "../support/pure-rig.ts";

test("an hour of drilling without a fault raises no alarm, whatever the seed, and doubts next to nothing", async () => {
  for (let seed = 1; seed <= 10; seed++) {
    const { raised, doubts } = await runRig(seed, 3_600);
    expect(raised.map(({ second, alarm }) => `seed ${seed} at ${second}: ${alarm.text} ${alarm.value}`)).toEqual([]);
    expect(
      [...doubts.values()].reduce((sum, one) => sum + one, 0),
      JSON.stringify([...doubts]),
    ).toBeLessThan(100);
  }
}, 120_000);

test.each([
  "flatline:mud_pressure",
  "flatline:torque",
  "nan:mud_flow",
  "nan:mud_pressure",
  "dropout:hook_load",
  "silent:pump1_spm",
  "dropout:mud_density",
])("%s raises its alarm within a minute", async (fault) => {
  for (let seed = 101; seed <= 103; seed++) {
    const { raised } = await runRig(seed, 700, [`${fault}@600`]);
    const delays = raised.map(({ second }) => second - 600);
    expect(delays.length, `seed ${seed}`).toBeGreaterThan(0);
    expect(Math.min(...delays)).toBeGreaterThan(0);
    expect(Math.min(...delays)).toBeLessThanOrEqual(60);
  }
});

test("where a sensor shows no number, its reading says why", async () => {
  const { doubts } = await runRig(7, 660, ["nan:mud_flow@600", "nan:mud_pressure@600", "dropout:hook_load@600"]);
  expect([...doubts.keys()]).toEqual(
    expect.arrayContaining([
      "mud_flow: null sentinel",
      "mud_pressure: not a number",
      "hook_load: no such register or node (0x0002)",
    ]),
  );
});
