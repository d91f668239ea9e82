import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { openLedger } from "./ledger.ts";
import { openRawClient } from "./modbus/raw-client.ts";
import { optionsOf } from "./options.ts";
import { startRig } from "./rig.ts";
import { floatOfTick } from "./tick.ts";

const folder = mkdtempSync(join(tmpdir(), "rig-ledger-"));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("the ledger holds each tick shown, each counter served with its tick, and each function code got", async () => {
  const file = join(folder, "ledger.jsonl");
  const ledger = openLedger(file);
  const options = optionsOf(["--rate", "50"], { MODBUS_PORT: "0", OPCUA_PORT: "off", IDRILL_DATA: folder });
  const rig = await startRig(options, ledger);
  const client = await openRawClient(rig.ports.modbus);
  const seen: number[] = [];
  while (new Set(seen).size < 10) {
    const answer = await client.ask(1, 3, 0, 16);
    const tick = answer.readUInt32BE(9);
    expect(answer.readFloatBE(13)).toBe(floatOfTick(tick));
    seen.push(tick);
  }
  const pits = await client.ask(3, 3, 0, 4);
  await client.ask(1, 3, 4, 2);
  await client.ask(1, 3, 1, 2);
  await client.ask(1, 6, 0, 7);
  await rig.stop();
  ledger.close();

  const lines = readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const of = (k: string) => lines.filter((line) => line.k === k);
  const ticks = of("tick").map((line) => line.tick);
  expect(ticks).toEqual(ticks.map((_, i) => ticks[0] + i));
  const served = of("served");
  expect(served.filter((line) => line.unit === 1).map((line) => line.tick)).toEqual(seen);
  expect(served.at(-1)).toMatchObject({ unit: 3, table: "holding", address: 0, registers: 4 });
  expect(served.at(-1).tick).toBe(pits.readUInt16BE(11) * 65_536 + pits.readUInt16BE(9));
  for (const line of served) {
    const shown = lines.findLast((one) => one.k === "tick" && one.tick === line.tick);
    expect(line.at).toBeGreaterThanOrEqual(shown.at);
  }
  const got = new Map<string, [number, number]>();
  for (const [unit, code, address, count, times, refused] of of("requests").flatMap((line) => line.got)) {
    const key = `${unit} ${code} ${address} ${count}`;
    const [before, refusedBefore] = got.get(key) ?? [0, 0];
    got.set(key, [before + times, refusedBefore + refused]);
  }
  expect(Object.fromEntries(got)).toEqual({
    "1 3 0 16": [seen.length, 0],
    "3 3 0 4": [1, 0],
    "1 3 4 2": [1, 0],
    "1 3 1 2": [1, 0],
    "1 6 0 7": [1, 1],
  });
  expect(lines.at(-1).k).toBe("end");
});
