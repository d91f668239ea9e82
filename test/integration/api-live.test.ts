import { get } from "node:http";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { AlarmState } from "../../shared/domain/alarm.ts";
import { LiveMessage } from "../../shared/domain/api-live.ts";
import { Block, GOOD } from "../../shared/domain/reading.ts";
import { roles } from "../../shared/domain/roles.ts";
import { openOffice } from "../support/api-office.ts";
import { smallHistory } from "../support/small-history.ts";
import { minuteAndAHalf, tags } from "../support/small-rig.ts";

const rig = { tags, readings: minuteAndAHalf(Date.now() - 90_000) };
let office: Awaited<ReturnType<typeof openOffice>>;
let server: Awaited<ReturnType<typeof office.listen>>;
let token: string;
const sockets: WebSocket[] = [];

/** Holds back what the archive answers, while a test wants it; and how many answers wait. */
let gate: Promise<void> = Promise.resolve();
let waiting = 0;

async function start(limits: NonNullable<Parameters<typeof openOffice>[0]["limits"]> = {}) {
  office = await openOffice({
    history: gated(smallHistory({ "rig-1": rig, "rig-2": rig })),
    limits: { lookMs: 50, ...limits },
  });
  server = await office.listen();
  token = await office.signIn("viewer", ["rig-1"]);
}
function gated(history: ReturnType<typeof smallHistory>): typeof history {
  return {
    ...history,
    async latest(rig) {
      const latest = await history.latest(rig);
      waiting++;
      await gate;
      waiting--;
      return latest;
    },
  };
}
beforeEach(() => start());
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await server.close();
  await office.close();
});

/** A client that keeps what it gets. */
function look(path = "rig-1", headers: Record<string, string> = {}) {
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/api/v1/sensor-data/ws/${path}`, { headers });
  sockets.push(socket);
  const messages: LiveMessage[] = [];
  let closed: { code: number; reason: string } | undefined;
  let refused: number | undefined;
  socket.on("message", (raw) => messages.push(LiveMessage.parse(JSON.parse(raw.toString()))));
  socket.on("close", (code, reason) => {
    closed = { code, reason: reason.toString() };
  });
  socket.on("unexpected-response", (_request, response) => {
    refused = response.statusCode;
  });
  socket.on("error", () => {});
  const say = (message: object) => socket.send(JSON.stringify(message));
  return {
    socket,
    messages,
    say,
    refusal: () => vi.waitFor(() => refused ?? Promise.reject(new Error("not refused"))),
    end: () => vi.waitFor(() => closed ?? Promise.reject(new Error("not closed")), 5_000),
    of: (type: LiveMessage["message_type"]) => messages.filter((message) => message.message_type === type),
    async signIn(as = token) {
      if (socket.readyState !== WebSocket.OPEN) await new Promise((resolve) => socket.once("open", resolve));
      say({ message_type: "authenticate", token: as });
      await vi.waitFor(() => expect(messages.length + (closed === undefined ? 0 : 1)).toBeGreaterThan(0));
    },
  };
}

function show(seq: number, value: number, dictionary = "00000000000000d1", list = tags) {
  const readings = new Block();
  readings.push(0, 1_000 * seq, value, GOOD, 0);
  office.live.readings("rig-1", { epoch: "00000000000000e1", seq, dictionary, tags: list, readings });
}

test("who signs in gets the whole picture, then what lands, numbered without a hole", async () => {
  const client = look();
  await client.signIn();
  expect(client.messages[0]).toMatchObject({
    message_type: "status_update",
    rig: "rig-1",
    seq: 1,
    data: { status: "connected", online: false, alarms: [] },
  });
  show(1, 2_000);
  show(2, 2_002);
  await vi.waitFor(() => expect(client.of("sensor_data")).toHaveLength(2));
  expect(client.of("sensor_data")[1]).toMatchObject({
    data: { frame: 2, tag: [0], at: [2_000], value: [1_001], quality: ["good"], reason: ["none"] },
  });
  expect(client.messages.map(({ seq }) => seq)).toEqual(client.messages.map((_, i) => i + 1));
});

test("what lands while the picture is read comes right after it, and nothing before", async () => {
  const open = Promise.withResolvers<void>();
  gate = open.promise;
  const client = look();
  await new Promise((resolve) => client.socket.once("open", resolve));
  client.say({ message_type: "authenticate", token });
  await vi.waitFor(() => expect(waiting).toBe(1));
  show(1, 2_000);
  client.say({ message_type: "ping" });
  open.resolve();
  await vi.waitFor(() => expect(client.messages.length).toBeGreaterThan(3));
  const kinds = client.messages.map((message) =>
    message.message_type === "status_update" ? message.data.status : message.message_type,
  );
  expect(kinds).toEqual(["connected", "tags", "sensor_data", "pong"]);
});

test("a list of tags comes before readings that point into it, also when it changes", async () => {
  const client = look();
  await client.signIn();
  show(1, 1);
  const changed = [...tags].reverse();
  show(2, 1, "00000000000000d2", changed);
  await vi.waitFor(() => expect(client.of("sensor_data")).toHaveLength(2));
  const kinds = client.messages.map((message) =>
    message.message_type === "status_update" ? message.data.status : message.message_type,
  );
  expect(kinds).toEqual(["connected", "tags", "sensor_data", "tags", "sensor_data"]);
  const last = client.messages[3];
  expect(last?.message_type === "status_update" && last.data.tags?.map(({ name }) => name)).toEqual(
    changed.map(({ name }) => name),
  );
});

test("a frame that comes again or late is not shown again", async () => {
  const client = look();
  await client.signIn();
  for (const seq of [1, 3, 2, 3, 4]) show(seq, seq);
  await vi.waitFor(() => expect(client.of("sensor_data")).toHaveLength(3));
  expect(
    client.of("sensor_data").map((message) => message.message_type === "sensor_data" && message.data.frame),
  ).toEqual([1, 3, 4]);
});

test("alarms come as alert when raised and as alert_update after", async () => {
  const client = look();
  await client.signIn();
  const state = AlarmState.parse({
    alarm: "a:hh",
    tag: tags[0]?.id,
    name: "mud_pressure",
    text: "Standpipe pressure high",
    condition: "hh",
    priority: 1,
    state: "unacknowledged",
    value: 5_000,
    limit: 4_900,
    unit: "psi",
    raisedAt: 5,
    changedAt: 5,
    acknowledgedAt: null,
    acknowledgedBy: null,
    cannotJudge: false,
  });
  office.live.alarm("rig-1", state);
  office.live.alarm("rig-1", { ...state, state: "acknowledged", changedAt: 6 });
  await vi.waitFor(() => expect(client.messages).toHaveLength(3));
  expect(client.messages.slice(1).map(({ message_type }) => message_type)).toEqual(["alert", "alert_update"]);
});

test("every role may look on its own rig and none on a foreign or missing one", async () => {
  for (const role of roles) {
    const own = await office.signIn(role, ["rig-1"], `${role}-2`);
    const client = look();
    await client.signIn(own);
    expect([role, client.messages[0]?.message_type]).toEqual([role, "status_update"]);
    client.socket.terminate();
    if (role === "admin") continue;
    const ends = [];
    for (const rig of ["rig-2", "rig-3"]) {
      const foreign = look(rig);
      await foreign.signIn(own);
      ends.push(await foreign.end());
      expect(foreign.of("status_update")).toEqual([]);
    }
    expect([role, ends]).toEqual([
      role,
      [
        { code: 1008, reason: "no such rig" },
        { code: 1008, reason: "no such rig" },
      ],
    ]);
  }
});

test("a bad token, no token and a second sign-in end with 1008; nothing is shown before", async () => {
  await server.close();
  await office.close();
  await start({ firstMessageMs: 100 });
  const bad = look();
  await bad.signIn("x.y.z");
  expect(await bad.end()).toEqual({ code: 1008, reason: "the access token is not valid" });
  const silent = look();
  expect(await silent.end()).toEqual({ code: 1008, reason: "sign in first" });
  show(1, 1);
  expect([bad, silent].flatMap(({ messages }) => messages.map(({ message_type }) => message_type))).toEqual([
    "error",
    "error",
  ]);
  const twice = look();
  await twice.signIn();
  twice.say({ message_type: "authenticate", token });
  expect(await twice.end()).toMatchObject({ code: 1008 });
});

test("an upgrade from a foreign origin, to no rig or to elsewhere is refused", async () => {
  expect(await look("rig-1", { origin: "http://evil.example" }).refusal()).toBe(403);
  expect(await look("..%2Frig").refusal()).toBe(404);
  expect(await look("rig-1/more").refusal()).toBe(404);
  const own = look("rig-1", { origin: server.url });
  await own.signIn();
  expect(own.messages).toHaveLength(1);
});

test("signing out, a withdrawn grant and a disabled account close the socket", async () => {
  const session = async (username: string) => {
    const access = await office.signIn("operator", ["rig-1"], username);
    const client = look();
    await client.signIn(access);
    expect(client.messages).toHaveLength(1);
    return { client, access };
  };
  const one = await session("one");
  const two = await session("two");
  const three = await session("three");
  const who = await office.auth.authenticate(one.access);
  office.auth.logout(typeof who === "string" ? "" : who.session);
  office.auth.setAccess("two", "operator", []);
  office.auth.disable("three");
  for (const { client } of [one, two, three]) expect((await client.end()).code).toBe(1008);
});

test("ping is answered, what is no message is told so, too many messages end it", async () => {
  await server.close();
  await office.close();
  await start({ messages: 10 });
  const client = look();
  await client.signIn();
  client.say({ message_type: "ping" });
  client.socket.send("{");
  client.say({ message_type: "subscribe", rig: "rig-2" });
  await vi.waitFor(() => expect(client.messages).toHaveLength(4));
  expect(client.messages.slice(1).map(({ message_type }) => message_type)).toEqual(["pong", "error", "error"]);
  for (let i = 0; i < 10; i++) client.say({ message_type: "ping" });
  expect(await client.end()).toEqual({ code: 1008, reason: "too many messages" });
});

test("one person, one address and one minute have their limits; signing in is no attempt wasted", async () => {
  await server.close();
  await office.close();
  await start({ connectionsOfPerson: 2, connectionsOfSource: 4, attempts: 2, firstMessageMs: 100 });
  const own = [look()];
  for (let i = 0; i < 3; i++) {
    const client = own[i] ?? look();
    own[i] = client;
    await client.signIn();
  }
  expect((await own[2]?.end())?.reason).toBe("too many connections");
  const other = await office.signIn("engineer", ["rig-1"]);
  const more = [look()];
  await more[0]?.signIn(other);
  more.push(look());
  await more[1]?.signIn(other);
  expect(office.live.connections()).toBe(4);
  expect(await look().refusal()).toBe(429);
  for (const client of [...own, ...more]) client.socket.terminate();
  await vi.waitFor(() => expect(office.live.connections()).toBe(0));
  for (let i = 0; i < 2; i++) expect((await look().end()).reason).toBe("sign in first");
  expect(await look().refusal()).toBe(429);
});

test("a page whose tries all came at once after we hung is let in: what it had given up counts for nothing", async () => {
  await server.close();
  await office.close();
  await start({ attempts: 3 });
  for (let i = 0; i < 10; i++) {
    const given = look();
    await new Promise((resolve) => given.socket.once("open", resolve));
    given.socket.terminate();
    await vi.waitFor(() => expect(office.live.connections()).toBe(0));
  }
  const client = look();
  await client.signIn();
  expect(client.messages[0]).toMatchObject({ message_type: "status_update", data: { status: "connected" } });
});

test("sockets of all addresses together have a bound too, and a refusal says when to come again", async () => {
  await server.close();
  await office.close();
  await start({ connections: 2 });
  const clients = [look(), look()];
  for (const client of clients) await client.signIn();
  const headers = { upgrade: "websocket", connection: "upgrade", "sec-websocket-version": "13" };
  const answer = await new Promise<{ status: number | undefined; again: string | undefined }>((resolve, reject) => {
    const key = { "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==" };
    get(`${server.url}/api/v1/sensor-data/ws/rig-1`, { headers: { ...headers, ...key } }, (response) => {
      response.resume();
      resolve({ status: response.statusCode, again: response.headers["retry-after"] });
    }).on("error", reject);
  });
  expect(answer).toEqual({ status: 429, again: "10" });
  clients[0]?.socket.terminate();
  await vi.waitFor(() => expect(office.live.connections()).toBe(1));
  await look().signIn();
  expect(office.live.connections()).toBe(2);
});

test("a client that reads too slowly is dropped, and the others go on", async () => {
  await server.close();
  await office.close();
  await start({ behind: 100_000 });
  const slow = look();
  const quick = look();
  await slow.signIn();
  await quick.signIn();
  slow.socket.pause();
  const many = Array.from({ length: 2_000 }, (_, i) => ({
    ...tags[0],
    id: i.toString(16).padStart(16, "0"),
  })) as typeof tags;
  for (let seq = 1; seq <= 200 && office.live.connections() === 2; seq++) {
    const readings = new Block();
    for (let i = 0; i < many.length; i++) readings.push(i, seq, i, GOOD, 0);
    office.live.readings("rig-1", {
      epoch: "00000000000000e1",
      seq,
      dictionary: "00000000000000d1",
      tags: many,
      readings,
    });
    await vi.waitFor(() => expect(quick.of("sensor_data").length).toBe(seq));
  }
  await vi.waitFor(() => expect(office.live.connections()).toBe(1));
  expect(quick.socket.readyState).toBe(WebSocket.OPEN);
});

test("alive comes with the state at each ping", async () => {
  await server.close();
  await office.close();
  await start({ pingMs: 50 });
  const client = look();
  await client.signIn();
  await vi.waitFor(() => expect(client.messages.length).toBeGreaterThan(3));
  expect(client.messages[1]).toMatchObject({ message_type: "status_update", data: { status: "alive" } });
  expect(client.messages[1]).not.toHaveProperty("data.tags");
});
