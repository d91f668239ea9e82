import { createConnection } from "node:net";
import mqtt from "mqtt";
import { afterEach, expect, test, vi } from "vitest";
import { openBroker } from "../../cloud/broker.ts";
import type { RigMessage, Source } from "../../cloud/source.ts";
import { type Log, openLog } from "../../shared/node/log.ts";
import { memoryRigKeys, secretOf } from "../support/rig-keys.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function open(
  receive: (message: RigMessage) => Promise<void> = async () => {},
  log: Log = openLog("cloud", "silent"),
): Promise<Source & { port: number }> {
  const keys = memoryRigKeys();
  keys.enrol("rig-a");
  keys.enrol("rig-b");
  const broker = await openBroker({ host: "127.0.0.1", port: 0, keys, receive, log });
  closing.push(() => broker.close());
  return broker;
}

async function connect(port: number, rig: string, options: mqtt.IClientOptions = {}): Promise<mqtt.MqttClient> {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
    protocolVersion: 4,
    username: rig,
    password: secretOf(rig),
    reconnectPeriod: 0,
    ...options,
  });
  closing.push(() => client.endAsync(true));
  return client;
}

const closed = (client: mqtt.MqttClient) => new Promise<void>((resolve) => client.once("close", () => resolve()));

test("a rig with its secret is let in; a wrong secret and an unknown rig are not", async () => {
  const { port } = await open();
  await connect(port, "rig-a");
  await expect(connect(port, "rig-a", { password: "guess" })).rejects.toThrow(/not authorized/i);
  await expect(connect(port, "rig-z")).rejects.toThrow(/not authorized/i);
  await expect(connect(port, "rig-a", { username: "", password: "" })).rejects.toThrow();
});

test("a name that no rig can have is refused, and not written into the log", async () => {
  const lines: string[] = [];
  const warn = (...said: unknown[]) => void lines.push(JSON.stringify(said));
  const log: Log = { ...openLog("cloud", "silent"), warn, error: warn, info: warn, debug: warn };
  const { port } = await open(undefined, log);
  await expect(connect(port, "x".repeat(65_000), { password: "guess" })).rejects.toThrow(/not authorized/i);
  await expect(connect(port, "rig-z")).rejects.toThrow(/not authorized/i);
  await vi.waitFor(() => expect(lines.length).toBeGreaterThanOrEqual(2));
  for (const line of lines) expect(line.length).toBeLessThan(300);
});

test("what a rig publishes on its own topics is handed on, bytes unchanged", async () => {
  const got: RigMessage[] = [];
  const { port } = await open(async (message) => void got.push(message));
  const client = await connect(port, "rig-a");
  await client.publishAsync("rig/rig-a/live", Buffer.from([0, 255, 1]), { qos: 1 });
  expect(got).toEqual([{ topic: "rig/rig-a/live", payload: Buffer.from([0, 255, 1]) }]);
});

test("a rig that publishes as another one is disconnected and nothing is handed on", async () => {
  const got: RigMessage[] = [];
  const { port } = await open(async (message) => void got.push(message));
  const client = await connect(port, "rig-a");
  const end = closed(client);
  client.publish("rig/rig-b/live", "x", { qos: 1 });
  await end;
  expect(got).toEqual([]);
});

test("a rig that subscribes to another one's answers, to all or to what is not there is disconnected", async () => {
  const { port } = await open();
  for (const topic of ["cfg/rig-b/receipt", "#", "cfg/+/receipt", "$SYS/#", "cfg/rig-a/x1", "cfg/rig-a/+/#"]) {
    const client = await connect(port, "rig-a");
    const end = closed(client);
    client.subscribe(topic);
    await end;
  }
});

test("an answer reaches the rig that it is for and no other", async () => {
  const broker = await open();
  const a = await connect(broker.port, "rig-a");
  const b = await connect(broker.port, "rig-b");
  const got: string[] = [];
  a.on("message", (topic, payload) => void got.push(`a ${topic} ${payload}`));
  b.on("message", (topic, payload) => void got.push(`b ${topic} ${payload}`));
  await a.subscribeAsync("cfg/rig-a/+", { qos: 1 });
  await b.subscribeAsync("cfg/rig-b/#", { qos: 1 });
  await broker.publish("cfg/rig-a/receipt", Buffer.from("one"));
  await broker.publish("cfg/rig-b/receipt", Buffer.from("two"));
  await vi.waitFor(() => expect(got.sort()).toEqual(["a cfg/rig-a/receipt one", "b cfg/rig-b/receipt two"]));
  expect(broker.connected()?.sort()).toEqual(["rig-a", "rig-b"]);
});

test("a rig cannot push another's session out by taking its client id", async () => {
  const { port } = await open();
  const a = await connect(port, "rig-a", { clientId: "same" });
  await connect(port, "rig-b", { clientId: "same" });
  await a.publishAsync("rig/rig-a/live", "still here", { qos: 1 });
  expect(a.connected).toBe(true);
});

test("a rig's newer session ends the one before it", async () => {
  const broker = await open();
  const older = await connect(broker.port, "rig-a");
  const end = closed(older);
  const newer = await connect(broker.port, "rig-a");
  await end;
  await newer.publishAsync("rig/rig-a/live", "x", { qos: 1 });
  expect(broker.connected()).toEqual(["rig-a"]);
});

test("a wrong secret does not end a rig's session", async () => {
  const { port } = await open();
  const a = await connect(port, "rig-a");
  await expect(connect(port, "rig-a", { password: "guess" })).rejects.toThrow(/not authorized/i);
  await a.publishAsync("rig/rig-a/live", "still here", { qos: 1 });
  expect(a.connected).toBe(true);
});

/** Sockets from an address of the loopback that say nothing. */
async function silent(port: number, from: string, count: number) {
  const sockets = Array.from({ length: count }, () =>
    createConnection({ port, host: "127.0.0.1", localAddress: from }).on("error", () => {}),
  );
  closing.push(async () => sockets.forEach((socket) => void socket.destroy()));
  await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once("connect", resolve))));
  return sockets;
}
/** Whatever a new connection gets until it is closed. */
async function refusalOf(port: number, from: string): Promise<string> {
  const [socket] = await silent(port, from, 1);
  let got = "";
  socket?.on("data", (bytes: Buffer) => {
    got += bytes.toString("hex");
  });
  await new Promise((resolve) => socket?.once("close", resolve));
  return got;
}

test("an address that fills its part with connections that do not say whose they are is refused; rigs elsewhere come in", async () => {
  const { port } = await open();
  const a = await connect(port, "rig-a");
  await silent(port, "127.0.0.9", 64);
  expect(await refusalOf(port, "127.0.0.9")).toBe("20020003");
  const b = await connect(port, "rig-b");
  await a.publishAsync("rig/rig-a/live", "x", { qos: 1 });
  const held = await silent(port, "127.0.0.1", 64);
  expect(await refusalOf(port, "127.0.0.1")).toBe("20020003");
  await b.endAsync(true);
  held.pop()?.destroy();
  await vi.waitFor(() => connect(port, "rig-b"), 5_000);
});

test("all addresses together have a bound of unknown connections too, and a signed-in rig takes none of it", async () => {
  const { port } = await open();
  const a = await connect(port, "rig-a");
  for (const n of [2, 3, 4, 5]) await silent(port, `127.0.0.${n}`, 64);
  expect(await refusalOf(port, "127.0.0.6")).toBe("20020003");
  await a.publishAsync("rig/rig-a/live", "x", { qos: 1 });
});

test("a connection that trickles and signs nobody in is ended within seconds, and makes room", async () => {
  const { port } = await open();
  const [socket] = await silent(port, "127.0.0.1", 1);
  const bytes = Buffer.from([0x10, 0xff, 0xff, 0x03]);
  let sent = 0;
  const trickle = setInterval(() => socket?.write(Buffer.from([bytes[sent++] ?? 0])), 100);
  const began = performance.now();
  await new Promise((resolve) => socket?.once("close", resolve));
  clearInterval(trickle);
  expect(performance.now() - began).toBeGreaterThan(4_000);
});

test("a packet beyond the limit ends its connection; others go on", async () => {
  const got: RigMessage[] = [];
  const { port } = await open(async (message) => void got.push(message));
  const large = await connect(port, "rig-a");
  const fine = await connect(port, "rig-b");
  const end = closed(large);
  large.publish("rig/rig-a/live", Buffer.alloc(3_000_000), { qos: 1 });
  await end;
  await fine.publishAsync("rig/rig-b/live", "fine", { qos: 1 });
  expect(got.map((message) => message.topic)).toEqual(["rig/rig-b/live"]);
});

test("nothing is kept for a rig that is away: no retained message, no session", async () => {
  const broker = await open();
  const a = await connect(broker.port, "rig-a", { clean: false, clientId: "c" });
  await a.subscribeAsync("cfg/rig-a/+", { qos: 1 });
  await a.publishAsync("rig/rig-a/live", "x", { qos: 1, retain: true });
  await a.endAsync(true);
  await broker.publish("cfg/rig-a/receipt", Buffer.from("missed"));
  const again = await connect(broker.port, "rig-a", { clean: false, clientId: "c" });
  const got: string[] = [];
  again.on("message", (_topic, payload) => void got.push(String(payload)));
  await again.subscribeAsync("cfg/rig-a/+", { qos: 1 });
  await broker.publish("cfg/rig-a/receipt", Buffer.from("now"));
  await vi.waitFor(() => expect(got).toEqual(["now"]));
});
