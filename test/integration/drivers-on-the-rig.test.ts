import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { tagsOf } from "../../edge/configuration/tags.ts";
import type { Driver } from "../../edge/drivers/driver.ts";
import { openDriver } from "../../edge/drivers/index.ts";
import { type ProbedAddress, probeDevices, probeLine } from "../../edge/probe.ts";
import { Block, GOOD, QUALITY_MASK, rawNumber, reasonText } from "../../shared/domain/reading.ts";
import { RigConfig } from "../../shared/domain/rig-config.ts";
import { representationOf } from "../../shared/domain/tag.ts";
import { openLog } from "../../shared/node/log.ts";
import { openLedger } from "../rig/ledger.ts";
import { optionsOf } from "../rig/options.ts";
import { type Running, startRig } from "../rig/rig.ts";
import { floatOfTick } from "../rig/tick.ts";

let folder = "";
let rig: Running;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rig-"));
  const options = optionsOf([], { MODBUS_PORT: "0", OPCUA_PORT: "0", IDRILL_DATA: folder });
  rig = await startRig(options, openLedger(join(folder, "ledger.jsonl")));
});
afterAll(async () => {
  await rig.stop();
  await rm(folder, { recursive: true, force: true });
});

test("the demo's devices are read whole and good, and every counter agrees with its proof", async () => {
  const config = RigConfig.parse(JSON.parse(await readFile("deploy/examples/demo-rig.json", "utf8")));
  const tags = tagsOf(config, 0);
  const place = (name: string) => tags.versions.findIndex((version) => version.name === name);
  const pkiFolder = join(folder, "edge-pki");
  const drivers: Driver[] = [];
  for (const [d, device] of config.devices.entries()) {
    const here =
      device.driver === "modbus"
        ? { ...device, port: rig.ports.modbus }
        : { ...device, endpoint: `opc.tcp://127.0.0.1:${rig.ports.opcua}` };
    drivers.push(
      await openDriver(here, { firstTag: tags.firstTags[d] ?? 0, pkiFolder, log: openLog("edge", "silent") }),
    );
  }
  const never = new AbortController().signal;
  const block = new Block();
  await vi.waitFor(
    async () => {
      block.clear();
      for (const driver of drivers) await driver.read(block, never);
      const doubts = Array.from({ length: block.length }, (_, i) => i)
        .filter((i) => ((block.status[i] ?? 0) & QUALITY_MASK) !== GOOD)
        .map((i) => `${tags.versions[block.tag[i] ?? 0]?.name}: ${reasonText(block.reason[i] ?? 0)}`);
      expect(doubts).toEqual([]);
    },
    { timeout: 15_000, interval: 200 },
  );
  expect([...new Set(block.tag.slice(0, block.length))].toSorted((a, b) => a - b)).toEqual([...tags.versions.keys()]);
  const shown = (name: string) => {
    const i = block.tag.indexOf(place(name));
    const kind = tags.versions[place(name)]?.kind;
    return kind === undefined ? Number.NaN : rawNumber(block, i, representationOf(kind));
  };
  for (const device of ["rig", "pumps", "pits"]) {
    expect(shown(`${device}.tick_proof`)).toBe(floatOfTick(shown(`${device}.tick`)));
  }
  for (const driver of drivers) await driver.close();
});

test("a probe says of each address what answered, and of a dead device what to do", async () => {
  const config = RigConfig.parse(JSON.parse(await readFile("deploy/examples/demo-rig.json", "utf8")));
  const devices = config.devices.map((device, d) =>
    device.driver === "modbus"
      ? { ...device, port: d === 0 ? 1 : rig.ports.modbus }
      : { ...device, endpoint: `opc.tcp://127.0.0.1:${rig.ports.opcua}` },
  );
  const found: ProbedAddress[] = [];
  for await (const one of probeDevices({ ...config, devices })) found.push(one);
  expect(found.map(({ device, tag }) => [device, tag])).toEqual(
    devices.flatMap(({ name, tags }) => tags.map((tag) => [name, tag.name])),
  );
  const dead = devices[0]?.name;
  for (const one of found) expect([one.tag, one.ok]).toEqual([one.tag, one.device !== dead]);
  for (const one of found.filter(({ ok }) => !ok)) expect(probeLine(one)).toContain("Check address, port, cable");
});
