import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import mqtt from "mqtt";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import type { z } from "zod";
import { readEnvironment } from "../../cloud/environment.ts";
import { openFleet } from "../../cloud/fleet/fleet.ts";
import { type Office, startOffice } from "../../cloud/office.ts";
import { AlarmState } from "../../shared/domain/alarm.ts";
import { ClaimAnswer, ErrorBody, Session } from "../../shared/domain/api.ts";
import { CoverageAnswer } from "../../shared/domain/api-coverage.ts";
import { AlarmsAnswer, AnomaliesAnswer, EventsAnswer } from "../../shared/domain/api-events.ts";
import { AggregatedAnswer, HistoricalAnswer } from "../../shared/domain/api-history.ts";
import { RealtimeAnswer } from "../../shared/domain/api-latest.ts";
import { LiveMessage } from "../../shared/domain/api-live.ts";
import { RigAnswer, RigsAnswer } from "../../shared/domain/api-rigs.ts";
import { type Block, GOOD, reasonCode } from "../../shared/domain/reading.ts";
import { openLog } from "../../shared/node/log.ts";
import { newSigningKey, verifierOf } from "../../shared/node/signing.ts";
import { decodeAnswer } from "../../shared/wire/answer.ts";
import { verifySigned } from "../../shared/wire/signed.ts";
import { handRig, tagOf } from "../support/hand-rig.ts";
import { numbersOf, qualitiesOf, timesOf } from "../support/series.ts";

const password = "Correct-horse-7-battery";
/** Begun two minutes ago, on a whole minute. */
const startedAt = Math.floor(Date.now() / 60_000) * 60_000 - 120_000;

let folder: string;
let office: Office;
const closing: (() => unknown)[] = [];
const start = () => {
  const variables = { IDRILL_DATA: folder, CLOUD_PORT: "0", MQTT_PORT: "0", IDRILL_ADMIN_PASSWORD: password };
  return startOffice(readEnvironment(variables), openLog("cloud", "silent"));
};
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "office-"));
  office = await start();
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await office.stop();
  rmSync(folder, { recursive: true });
});

const url = (path: string) => `http://127.0.0.1:${office.ports.cloud}/api/v1${path}`;
async function post<T extends z.ZodType>(path: string, body: unknown, schema: T): Promise<z.output<T>> {
  const answer = await fetch(url(path), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return schema.parse(await answer.json());
}
async function signIn() {
  const { access_token } = await post("/auth/login", { username: "admin", password }, Session);
  const get = async <T extends z.ZodType>(path: string, schema: T): Promise<z.output<T>> => {
    const answer = await fetch(url(path), { headers: { authorization: `Bearer ${access_token}` } });
    const body: unknown = await answer.json();
    expect([path, answer.status, body]).toEqual([path, 200, expect.anything()]);
    return schema.parse(body);
  };
  return { token: access_token, get };
}

const pressure = tagOf("mud_pressure", { type: "scaled", bits: 16, signed: true, scale: 0.5, offset: 0 });
const score = { ...tagOf("mud.anomaly", { type: "double", scale: 1, offset: 0 }), unit: "score" as const };
const tags = [pressure, { ...score, limits: { ...score.limits, h: { at: 0.8, priority: 2 as const } } }];
/** Pressure rises by 1 psi a second, with one failed read; the score is high from second 20 to 29. */
function fill(readings: Block, seq: number, at: number): void {
  if (seq === 5) readings.pushBad(0, at, reasonCode("no answer in time"));
  else readings.push(0, at, 2 * (1_000 + seq), GOOD, 0);
  readings.push(1, at, seq >= 20 && seq < 30 ? 0.9 : 0.1, GOOD, 0);
}

/** A rig that claims its place over HTTP, connects over MQTT and has said hello. */
async function enrol(name = "rig-a") {
  const fleet = openFleet(join(folder, "cloud", "fleet.db"));
  const token = fleet.issueClaim(name);
  fleet.close();
  const key = newSigningKey();
  const publicKey = Buffer.from(key.publicKey).toString("base64");
  const { brokerUser, brokerSecret, cloudKeys } = await post(
    "/rigs/claim",
    { rig: name, token, publicKey },
    ClaimAnswer,
  );
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${office.ports.mqtt}`, {
    protocolVersion: 4,
    username: brokerUser,
    password: brokerSecret,
    reconnectPeriod: 0,
  });
  closing.push(() => client.endAsync(true));
  const verify = verifierOf(Buffer.from(cloudKeys[0] ?? "", "base64"));
  let answer = "";
  client.on("message", (topic, payload) => {
    if (!verifySigned(payload, verify)) throw new Error(`${topic} is not signed by the cloud`);
    if (topic.endsWith("/hello")) answer = decodeAnswer(payload).answer;
  });
  await client.subscribeAsync(`cfg/${name}/+`, { qos: 1 });
  const rig = handRig(name, key, tags, { startedAt, fill });
  const say = (topic: string, bytes: Uint8Array) =>
    client.publishAsync(`rig/${name}/${topic}`, Buffer.from(bytes), { qos: 1 });
  await say("hello", rig.hello({ telemetry: 0, events: 0 }, { telemetry: [], events: [] }));
  await vi.waitFor(() => expect(answer).not.toBe(""), 5_000);
  rig.under(answer);
  await say("events", rig.events(rig.foundation()));
  return { rig, say };
}

const alarm = AlarmState.parse({
  alarm: `${score.id}:score`,
  tag: score.id,
  name: "mud.anomaly",
  text: "Mud circuit unusual",
  condition: "score",
  priority: 2,
  state: "unacknowledged",
  value: 0.9,
  limit: 0.8,
  unit: "score",
  raisedAt: startedAt + 19_000,
  changedAt: startedAt + 19_000,
  acknowledgedAt: null,
  acknowledgedBy: null,
  cannotJudge: false,
  evidence: [{ name: "mud_pressure", share: 1 }],
});

test("what a rig claims, connects and sends is there to be asked for, whichever way", async () => {
  const { rig, say } = await enrol();
  await say("events", rig.events([{ type: "alarm", state: alarm }]));
  await say("live", rig.telemetry(1, 90));
  const { get } = await signIn();
  await vi.waitFor(async () => {
    const { count } = await get("/sensor-data/realtime?rig_id=rig-a", RealtimeAnswer);
    expect(count).toBe(2);
  }, 5_000);

  const { data: latest } = await get("/sensor-data/realtime", RealtimeAnswer);
  expect(latest.find(({ name }) => name === "mud_pressure")).toMatchObject({
    rig: "rig-a",
    value: 1_090,
    at: startedAt + 89_000,
  });

  const iso = (at: number) => new Date(at).toISOString();
  const span = `start=${iso(startedAt)}&end=${iso(startedAt + 90_000)}`;
  const query = `/sensor-data/historical?rig_id=rig-a&tags=SPPA&${span}`;
  const raw = await get(query, HistoricalAnswer);
  const [series] = raw.data;
  if (series?.form !== "readings") throw new Error("no readings");
  expect(numbersOf(series).slice(3, 6)).toEqual([1_004, null, 1_006]);
  expect(qualitiesOf(series)[4]).toBe("bad");
  expect(series.reason[1]).toEqual([1, "no answer in time"]);

  const times: number[] = [];
  for (let next = ""; ; ) {
    const page = await get(`${query}&limit=7${next}`, HistoricalAnswer);
    for (const one of page.data) if (one.form === "readings") times.push(...timesOf(one));
    if (page.next === null) break;
    next = `&cursor=${page.next}`;
  }
  expect(times).toEqual(Array.from({ length: 90 }, (_, s) => startedAt + s * 1_000));

  const points = await get(`${query}&points=12`, HistoricalAnswer);
  expect(points.data[0]).toMatchObject({ form: "buckets", stepMs: 10_000, scale: 0.5 });
  const minutes = await get(
    `/sensor-data/aggregated?rig_id=rig-a&tags=mud_pressure&bucket=60&${span}`,
    AggregatedAnswer,
  );
  expect(minutes.data[0]).toMatchObject({
    start: startedAt,
    count: [60, 30],
    bad: [1, 0],
    min: [2_002, 2_122],
    max: [2_120, 2_180],
    last: [2_120, 2_180],
  });

  const { data: coverage } = await get(`/rigs/rig-a/coverage?${span}`, CoverageAnswer);
  expect(coverage.held).toContainEqual({ epoch: rig.epoch, stream: "telemetry", first: 1, last: 90, state: "stored" });
  expect(coverage.lostBeyond).toBe(0);
  expect(coverage.spans[0]).toMatchObject({ from: startedAt, kind: "held" });
  expect(coverage.streams).toMatchObject([
    { stream: "telemetry", completeTo: coverage.completeTo, underWay: 0, arrivesAt: null },
    { stream: "events", underWay: 0, arrivesAt: null },
  ]);

  const { data: one } = await get("/rigs/rig-a", RigAnswer);
  expect(one).toMatchObject({
    rig: "rig-a",
    origin: "simulated",
    online: true,
    openAlarms: 1,
    alarms: [{ text: "Mud circuit unusual" }],
  });
  const { data: events } = await get("/rigs/rig-a/events?type=alarm", EventsAnswer);
  expect(events).toMatchObject([{ rig: "rig-a", epoch: rig.epoch, event: { type: "alarm" } }]);
  const { data: anomalies } = await get("/anomalies?rig_id=rig-a", AnomaliesAnswer);
  expect(anomalies).toMatchObject([
    { name: "mud.anomaly", readings: 10, peak: 0.9, threshold: 0.8, evidence: [{ name: "mud_pressure", share: 1 }] },
  ]);
  expect((await get("/alarms", AlarmsAnswer)).data).toMatchObject([{ rig: "rig-a", current: true }]);
});

test("a span in which the rig's daemon stood still is missing in coverage and in history, with its reason", async () => {
  const { rig, say } = await enrol();
  const [from, to] = [startedAt + 30_000, startedAt + 52_000];
  await say(
    "events",
    rig.events([{ type: "gap", stream: "telemetry", from, to, count: null, reason: "daemon stood still" }]),
  );
  await say("live", rig.telemetry(1, 90));
  const { get } = await signIn();
  const missing = { from, to, kind: "missing", frames: null, reason: "daemon stood still" };
  const span = `start=${new Date(startedAt).toISOString()}&end=${new Date(startedAt + 80_000).toISOString()}`;
  await vi.waitFor(async () => {
    const { data } = await get(`/rigs/rig-a/coverage?${span}`, CoverageAnswer);
    expect(data.spans).toMatchObject([{ kind: "held" }, missing, { kind: "held" }]);
  }, 5_000);
  const { gaps } = await get(`/sensor-data/historical?rig_id=rig-a&tags=SPPA&${span}`, HistoricalAnswer);
  expect(gaps).toEqual([missing]);
});

test("who looks on sees the picture, then readings and alarms as they land, and not what comes by backfill", async () => {
  const { rig, say } = await enrol();
  await say("live", rig.telemetry(1, 10));
  const { token, get } = await signIn();
  await vi.waitFor(async () => expect((await get("/sensor-data/realtime", RealtimeAnswer)).count).toBe(2), 5_000);
  const socket = new WebSocket(`${url("/sensor-data/ws/rig-a").replace("http", "ws")}`);
  closing.push(() => socket.terminate());
  const messages: LiveMessage[] = [];
  socket.on("message", (text) => messages.push(LiveMessage.parse(JSON.parse(text.toString()))));
  await new Promise((resolve) => socket.once("open", resolve));
  socket.send(JSON.stringify({ message_type: "authenticate", token }));
  await vi.waitFor(() => expect(messages).toHaveLength(1));
  expect(messages[0]).toMatchObject({
    data: { status: "connected", online: true, origin: "simulated", tags: [{ name: "mud_pressure" }, {}] },
  });
  await say("backfill", rig.telemetry(11, 19, "backfill"));
  await say("live", rig.telemetry(20, 21));
  await say("events", rig.events([{ type: "alarm", state: alarm }]));
  await vi.waitFor(() => expect(messages.some(({ message_type }) => message_type === "alert")).toBe(true), 5_000);
  const shown = messages.flatMap((message) => (message.message_type === "sensor_data" ? [message.data] : []));
  expect(shown).toMatchObject([
    {
      epoch: rig.epoch,
      frame: 21,
      at: [startedAt + 19_000, startedAt + 20_000, startedAt + 19_000, startedAt + 20_000],
    },
  ]);
  expect(shown[0]?.value).toEqual([1_020, 1_021, 0.9, 0.9]);
});

test("after a restart people, rigs and readings are there again, and a second cloud on the folder is refused", async () => {
  const { rig, say } = await enrol();
  await say("live", rig.telemetry(1, 3));
  const before = await signIn();
  await vi.waitFor(
    async () => expect((await before.get("/sensor-data/realtime", RealtimeAnswer)).count).toBe(2),
    5_000,
  );
  await expect(start()).rejects.toThrow(/in use by another process/);
  for (const close of closing.splice(0).reverse()) await close();
  await office.stop();
  office = await start();
  expect(office.firstPassword).toBeNull();
  const after = await fetch(url("/auth/me"), { headers: { authorization: `Bearer ${before.token}` } });
  expect(after.status).toBe(200);
  const { get } = await signIn();
  expect((await get("/rigs", RigsAnswer)).data).toMatchObject([{ rig: "rig-a", origin: "simulated" }]);
  expect((await get("/sensor-data/realtime", RealtimeAnswer)).count).toBe(2);
});

test("a rig that is enrolled and silent has a row of what is known: nothing", async () => {
  const fleet = openFleet(join(folder, "cloud", "fleet.db"));
  const key = newSigningKey();
  fleet.claim({ rig: "rig-b", token: fleet.issueClaim("rig-b"), publicKey: key.publicKey });
  fleet.close();
  const { get, token } = await signIn();
  const { data } = await get("/rigs/rig-b", RigAnswer);
  expect(data).toMatchObject({
    rig: "rig-b",
    online: false,
    seenAt: null,
    origin: null,
    state: null,
    depth: null,
    tags: [],
    latest: [],
  });
  const headers = { authorization: `Bearer ${token}` };
  const unknown = await fetch(url("/sensor-data/historical?rig_id=rig-b&tags=mud_pressure"), { headers });
  expect([unknown.status, ErrorBody.parse(await unknown.json()).error.code]).toEqual([422, "UNPROCESSABLE"]);
});
