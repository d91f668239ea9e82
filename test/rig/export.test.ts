import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { rigTags } from "./physics/sensors.ts";
import { simulate } from "./physics/simulate.ts";

const run = (...args: string[]) =>
  spawnSync(process.execPath, [new URL("export.ts", import.meta.url).pathname, ...args], { encoding: "utf8" });

test("an export is the simulation, with an empty cell where a fault leaves no value", { timeout: 20_000 }, () => {
  const { stdout, status } = run("--seed", "5", "--hours", "0.01", "--tags", "gas,depth", "--fault", "dropout:gas@30");
  const simulation = simulate({ seed: 5 });
  const lines = Array.from({ length: 36 }, () => {
    const { time, state, values } = simulation.next();
    const gas = time < 30 ? values[rigTags.indexOf("gas")] : "";
    return `${time},${state},${gas},${values[rigTags.indexOf("depth")]}`;
  });
  expect(stdout.trim().split("\n")).toEqual(["time,state,gas,depth", ...lines]);
  expect(status).toBe(0);
});

test("a tag that the rig does not have is refused by name", { timeout: 20_000 }, () => {
  const { stderr, status } = run("--tags", "gas,luck");
  expect(stderr).toContain('the rig has no tag "luck"');
  expect(status).not.toBe(0);
});
