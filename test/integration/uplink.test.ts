import { setImmediate } from "node:timers/promises";
import { afterEach, expect, test, vi } from "vitest";
import { lateUplink } from "../../edge/uplink/late.ts";
import { mqttUplink } from "../../edge/uplink/mqtt.ts";
import { openMqttConnection } from "../../edge/uplink/mqtt-connection.ts";
import type { Uplink, UplinkEvents } from "../../edge/uplink/uplink.ts";
import { openCountedLink } from "../support/counted-link.ts";
import { startBroker, type TestBroker } from "../support/silent-broker.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
let closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.reverse()) await close();
  closers = [];
});

async function brokerOf(port?: number, takes?: (client: string) => boolean): Promise<TestBroker> {
  const broker = await startBroker(port, takes);
  closers.push(broker.close);
  return broker;
}

function uplinkTo(url: string, deadlineMs = 10_000) {
  const seen = { ups: 0, downs: [] as string[], messages: [] as string[] };
  const events: UplinkEvents = {
    up: () => {
      seen.ups += 1;
    },
    down: (why) => seen.downs.push(why),
    message: (topic, content) => seen.messages.push(`${topic} ${new TextDecoder().decode(content)}`),
  };
  const settings = { url, rig: "rig-1", user: "rig-1", secret: "s", deadlineMs, retryMs: [10, 50] as [number, number] };
  // As the daemon opens it: once the rig is enrolled.
  const opened = Promise.resolve(mqttUplink({ ...settings, events }));
  const uplink: Uplink = lateUplink(opened, "not yet");
  closers.push(uplink.close);
  return { uplink, seen };
}

test("what is published goes out on the rig's own topic, and resolves when the broker has acknowledged", async () => {
  const broker = await brokerOf();
  const { uplink, seen } = uplinkTo(broker.url);
  await vi.waitFor(() => expect(seen.ups).toBe(1));
  expect(await uplink.publish("live", bytes("batch"))).toBe(true);
  expect(broker.published).toMatchObject([{ topic: "rig/rig-1/live" }]);
  expect(uplink.state()).toMatchObject({ up: true, reason: null });
});

test("what comes for this rig is handed on; another rig's is not", async () => {
  const broker = await brokerOf();
  const { seen } = uplinkTo(broker.url);
  await vi.waitFor(() => expect(seen.ups).toBe(1));
  const send = (topic: string, payload: string) =>
    new Promise<void>((resolve) =>
      broker.aedes.publish({ cmd: "publish", qos: 1, dup: false, retain: false, topic, payload }, () => resolve()),
    );
  await send("cfg/rig-2/receipt", "foreign");
  await send("cfg/rig-1/receipt", "own");
  await vi.waitFor(() => expect(seen.messages).toEqual(["receipt own"]));
});

test("what is published while the way is down is refused at once and never goes out later", async () => {
  const broker = await brokerOf();
  const { uplink, seen } = uplinkTo(broker.url);
  expect(await uplink.publish("live", bytes("too early"))).toBe(false);
  await vi.waitFor(() => expect(seen.ups).toBe(1));
  expect(await uplink.publish("live", bytes("in time"))).toBe(true);
  expect(broker.published.map(({ bytes: content }) => new TextDecoder().decode(content))).toEqual(["in time"]);
});

test("a broker that falls silent costs one deadline: the publish fails and the connection is made anew", async () => {
  const broker = await brokerOf();
  const { uplink, seen } = uplinkTo(broker.url, 200);
  await vi.waitFor(() => expect(seen.ups).toBe(1));
  broker.silent(true);
  expect(await uplink.publish("live", bytes("unheard"))).toBe(false);
  expect(seen.downs[0]).toMatch(/no acknowledgement/);
  broker.silent(false);
  await vi.waitFor(() => expect(seen.ups).toBe(2), { timeout: 20_000 });
});

test("what is published on a connection that was dropped is not taken, however long that is ago", async () => {
  const broker = await brokerOf();
  const options = { url: broker.url, user: "rig-1", secret: "s", clientId: "rig-1", topics: [], deadlineMs: 10_000 };
  const state = { up: false, since: 0, reason: null, sentBytes: 0, receivedBytes: 0, oversized: 0, roundTripMs: null };
  const connection = openMqttConnection({ ...options, message: () => undefined }, state);
  expect(await connection.ready).toBe(true);
  connection.drop("cut");
  expect(await connection.publish("rig/rig-1/live", bytes("at once"))).toBe(false);
  await vi.waitFor(() => expect(broker.aedes.connectedClients).toBe(0));
  await setImmediate();
  expect(await connection.publish("rig/rig-1/live", bytes("later"))).toBe(false);
});

test("a connection that breaks settles what was under way, and comes back; nothing is sent twice by itself", async () => {
  const broker = await brokerOf();
  const { uplink, seen } = uplinkTo(broker.url);
  await vi.waitFor(() => expect(seen.ups).toBe(1));
  broker.silent(true);
  const outcome = uplink.publish("live", bytes("cut off"));
  await vi.waitFor(() => expect(broker.published).toHaveLength(1));
  broker.cut();
  expect(await outcome).toBe(false);
  broker.silent(false);
  await vi.waitFor(() => expect(seen.ups).toBe(2));
  expect(await uplink.publish("live", bytes("next"))).toBe(true);
  expect(broker.published).toHaveLength(2);
});

test("closing ends also while nobody answers", async () => {
  const { uplink, seen } = uplinkTo("mqtt://127.0.0.1:9");
  await vi.waitFor(() => expect(uplink.state().reason).toMatch(/ECONNREFUSED/));
  await uplink.close();
  expect(seen.ups).toBe(0);
});

test("what is counted is what went over the wire: both ways, over all connections, MQTT's own bytes included", async () => {
  const broker = await brokerOf();
  const counted = await openCountedLink(Number(new URL(broker.url).port));
  closers.push(counted.close);
  const { uplink, seen } = uplinkTo(`mqtt://127.0.0.1:${counted.port}`);
  await vi.waitFor(() => expect(seen.ups).toBe(1));
  expect(await uplink.publish("backfill", new Uint8Array(5_000))).toBe(true);
  broker.cut();
  await vi.waitFor(() => expect(seen.ups).toBe(2));
  expect(await uplink.publish("live", bytes("batch"))).toBe(true);
  await uplink.close();
  await vi.waitFor(() => {
    const { sentBytes, receivedBytes } = uplink.state();
    expect({ up: sentBytes, down: receivedBytes }).toEqual(counted.bytes());
  });
  expect(uplink.state().sentBytes).toBeGreaterThan(5_000);
});

test("a message larger than any that a rig takes ends the connection by its announcement, is counted, and costs waiting", async () => {
  const broker = await brokerOf();
  const { uplink, seen } = uplinkTo(broker.url);
  await vi.waitFor(() => expect(seen.ups).toBe(1));
  const large = { cmd: "publish", qos: 1, dup: false, retain: false, topic: "cfg/rig-1/receipt" } as const;
  broker.aedes.publish({ ...large, payload: Buffer.alloc(20_000_000) }, () => undefined);
  await vi.waitFor(() => expect(seen.downs).toHaveLength(1));
  expect(seen.downs[0]).toMatch(/^the broker sent a message of 20000\d+ bytes, at most 132096 are taken$/);
  expect(uplink.state().oversized).toBe(1);
  expect(uplink.state().receivedBytes).toBeLessThan(5_000_000);
  expect(seen.messages).toEqual([]);
  await vi.waitFor(() => expect(seen.ups).toBe(2));
});

test("backfill goes on connections of its own, opened when there is some; each way keeps to one", async () => {
  const broker = await brokerOf();
  const { uplink, seen } = uplinkTo(broker.url);
  await vi.waitFor(() => expect(seen.ups).toBe(1));
  expect(await uplink.publish("live", bytes("a"))).toBe(true);
  expect(broker.connections()).toBe(1);
  const sent = [0, 1, 0, 1].map((way) => uplink.publish("backfill", bytes("b"), way));
  expect(await Promise.all(sent)).toEqual([true, true, true, true]);
  expect(broker.connections()).toBe(3);
  const [live, ...backfill] = broker.published.map(({ client }) => client);
  expect(new Set(backfill)).toEqual(new Set([`${live}+backfill0`, `${live}+backfill1`]));
});

test("the end of a connection that backfill goes on is the end of all: what was under way is told as unknown", async () => {
  const broker = await brokerOf();
  const { uplink, seen } = uplinkTo(broker.url);
  await vi.waitFor(() => expect(seen.ups).toBe(1));
  expect(await uplink.publish("backfill", bytes("first"), 1)).toBe(true);
  const client = broker.published[0]?.client ?? "";
  broker.silent(true);
  const [live, backfill] = [uplink.publish("live", bytes("a")), uplink.publish("backfill", bytes("b"), 1)];
  await vi.waitFor(() => expect(broker.published).toHaveLength(3));
  broker.cut(client);
  expect(await Promise.all([live, backfill])).toEqual([false, false]);
  expect(seen.downs).toEqual(["backfill's connection: the connection broke"]);
  broker.silent(false);
  await vi.waitFor(() => expect(seen.ups).toBe(2), { timeout: 20_000 });
  expect(await uplink.publish("backfill", bytes("again"), 1)).toBe(true);
});

test("a broker that takes one connection from a rig gets all on that one", async () => {
  const broker = await brokerOf(0, (client) => !client.includes("+backfill"));
  const { uplink, seen } = uplinkTo(broker.url);
  await vi.waitFor(() => expect(seen.ups).toBe(1));
  expect(await uplink.publish("live", bytes("a"))).toBe(true);
  expect(await uplink.publish("backfill", bytes("b"), 0)).toBe(true);
  expect(await uplink.publish("backfill", bytes("c"), 1)).toBe(true);
  expect(new Set(broker.published.map(({ client }) => client)).size).toBe(1);
  expect(seen.downs).toEqual([]);
});

test("an address that the library does not know is told as the reason, and ends nothing", async () => {
  const { uplink } = uplinkTo("foo");
  await vi.waitFor(() => expect(uplink.state().reason).toMatch(/address cannot be used: .*protocol/));
  expect(await uplink.publish("live", bytes("batch"))).toBe(false);
});
