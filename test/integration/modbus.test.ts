import { afterEach, expect, test, vi } from "vitest";
import type { Driver } from "../../edge/drivers/driver.ts";
import { modbusDriver } from "../../edge/drivers/modbus/modbus.ts";
import { BAD, Block, NO_VALUE, reasonCode, reasonText } from "../../shared/domain/reading.ts";
import { DeviceConfig, type ModbusDevice } from "../../shared/domain/rig-config.ts";
import type { Answer } from "../rig/modbus/image.ts";
import { type Misbehaviour, misbehaviours } from "../rig/modbus/misbehave.ts";
import { type ModbusServer, startModbusServer } from "../rig/modbus/server.ts";
import { driverSuite, readOnce } from "../support/driver-suite.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Serves the register's own address as its value; what `answer` says goes before. */
async function device(answer: (unit: number, address: number, count: number) => Answer | null = () => null) {
  const seen: string[] = [];
  const server = await startModbusServer({
    image: {
      read: (unit, table, address, count) => {
        seen.push(`${unit} ${table} ${address}+${count}`);
        return answer(unit, address, count) ?? { values: Uint16Array.from({ length: count }, (_, i) => address + i) };
      },
    },
  });
  closing.push(() => server.close());
  return { server, seen };
}

interface Place {
  address: number;
  type?: string;
  unitId?: number;
  table?: string;
}

function configOf(port: number, places: Place[], over: Partial<ModbusDevice> = {}): ModbusDevice {
  const config = DeviceConfig.parse({
    driver: "modbus",
    name: "plc",
    host: "127.0.0.1",
    port,
    timeoutMs: 150,
    pollMs: 200,
    ...over,
    tags: places.map(({ address, type = "uint16", unitId, table = "holding" }, i) => ({
      id: i.toString(16).padStart(16, "0"),
      name: `t${i}`,
      register: { table, address, type, ...(unitId === undefined ? {} : { unitId }) },
    })),
  });
  if (config.driver !== "modbus") throw new Error("not Modbus");
  return config;
}

function open(config: ModbusDevice): Driver {
  const driver = modbusDriver(config, 0);
  closing.push(() => driver.close());
  return driver;
}

const never = new AbortController().signal;
const places = [{ address: 3 }, { address: 4 }, { address: 300 }];

driverSuite("modbus", async () => {
  let silent = false;
  const image = {
    read: (_: number, __: string, address: number, count: number): Answer =>
      silent ? "silent" : { values: Uint16Array.from({ length: count }, (_, i) => address + i) },
  };
  let server: ModbusServer = await startModbusServer({ image });
  const { port } = server;
  return {
    tags: 3,
    firstTag: 7,
    driver: modbusDriver(configOf(port, places, { timeoutMs: 60_000 }), 7),
    die: () => server.close(),
    async revive() {
      server = await startModbusServer({ image, port });
    },
    hush() {
      silent = true;
    },
    stop: () => server.close(),
  };
});

/** What each way of answering makes of a reading; the others are right answers in an odd form. */
const spoils: Partial<Record<Misbehaviour["mode"], string>> = {
  "other-transaction": "foreign answer",
  "previous-transaction": "foreign answer",
  "other-unit": "foreign answer",
  "other-function": "foreign answer",
  "too-few": "answer too short",
  "too-many": "malformed answer",
  "protocol-id": "malformed answer",
  "length-60000": "malformed answer",
  "length-0": "malformed answer",
  garbage: "malformed answer",
  exception: reasonText(reasonCode("device exception", 4)),
  dribble: "no answer in time",
  silent: "no answer in time",
  close: "no connection",
  "close-midway": "no connection",
  late: "no answer in time",
};

test.each(misbehaviours.map((mode) => [mode]))(
  "a device that answers with %s gives no wrong value, and right ones when it is right again",
  async (mode) => {
    const { server } = await device();
    const driver = open(configOf(server.port, places));
    expect([...(await readOnce(driver)).values()]).toEqual(["none", "none", "none"]);
    server.misbehave({ mode, argument: mode === "late" ? 250 : 4 });
    const words = new Set((await readOnce(driver)).values());
    expect(words).toEqual(new Set([spoils[mode] ?? "none"]));
    server.misbehave({ mode: "none", argument: 0 });
    await vi.waitFor(
      async () => {
        const block = new Block();
        await driver.read(block, never);
        for (let i = 0; i < block.length; i++) {
          if (((block.status[i] ?? 0) & NO_VALUE) === 0)
            expect(block.value[i]).toBe(places[block.tag[i] ?? 0]?.address);
        }
        expect([...block.status.slice(0, block.length)]).toEqual([0, 0, 0]);
      },
      { timeout: 10_000, interval: 20 },
    );
  },
);

test("one wrong answer costs the readings of its request only", async () => {
  const { server } = await device();
  const driver = open(configOf(server.port, places));
  await readOnce(driver);
  server.misbehave({ mode: "garbage", argument: 0 }, 1);
  expect(Object.fromEntries(await readOnce(driver))).toEqual({
    0: "malformed answer",
    1: "malformed answer",
    2: "none",
  });
  expect(Object.fromEntries(await readOnce(driver))).toEqual({ 0: "none", 1: "none", 2: "none" });
});

test("a late answer never becomes the next read's value", async () => {
  let value = 0;
  const { server } = await device((_, __, count) => ({ values: new Uint16Array(count).fill(++value) }));
  const driver = open(configOf(server.port, [{ address: 0 }]));
  await readOnce(driver);
  for (let round = 0; round < 5; round++) {
    server.misbehave({ mode: "late", argument: 170 }, 1);
    expect((await readOnce(driver)).get(0)).toBe("no answer in time");
    await vi.waitFor(
      async () => {
        const block = new Block();
        const before = value;
        await driver.read(block, never);
        expect([block.status[0], block.value[0]]).toEqual([0, before + 1]);
      },
      { timeout: 10_000, interval: 10 },
    );
  }
});

test("a dead unit is set aside while the others behind the same connection go on", async () => {
  const { server, seen } = await device((unit) => (unit === 2 ? "silent" : null));
  const driver = open(
    configOf(server.port, [
      { address: 0, unitId: 2 },
      { address: 1, unitId: 1 },
      { address: 2, unitId: 3 },
    ]),
  );
  const first = await readOnce(driver);
  expect(Object.fromEntries(first)).toEqual({ 0: "no answer in time", 1: "none", 2: "none" });
  let asked = 0;
  for (let round = 0; round < 20; round++) {
    seen.length = 0;
    expect(Object.fromEntries(await readOnce(driver))).toEqual({ 0: "no answer in time", 1: "none", 2: "none" });
    asked += seen.filter((one) => one.startsWith("2 ")).length;
  }
  expect(asked).toBeLessThan(15);
});

test("a wrong address costs the tags beside it nothing, and is named", async () => {
  const { server, seen } = await device((_, address, count) =>
    address <= 5 && address + count > 5 ? { exception: 2 } : null,
  );
  const driver = open(
    configOf(
      server.port,
      Array.from({ length: 12 }, (_, address) => ({ address })),
    ),
  );
  const words = await readOnce(driver);
  expect(words.get(5)).toBe(reasonText(reasonCode("no such register or node", 2)));
  words.delete(5);
  expect(new Set(words.values())).toEqual(new Set(["none"]));
  seen.length = 0;
  await readOnce(driver);
  expect(seen.length).toBeLessThan(8);
});

test("unused registers that the device does not have are left out from then on", async () => {
  const { server, seen } = await device((_, address, count) =>
    address < 3 && address + count > 2 ? { exception: 2 } : null,
  );
  const driver = open(configOf(server.port, [{ address: 0 }, { address: 1 }, { address: 4 }]));
  expect([...(await readOnce(driver)).values()]).toEqual(["none", "none", "none"]);
  seen.length = 0;
  await readOnce(driver);
  expect(seen.toSorted()).toEqual(["1 holding 0+2", "1 holding 4+1"]);
});

test("a device that refuses everything while it starts is read in few requests again later", async () => {
  let starting = true;
  const { server, seen } = await device(() => (starting ? { exception: 2 } : null));
  const driver = open(
    configOf(
      server.port,
      Array.from({ length: 100 }, (_, address) => ({ address })),
    ),
  );
  await readOnce(driver);
  starting = false;
  await readOnce(driver);
  await readOnce(driver);
  seen.length = 0;
  expect(new Set((await readOnce(driver)).values())).toEqual(new Set(["none"]));
  expect(seen).toHaveLength(1);
});

test("a 32-bit value whose words change at once is never torn", async () => {
  let n = 0;
  const { server } = await device((_, address, count) => {
    n++;
    return { values: Uint16Array.from({ length: count }, (_, i) => ((address + i) % 2 === 0 ? n : n ^ 0xffff)) };
  });
  const driver = open(
    configOf(
      server.port,
      Array.from({ length: 100 }, (_, i) => ({ address: 2 * i, type: "uint32" })),
    ),
  );
  const block = new Block();
  await driver.read(block, never);
  expect(block.length).toBe(100);
  for (let i = 0; i < 100; i++) expect(((block.value[i] ?? 0) >>> 16) ^ ((block.value[i] ?? 0) & 0xffff)).toBe(0xffff);
});

test("requests that are under way together each get their own answer", async () => {
  const { server } = await device();
  const driver = open(
    configOf(
      server.port,
      Array.from({ length: 2_000 }, (_, address) => ({ address })),
      { inFlight: 8 },
    ),
  );
  for (let round = 0; round < 20; round++) {
    const block = new Block();
    await driver.read(block, never);
    expect(block.length).toBe(2_000);
    for (let i = 0; i < block.length; i++) expect(block.value[i]).toBe(block.tag[i]);
  }
});

test("a fault among requests under way together costs none of the others its value", async () => {
  const { server } = await device();
  const driver = open(
    configOf(
      server.port,
      Array.from({ length: 1_000 }, (_, address) => ({ address })),
      { inFlight: 4 },
    ),
  );
  await readOnce(driver);
  server.misbehave({ mode: "protocol-id", argument: 0 }, 1);
  const words = await readOnce(driver);
  expect(words.size).toBe(1_000);
  expect(new Set(words.values())).toEqual(new Set(["none"]));
});

test("a forbidden register is not asked for, and its tag says so", async () => {
  const { server, seen } = await device();
  const forbidden = [{ table: "holding" as const, from: 4, to: 4 }];
  const driver = open(configOf(server.port, [{ address: 3 }, { address: 4 }, { address: 5 }], { forbidden }));
  const block = new Block();
  await driver.read(block, never);
  expect(seen).toEqual(["1 holding 3+1", "1 holding 5+1"]);
  expect([block.tag[0], block.status[0], block.reason[0]]).toEqual([1, BAD | NO_VALUE, reasonCode("not polled")]);
});
