import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Aedes } from "aedes";
import mqtt from "mqtt";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openSqliteHistory } from "../../cloud/archive/sqlite-history.ts";
import { openFleet } from "../../cloud/fleet/fleet.ts";
import { type IngestThread, startIngest } from "../../cloud/ingest-thread.ts";
import type { Landed } from "../../cloud/landed.ts";
import { newSigningKey } from "../../shared/node/signing.ts";
import { decodeAnswer } from "../../shared/wire/answer.ts";
import { decodeReceipt, type Receipt } from "../../shared/wire/receipt.ts";
import { handRig, START, tagOf } from "../support/hand-rig.ts";

let folder: string;
const closing: (() => unknown)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ingest-"));
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  rmSync(folder, { recursive: true });
});

async function open(mqttUrl?: string) {
  const [archivePath, fleetPath] = [join(folder, "archive.db"), join(folder, "fleet.db")];
  const fleet = openFleet(fleetPath);
  closing.push(() => fleet.close());
  const landed: Landed[] = [];
  const options = { archivePath, fleetPath, host: "127.0.0.1", port: 0, version: "test", receiptMs: 50 };
  const start = () =>
    startIngest({ ...options, ...(mqttUrl === undefined ? {} : { mqttUrl }) }, (what) => landed.push(what));
  const thread = await start();
  let current: IngestThread = thread;
  closing.push(() => current.close());
  const history = openSqliteHistory(archivePath);
  closing.push(() => history.close());
  const restart = async () => {
    await current.close();
    current = await start();
    return current;
  };
  return { fleet, thread, history, landed, restart };
}

/** A rig that is enrolled and connected, its answers and receipts as they come. */
async function connected(fleet: ReturnType<typeof openFleet>, port: number | null, url = `mqtt://127.0.0.1:${port}`) {
  const key = newSigningKey();
  const token = fleet.issueClaim("rig-a");
  const claim = fleet.claim({ rig: "rig-a", token, publicKey: key.publicKey });
  if (claim.status !== "claimed") throw new Error("the claim was refused");
  const client = await mqtt.connectAsync(url, {
    protocolVersion: 4,
    username: claim.brokerUser,
    password: claim.brokerSecret,
    reconnectPeriod: 0,
  });
  closing.push(() => client.endAsync(true));
  const answers: string[] = [];
  const receipts: Receipt[] = [];
  client.on("message", (topic, payload) => {
    if (topic.endsWith("/hello")) answers.push(decodeAnswer(payload).answer);
    else receipts.push(decodeReceipt(payload));
  });
  await client.subscribeAsync("cfg/rig-a/+", { qos: 1 });
  const rig = handRig("rig-a", key, [tagOf("mud_pressure"), tagOf("hook_load")]);
  const say = (topic: string, bytes: Uint8Array) =>
    client.publishAsync(`rig/rig-a/${topic}`, Buffer.from(bytes), { qos: 1 });
  async function greet(telemetry = 0, events = 0): Promise<void> {
    const before = answers.length;
    const ranges = (last: number) => (last === 0 ? [] : [{ first: 1, last }]);
    await say("hello", rig.hello({ telemetry, events }, { telemetry: ranges(telemetry), events: ranges(events) }));
    await vi.waitFor(() => expect(answers.length).toBeGreaterThan(before), 5_000);
    rig.under(answers.at(-1) ?? "");
  }
  return { rig, say, greet, receipts, client };
}

test("a signed batch over MQTT lands durably, shows live, and its receipt comes back", async () => {
  const { fleet, thread, history, landed } = await open();
  const { rig, say, greet, receipts } = await connected(fleet, thread.port);
  await greet();
  await say("events", rig.events(rig.foundation()));
  await say("live", rig.telemetry(1, 10));
  await vi.waitFor(() => {
    const said = receipts.at(-1)?.statements.find((one) => one.stream === "telemetry");
    expect(said).toMatchObject({ epoch: rig.epoch, watermark: 10, ranges: [{ first: 1, last: 10, state: "stored" }] });
  }, 5_000);
  const { series } = await history.readings("rig-a", [rig.tags[0]?.id ?? ""], START, START + 60_000, { limit: 100 });
  expect(series[0]?.readings.length).toBe(10);
  const live = landed.find((what) => what.type === "readings");
  expect(live).toMatchObject({ rig: "rig-a", epoch: rig.epoch, current: true, lane: "live", count: 20 });
  expect(await thread.connected()).toEqual(["rig-a"]);
});

test("after a restart of the cloud, a hello is answered with what had landed and a new incarnation", async () => {
  const { fleet, thread, restart } = await open();
  const first = await connected(fleet, thread.port);
  await first.greet();
  await first.say("events", first.rig.events(first.rig.foundation()));
  await first.say("live", first.rig.telemetry(1, 10));
  await vi.waitFor(() => expect(first.receipts.at(-1)?.processed.live).toBe(1), 5_000);
  const again = await restart();
  expect(again.incarnation).not.toBe(thread.incarnation);
  const second = await connected(fleet, again.port);
  await second.greet();
  await second.say("live", second.rig.telemetry(1, 3));
  await vi.waitFor(() => expect(second.receipts.at(-1)?.incarnation).toBe(again.incarnation), 5_000);
});

test("another broker carries the same bytes: ingest as its client takes, lands and answers", async () => {
  const broker = await Aedes.createBroker();
  const server = createServer((socket) => broker.handle(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => new Promise<void>((resolve) => broker.close(() => server.close(() => resolve()))));
  const address = server.address();
  const url = `mqtt://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  const { fleet, thread } = await open(url);
  expect(thread.port).toBeNull();
  const { rig, say, greet, receipts } = await connected(fleet, null, url);
  await vi.waitFor(() => greet(), 10_000);
  await say("events", rig.events(rig.foundation()));
  await say("backfill", rig.telemetry(1, 10, "backfill"));
  await vi.waitFor(() => expect(receipts.at(-1)?.processed).toMatchObject({ events: 1, backfill: 1 }), 5_000);
});

test("what a revoked key signed is kept aside from the moment of the revocation", async () => {
  const { fleet, thread, history } = await open();
  const { rig, say, greet, receipts } = await connected(fleet, thread.port);
  await greet();
  await say("events", rig.events(rig.foundation()));
  await say("live", rig.telemetry(1, 10));
  await vi.waitFor(() => expect(receipts.at(-1)?.processed.live).toBe(1), 5_000);
  fleet.revokeKey("rig-a", rig.key.id);
  await say("live", rig.telemetry(11, 20));
  await vi.waitFor(async () => expect((await history.counters())["aside: key"]).toBe(1), 5_000);
  const coverage = await history.coverage("rig-a", START, START + 20_000, START);
  expect(coverage.held.find((one) => one.stream === "telemetry")?.ranges).toMatchObject([{ first: 1, last: 10 }]);
});
