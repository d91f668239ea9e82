import { mkdtemp, readdir, rm, stat, truncate } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type DataType,
  MessageSecurityMode,
  OPCUACertificateManager,
  OPCUAServer,
  SecurityPolicy,
  StatusCode,
  StatusCodes,
  type UAVariable,
  VariantArrayType,
} from "node-opcua";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { opcuaDriver } from "../../edge/drivers/opcua/opcua.ts";
import {
  AT_SOURCE,
  BAD,
  Block,
  GOOD,
  NO_VALUE,
  reasonCode,
  reasonText,
  UNCERTAIN,
} from "../../shared/domain/reading.ts";
import { DeviceConfig, type OpcuaDevice } from "../../shared/domain/rig-config.ts";
import { openLog } from "../../shared/node/log.ts";
import { driverSuite, readOnce } from "../support/driver-suite.ts";
import { freePort } from "../support/link.ts";
import { canMount, openSmallDisk } from "../support/small-disk.ts";

const log = openLog("edge", "silent");
let folder = "";
const client = () => join(folder, "client");
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "opcua-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

const types = { Double: 11, Float: 10, Int16: 4, Int64: 8, Boolean: 1, String: 12 } as const;
type TypeName = keyof typeof types;

/** A real server with one variable a type given, `ns=1;s=v0` and so on. */
async function serve(port: number, names: readonly TypeName[]) {
  const server = new OPCUAServer({
    port,
    host: "127.0.0.1",
    hostname: "127.0.0.1",
    serverCertificateManager: new OPCUACertificateManager({ rootFolder: join(folder, "server") }),
    securityPolicies: [SecurityPolicy.None],
    securityModes: [MessageSecurityMode.None],
    allowAnonymous: true,
    serverInfo: { applicationUri: "urn:test:server" },
  });
  await server.initialize();
  const space = server.engine.addressSpace;
  if (!space) throw new Error("no address space");
  const own = space.getOwnNamespace();
  const variables = names.map((dataType, i) =>
    own.addVariable({
      organizedBy: space.rootFolder.objects,
      browseName: `v${i}`,
      nodeId: `ns=1;s=v${i}`,
      dataType,
      minimumSamplingInterval: 0,
    }),
  );
  await server.start();
  const set = (i: number, value: unknown, status: StatusCode = StatusCodes.Good, at = new Date()) => {
    const dataType: DataType = types[names[i] ?? "Double"];
    (variables[i] as UAVariable).setValueFromSource(
      { dataType, arrayType: VariantArrayType.Scalar, value },
      status,
      at,
    );
  };
  let up = true;
  const stop = async () => {
    if (up) await server.shutdown(0);
    up = false;
  };
  return { set, stop };
}

function configOf(port: number, tags: object[], over: Partial<OpcuaDevice> = {}): OpcuaDevice {
  const config = DeviceConfig.parse({
    driver: "opcua",
    name: "logger",
    endpoint: `opc.tcp://127.0.0.1:${port}`,
    pollMs: 500,
    samplingMs: 50,
    publishingMs: 100,
    timeoutMs: 2_000,
    ...over,
    tags: tags.map((tag, i) => ({ id: i.toString(16).padStart(16, "0"), name: `t${i}`, node: `ns=1;s=v${i}`, ...tag })),
  });
  if (config.driver !== "opcua") throw new Error("not OPC UA");
  return config;
}

const never = new AbortController().signal;

async function open(names: readonly TypeName[], tags: object[], over: Partial<OpcuaDevice> = {}, silentMs = 60_000) {
  const port = await freePort();
  const server = await serve(port, names);
  closing.push(server.stop);
  const driver = opcuaDriver(configOf(port, tags, over), { firstTag: 0, pkiFolder: client(), log }, silentMs);
  closing.push(() => driver.close());
  return { server, driver, port };
}

driverSuite("opcua", async () => {
  const port = await freePort();
  const names = ["Double", "Double", "Double"] as const;
  const start = async () => {
    const server = await serve(port, names);
    for (const i of names.keys()) server.set(i, 10 + i);
    return server;
  };
  let server = await start();
  return {
    tags: 3,
    firstTag: 7,
    driver: opcuaDriver(
      configOf(
        port,
        names.map(() => ({})),
      ),
      { firstTag: 7, pkiFolder: client(), log },
    ),
    die: () => server.stop(),
    async revive() {
      server = await start();
    },
    hush: () => server.stop(),
    stop: () => server.stop(),
  };
});

test("values of every kind come with the source's time, status and bits", async () => {
  const scaled = (bits: number) => ({ kind: { type: "scaled", bits } });
  const { server, driver } = await open(
    ["Double", "Float", "Int16", "Int64", "Boolean", "String"],
    [{}, { kind: { type: "real" } }, scaled(16), scaled(64), { kind: { type: "flag" } }, { kind: { type: "text" } }],
  );
  const at = new Date(Date.now() - 5_000);
  const values = [-0, 1.5, -7, [0xffffffff, 0xfffffffe], true, "slips"];
  for (const [i, value] of values.entries()) server.set(i, value, StatusCodes.Good, at);
  const block = new Block();
  await driver.read(block, never);
  expect([...block.tag.slice(0, block.length)].toSorted()).toEqual([0, 1, 2, 3, 4, 5]);
  const where = (tag: number) => block.tag.indexOf(tag);
  expect([...block.status.slice(0, 6)]).toEqual(Array(6).fill(GOOD | AT_SOURCE));
  expect([...block.at.slice(0, 6)]).toEqual(Array(6).fill(at.getTime()));
  expect(Object.is(block.value[where(0)], -0)).toBe(true);
  expect(block.words[2 * where(1)]).toBe(0x3fc00000);
  expect(block.value[where(2)]).toBe(-7);
  expect([block.words[2 * where(3)], block.words[2 * where(3) + 1]]).toEqual([0xfffffffe, 0xffffffff]);
  expect(block.value[where(4)]).toBe(1);
  expect(block.texts[block.value[where(5)] ?? -1]).toBe("slips");
});

test("a status code becomes quality and reason; a type that is not the configured one is bad", async () => {
  const { server, driver } = await open(
    ["Double", "Double", "String"],
    [{}, {}, {}, { node: "ns=1;s=nothing" }, { node: "rubbish" }],
  );
  server.set(0, 1, StatusCodes.UncertainSensorNotAccurate);
  server.set(1, 2, StatusCodes.BadSensorFailure);
  server.set(2, "NAN");
  const words = await readOnce(driver);
  expect(words.get(0)).toBe(
    reasonText(reasonCode("device status", StatusCodes.UncertainSensorNotAccurate.value >>> 16)),
  );
  expect(words.get(1)).toBe(reasonText(reasonCode("device status", StatusCodes.BadSensorFailure.value >>> 16)));
  expect(words.get(2)).toBe("text, not a number");
  expect(words.get(3)).toBe(
    reasonText(reasonCode("no such register or node", StatusCodes.BadNodeIdUnknown.value >>> 16)),
  );
  expect(words.get(4)).toBe(
    reasonText(reasonCode("no such register or node", StatusCodes.BadNodeIdInvalid.value >>> 16)),
  );
  const block = new Block();
  await driver.read(block, never);
  expect([block.status[0], block.status[1]]).toEqual([UNCERTAIN, BAD]);
});

test("a value that did not change is read again under the gateway's time", async () => {
  const { server, driver } = await open(["Double"], [{}]);
  server.set(0, 42, StatusCodes.Good, new Date(Date.now() - 60_000));
  await readOnce(driver);
  const before = Date.now();
  const block = new Block();
  await driver.read(block, never);
  expect([block.length, block.value[0], block.status[0]]).toEqual([1, 42, GOOD]);
  expect(block.at[0]).toBeGreaterThanOrEqual(before);
});

test("every change between two publishes arrives, in order", async () => {
  const { server, driver } = await open(["Double"], [{}], { samplingMs: 50, publishingMs: 1_000 });
  server.set(0, 0);
  await readOnce(driver);
  for (let value = 1; value <= 25; value++) {
    server.set(0, value);
    await new Promise((done) => setTimeout(done, 120)); // longer than the server's sampling, which nothing tells of
  }
  const values: number[] = [];
  await vi.waitFor(
    async () => {
      const block = new Block();
      await driver.read(block, never);
      for (let i = 0; i < block.length; i++) if ((block.status[i] ?? 0) & AT_SOURCE) values.push(block.value[i] ?? -1);
      expect(values.at(-1)).toBe(25);
    },
    { timeout: 10_000, interval: 100 },
  );
  expect(values.filter((value) => value > 0)).toEqual(Array.from({ length: 25 }, (_, i) => i + 1));
});

/** Reads until `count` readings under the source's own time came; gives all of them that did. */
async function told(driver: ReturnType<typeof opcuaDriver>, count: number): Promise<{ value: number; at: number }[]> {
  const all: { value: number; at: number }[] = [];
  await vi.waitFor(
    async () => {
      const block = new Block();
      await driver.read(block, never);
      for (let i = 0; i < block.length; i++)
        if ((block.status[i] ?? 0) & AT_SOURCE) all.push({ value: block.value[i] ?? -1, at: block.at[i] ?? 0 });
      expect(all.length).toBeGreaterThanOrEqual(count);
    },
    { timeout: 10_000, interval: 100 },
  );
  return all;
}

test("the same value under a new source time is a reading of its own, where the configuration asks for it", async () => {
  const { server, driver } = await open(["Double"], [{}], { trigger: "timestamp" });
  const start = Date.now() - 60_000;
  server.set(0, 42, StatusCodes.Good, new Date(start));
  expect(await told(driver, 1)).toEqual([{ value: 42, at: start }]);
  server.set(0, 42, StatusCodes.Good, new Date(start + 1_000));
  expect(await told(driver, 1)).toEqual([{ value: 42, at: start + 1_000 }]);
});

test("a NaN that the server tells again and again under one source time is one reading", async () => {
  const { server, driver } = await open(["Double", "Double"], [{}, {}]);
  const start = Date.now() - 60_000;
  const all: { tag: number; value: number; at: number }[] = [];
  async function untilTold(tag: number, value: number): Promise<void> {
    const found = async () => {
      const block = new Block();
      await driver.read(block, never);
      for (let i = 0; i < block.length; i++)
        if ((block.status[i] ?? 0) & AT_SOURCE)
          all.push({ tag: block.tag[i] ?? -1, value: block.value[i] ?? -1, at: block.at[i] ?? 0 });
      expect(all.filter((one) => one.tag === tag).map((one) => one.value)).toContainEqual(value);
    };
    await vi.waitFor(found, { timeout: 20_000, interval: 50 });
  }
  server.set(0, Number.NaN, StatusCodes.Good, new Date(start));
  await untilTold(0, Number.NaN);
  // Each takes a sample and a publish of its own, with which the NaN could come again.
  for (let value = 1; value <= 5; value++) {
    server.set(1, value);
    await untilTold(1, value);
  }
  server.set(0, 1, StatusCodes.Good, new Date(start + 1_000));
  await untilTold(0, 1);
  expect(all.filter(({ tag }) => tag === 0)).toEqual([
    { tag: 0, value: Number.NaN, at: start },
    { tag: 0, value: 1, at: start + 1_000 },
  ]);
});

test("what overflowed in the server's queue shows as a bad reading before the value that came", async () => {
  const { server, driver } = await open(["Double"], [{}]);
  server.set(0, 7, StatusCode.makeStatusCode(StatusCodes.Good, "Overflow | InfoTypeDataValue"));
  const block = new Block();
  await driver.read(block, never);
  expect([block.length, block.status[0], block.reason[0]]).toEqual([
    2,
    BAD | NO_VALUE | AT_SOURCE,
    reasonCode("overflow at the source"),
  ]);
  expect([block.value[1], block.status[1], block.reason[1]]).toEqual([7, GOOD | AT_SOURCE, 0]);
});

test("a client that hears nothing is made anew", async () => {
  const { server, driver } = await open(["Double"], [{}], { publishingMs: 2_000 }, 300);
  server.set(0, 1);
  await vi.waitFor(
    async () => {
      await readOnce(driver);
      expect(driver.state().requests).toBeGreaterThanOrEqual(2);
    },
    { timeout: 10_000, interval: 50 },
  );
});

/** A line that can go dead without a word: bytes stop, no connection is closed. */
async function lineTo(port: number) {
  let dead = false;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("data", (bytes) => !dead && to.write(bytes));
      from.on("close", () => !dead && to.destroy());
      from.on("error", () => to.destroy());
    }
  }).listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  closing.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { port: address.port, cut: (now: boolean) => (dead = now) };
}

test("a line that goes dead without a word gives bad readings, and values when a new connection brings some", async () => {
  const port = await freePort();
  const server = await serve(port, ["Double"]);
  closing.push(server.stop);
  server.set(0, 1);
  const line = await lineTo(port);
  const driver = opcuaDriver(
    configOf(line.port, [{}], { timeoutMs: 800 }),
    { firstTag: 0, pkiFolder: client(), log },
    3_000,
  );
  closing.push(() => driver.close());
  await vi.waitFor(async () => expect((await readOnce(driver)).get(0)).toBe("none"), { timeout: 10_000 });
  line.cut(true);
  await vi.waitFor(async () => expect((await readOnce(driver)).get(0)).toBe("no connection"), {
    timeout: 20_000,
    interval: 50,
  });
  line.cut(false);
  server.set(0, 2);
  await vi.waitFor(
    async () => {
      const block = new Block();
      await driver.read(block, never);
      expect([block.status[block.length - 1], block.value[block.length - 1]]).toEqual([
        expect.toBeOneOf([GOOD, GOOD | AT_SOURCE]),
        2,
      ]);
    },
    { timeout: 20_000, interval: 100 },
  );
});

test("keys that a power cut left empty are set aside, and the rig reads with new ones", async () => {
  const pkiFolder = join(folder, "emptied");
  const port = await freePort();
  const server = await serve(port, ["Double"]);
  closing.push(server.stop);
  server.set(0, 1);
  const readsGood = async () => {
    const driver = opcuaDriver(configOf(port, [{}]), { firstTag: 0, pkiFolder, log });
    try {
      await vi.waitFor(async () => expect((await readOnce(driver)).get(0)).toBe("none"), { timeout: 20_000 });
    } finally {
      await driver.close();
    }
  };
  await readsGood();
  for (const file of ["private/private_key.pem", "certs/client_certificate.pem"]) {
    await truncate(join(pkiFolder, "own", file));
    await readsGood();
    expect((await stat(join(pkiFolder, "own", file))).size).toBeGreaterThan(100);
  }
  expect((await readdir(pkiFolder)).filter((name) => name.startsWith("own.damaged-"))).toHaveLength(2);
});

const mounts = canMount();
if (!mounts) console.warn("skipped: OPC UA keys on a read-only disk (mounting takes root)");

test.skipIf(!mounts)("a disk that takes no keys is read past with keys that last until the end", async () => {
  const port = await freePort();
  const server = await serve(port, ["Double"]);
  closing.push(server.stop);
  server.set(0, 1);
  const disk = openSmallDisk(4);
  closing.push(async () => disk.close());
  disk.readOnly(true);
  const driver = opcuaDriver(configOf(port, [{}]), { firstTag: 0, pkiFolder: join(disk.path, "pki"), log });
  closing.push(() => driver.close());
  await vi.waitFor(async () => expect((await readOnce(driver)).get(0)).toBe("none"), { timeout: 20_000 });
});
