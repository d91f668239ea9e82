import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openPeople } from "../../edge/hmi/people.ts";
import { type Hmi, startHmi } from "../../edge/hmi/server.ts";
import type { AlarmState } from "../../shared/domain/alarm.ts";
import { ErrorBody } from "../../shared/domain/api.ts";
import type { HmiChange, HmiFault, HmiHistory, HmiPerson, HmiSnapshot } from "../../shared/domain/hmi.ts";
import { BAD, GOOD, NO_VALUE, reasonCode } from "../../shared/domain/reading.ts";
import type { TagVersion } from "../../shared/domain/tag.ts";
import { openLog } from "../../shared/node/log.ts";
import { type HmiStage, openHmiStage } from "../support/hmi-stage.ts";

const quiet = openLog("edge", "silent");
const tag = (n: number): TagVersion => ({
  id: n.toString(16).padStart(16, "0"),
  name: `tag${n}`,
  label: `Tag ${n}`,
  unit: "psi",
  kind: { type: "double", scale: 1, offset: 0 },
  limits: { onDelayS: 5, deadband: 0.02 },
  source: "plc",
  validFrom: 0,
});
const alarm: AlarmState = {
  alarm: "0000000000000001:l",
  tag: "0000000000000001",
  name: "tag1",
  text: "Tag 1 low",
  condition: "l",
  priority: 2,
  state: "unacknowledged",
  value: 1,
  limit: 2,
  unit: "psi",
  raisedAt: 10,
  changedAt: 10,
  acknowledgedAt: null,
  acknowledgedBy: null,
  cannotJudge: false,
};
const fault: HmiFault = {
  ...{ kind: "configuration", file: "rig.json", since: 1, checkedAt: 2 },
  ...{ errors: [], valuesUntil: null, devices: null, notKept: null, kept: null, happened: [] },
};

/** Two tags and one alarm. */
function stageOf() {
  const stage = openHmiStage([tag(0), tag(1)]);
  const lane = { lane: "live", waitingFrames: 0, waitingBytes: null, bitsPerSecond: null, oldestAt: null } as const;
  stage.set.alarms = [alarm];
  stage.set.link = { ...stage.set.link, lanes: [lane] };
  stage.set.readings = (_tag, from) => ({
    at: Float64Array.of(from + 1, from + 50, from + 99),
    value: Float64Array.of(1, 7, Number.NaN),
    status: Uint8Array.of(GOOD, GOOD, BAD | NO_VALUE),
    reason: Uint32Array.of(0, 0, reasonCode("no connection")),
  });
  return stage;
}

let folder: string;
let rig: HmiStage;
let hmi: Hmi;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "hmi-"));
  mkdirSync(join(folder, "web"));
  writeFileSync(join(folder, "web", "index.html"), "<title>Rig screen</title>");
  rig = stageOf();
  const people = await openPeople(folder, "drill and ream", () => {}, quiet);
  hmi = await startHmi({
    daemon: rig.daemon,
    people,
    log: openLog("edge", "silent"),
    port: 0,
    web: join(folder, "web"),
  });
});
afterEach(async () => {
  await hmi.close();
  rmSync(folder, { recursive: true });
});

const at = (path: string) => `http://127.0.0.1:${hmi.port}${path}`;
const api = (path: string) => at(`/api/v1/hmi/${path}`);
const act = { "x-idrill-act": "1", "content-type": "application/json" };
const post = (path: string, body?: unknown, headers: Record<string, string> = act) =>
  fetch(api(path), { method: "POST", headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
async function signedIn(): Promise<string> {
  const response = await post("sign-in", { name: "operator", password: "drill and ream" });
  return response.headers.get("set-cookie")?.split(";")[0] ?? "";
}

const refusalOf = async (response: Response) => ErrorBody.parse(await response.json()).error;

async function bodyOf<T>(response: Response): Promise<T> {
  const body: T = JSON.parse(await response.text());
  return body;
}

/** Events of a stream as they come. */
function listen(path: string, headers: Record<string, string> = {}) {
  const events: { name: string; id: string; data: string; at: number }[] = [];
  const control = new AbortController();
  void (async () => {
    const response = await fetch(path, { headers, signal: control.signal });
    let text = "";
    for await (const chunk of response.body ?? []) {
      text += new TextDecoder().decode(chunk);
      const whole = text.split("\n\n");
      text = whole.pop() ?? "";
      for (const one of whole) {
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(one)?.[1] ?? "";
        if (field("event") !== "")
          events.push({ name: field("event"), id: field("id"), data: field("data"), at: performance.now() });
      }
    }
  })().catch(() => {});
  const told = (name: string) => events.filter((event) => event.name === name);
  return { events, told, stop: () => control.abort() };
}
const changeOf = (data: string): HmiChange => JSON.parse(data);

test("the snapshot tells everything that is known now", async () => {
  rig.read(0, 12.5);
  const snapshot: HmiSnapshot = await bodyOf(await fetch(api("snapshot")));
  expect(snapshot.values).toMatchObject({ tag: [0], value: [12.5], quality: ["good"] });
  expect(snapshot.tags.map(({ name }) => name)).toEqual(["tag0", "tag1"]);
  expect(snapshot.alarms).toEqual([alarm]);
});

test("a stream begins with everything, then tells only what changed, with a counter of its own", async () => {
  const stream = listen(api("events"));
  await vi.waitFor(() => expect(stream.told("snapshot")).toHaveLength(1));
  rig.read(1, 3);
  await vi.waitFor(() => expect(stream.told("change")).toHaveLength(1));
  const [first] = stream.told("change");
  expect(changeOf(first?.data ?? "{}")).toMatchObject({ values: { tag: [1], value: [3] } });
  expect(Object.keys(changeOf(first?.data ?? "{}"))).not.toContain("alarms");
  expect(first?.id).not.toBe(stream.told("snapshot")[0]?.id);
  stream.stop();
});

test("the first change comes at once, many together come at most every 100 ms and none is lost", async () => {
  const stream = listen(api("events"));
  await vi.waitFor(() => expect(stream.told("snapshot")).toHaveLength(1));
  const start = performance.now();
  for (let n = 0; n < 40; n += 1) {
    rig.read(n % 2, n);
    await new Promise((done) => setTimeout(done, 10));
  }
  const values = () => stream.told("change").flatMap(({ data }) => changeOf(data).values?.value ?? []);
  await vi.waitFor(() => expect(values()).toEqual(expect.arrayContaining([38, 39])));
  const changes = stream.told("change");
  // Had it waited for others, they would have come with it.
  expect(changeOf(changes[0]?.data ?? "{}").values).toMatchObject({ tag: [0], value: [0] });
  expect(changes.length).toBeLessThanOrEqual(Math.ceil((performance.now() - start) / 100) + 1);
  stream.stop();
});

test("a stream that was cut off goes on after the last event it had", async () => {
  const before = listen(api("events"));
  await vi.waitFor(() => expect(before.told("snapshot")).toHaveLength(1));
  before.stop();
  rig.read(0, 7);
  rig.set.alarms = [];
  hmi.changed();
  const after = listen(api("events"), { "last-event-id": before.events[0]?.id ?? "" });
  await vi.waitFor(() =>
    expect(after.told("change").some(({ data }) => changeOf(data).alarms !== undefined)).toBe(true),
  );
  expect(after.told("snapshot")).toHaveLength(0);
  expect(after.told("change").flatMap(({ data }) => changeOf(data).values?.value ?? [])).toContain(7);
  after.stop();
});

test("an event id of another run or none of ours is answered with everything", async () => {
  for (const id of ["00000000-1-1", "../../etc", "9"]) {
    const stream = listen(api(`events?after=${encodeURIComponent(id)}`));
    await vi.waitFor(() => expect(stream.told("snapshot")).toHaveLength(1));
    stream.stop();
  }
});

test("a silent rig still beats every second, so that a cut screen is noticed", async () => {
  const stream = listen(api("events"));
  await vi.waitFor(() => expect(stream.told("beat").length).toBeGreaterThan(0), { timeout: 3_000 });
  stream.stop();
});

test("screens of one address beyond their bound are told so, and a closed one makes room", async () => {
  const streams = Array.from({ length: 16 }, () => listen(api("events")));
  await vi.waitFor(() => expect(streams.every((one) => one.told("snapshot").length === 1)).toBe(true), 10_000);
  const refused = await fetch(api("events"));
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "10"]);
  expect((await refusalOf(refused)).code).toBe("SERVICE_UNAVAILABLE");
  streams.pop()?.stop();
  await vi.waitFor(async () => {
    const control = new AbortController();
    const { status } = await fetch(api("events"), { signal: control.signal });
    control.abort();
    expect(status).toBe(200);
  }, 10_000);
  for (const stream of streams) stream.stop();
});

test("a link or alarm that changed is told without any reading", async () => {
  const stream = listen(api("events"));
  await vi.waitFor(() => expect(stream.told("snapshot")).toHaveLength(1));
  rig.set.link = { ...rig.set.link, lanes: rig.set.link.lanes.map((lane) => ({ ...lane, waitingFrames: 4 })) };
  hmi.changed();
  await vi.waitFor(() =>
    expect(changeOf(stream.told("change").at(-1)?.data ?? "{}").link?.lanes[0]?.waitingFrames).toBe(4),
  );
  stream.stop();
});

test("history comes in buckets with least and greatest; a bad reading is a hole with its reason, never a zero", async () => {
  const response = await fetch(api("history?tags=0000000000000001&from=1000&to=1100&points=10"));
  const { tracks } = await bodyOf<HmiHistory>(response);
  expect(tracks[0]).toMatchObject({
    tag: "0000000000000001",
    holes: [{ from: 1090, to: 1100, reason: "no connection" }],
  });
  expect(tracks[0]?.low).toEqual([1, null, null, null, null, 7, null, null, null, null]);
});

test("a question that does not fit gets 422 and the field", async () => {
  for (const [query, field] of [
    ["tags=nonsense&from=1&to=2", "tags.0"],
    ["tags=0000000000000001&from=5&to=1", "to"],
    ["tags=0000000000000001&from=1&to=99&points=5000", "points"],
  ] as const) {
    const response = await fetch(api(`history?${query}`));
    expect([response.status, (await refusalOf(response)).details?.errors?.[0]?.field]).toEqual([422, field]);
  }
});

test("acknowledging needs somebody signed in, is stored once, and tells who", async () => {
  const path = `alarms/${encodeURIComponent(alarm.alarm)}/acknowledge`;
  expect((await post(path)).status).toBe(401);
  expect(rig.set.alarms[0]?.state).toBe("unacknowledged");
  const cookie = await signedIn();
  const done = await post(path, undefined, { ...act, cookie });
  expect((await bodyOf<{ alarm: AlarmState }>(done)).alarm).toMatchObject({
    state: "acknowledged",
    acknowledgedBy: "operator",
  });
  expect((await post(path, undefined, { ...act, cookie })).status).toBe(409);
});

test("nothing is done without the custom header, from another page or under another name", async () => {
  const cookie = await signedIn();
  const path = `alarms/${encodeURIComponent(alarm.alarm)}/acknowledge`;
  expect((await post(path, undefined, { cookie })).status).toBe(403);
  expect((await post(path, undefined, { ...act, cookie, origin: "http://evil.example" })).status).toBe(403);
  expect(await statusOf("/api/v1/hmi/snapshot", "rebound.example")).toBe(421);
  expect(await statusOf("/api/v1/hmi/snapshot", `localhost:${hmi.port}`)).toBe(200);
  expect(rig.set.alarms[0]?.state).toBe("unacknowledged");
});

function statusOf(path: string, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request({ port: hmi.port, host: "127.0.0.1", path, headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asked.on("error", reject);
    asked.end();
  });
}

test("an unknown name and a wrong password read the same, and guessing is slowed down", async () => {
  const wrong = await post("sign-in", { name: "operator", password: "x" });
  const unknown = await post("sign-in", { name: "nobody", password: "drill and ream" });
  expect([wrong.status, unknown.status]).toEqual([401, 401]);
  expect((await refusalOf(wrong)).message).toBe((await refusalOf(unknown)).message);
  for (let n = 0; n < 4; n += 1) await post("sign-in", { name: "operator", password: `${n}` });
  const slowed = await post("sign-in", { name: "operator", password: "drill and ream" });
  expect([slowed.status, slowed.headers.get("retry-after")]).toEqual([429, "1"]);
});

test("a stranger's guesses at the same box do not lock the operator out of the screen that signed in before", async () => {
  const first = await post("sign-in", { name: "operator", password: "drill and ream" });
  const device = first.headers.getSetCookie().find((cookie) => cookie.startsWith("hmi_device"));
  expect(device).toMatch(/HttpOnly.*SameSite=Strict/);
  for (let n = 0; n < 12; n += 1) await post("sign-in", { name: "operator", password: `${n}` });
  const right = { name: "operator", password: "drill and ream" };
  expect((await post("sign-in", right)).status).toBe(429);
  expect((await post("sign-in", right, { ...act, cookie: device?.split(";")[0] ?? "" })).status).toBe(200);
});

test("the session's cookie is out of reach of scripts and other sites, and ends at sign-out", async () => {
  const response = await post("sign-in", { name: "operator", password: "drill and ream" });
  const header = response.headers.get("set-cookie") ?? "";
  expect(header).toMatch(/HttpOnly/);
  expect(header).toMatch(/SameSite=Strict/);
  const cookie = header.split(";")[0] ?? "";
  const who = async () =>
    (await bodyOf<{ person: HmiPerson | null }>(await fetch(api("me"), { headers: { cookie } }))).person;
  expect(await who()).toMatchObject({ name: "operator", role: "operator" });
  await post("sign-out", undefined, { ...act, cookie });
  expect(await who()).toBeNull();
  expect(rig.set.records).toEqual(["operator signed in", "operator signed out"]);
});

test("the operator's verifier is argon2id in a file for its owner alone; a password of the environment replaces it", async () => {
  const path = join(folder, "people.json");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readFileSync(path, "utf8")).toContain("$argon2id$");
  expect(readFileSync(path, "utf8")).not.toContain("drill and ream");
  const next = await openPeople(folder, "another", () => {}, quiet);
  expect([await next.check("operator", "another"), await next.check("operator", "drill and ream")]).toEqual([
    "operator",
    null,
  ]);
});

test("without a password of the environment one is made and told once", async () => {
  const fresh = mkdtempSync(join(tmpdir(), "hmi-people-"));
  const told: string[] = [];
  const announce = (_name: string, password: string) => void told.push(password);
  const people = await openPeople(fresh, undefined, announce, quiet);
  await openPeople(fresh, undefined, announce, quiet);
  expect(told).toHaveLength(1);
  expect(await people.check("operator", told[0] ?? "")).toBe("operator");
  rmSync(fresh, { recursive: true });
});

test("a folder in the place of people.json is kept beside, and a password is made", async () => {
  const fresh = mkdtempSync(join(tmpdir(), "hmi-people-"));
  mkdirSync(join(fresh, "people.json"));
  const told: string[] = [];
  const people = await openPeople(fresh, undefined, (_name, password) => void told.push(password), quiet);
  expect(await people.check("operator", told[0] ?? "")).toBe("operator");
  expect(readdirSync(fresh).some((name) => name.startsWith("people.json.broken-"))).toBe(true);
  rmSync(fresh, { recursive: true });
});

test("a broken configuration leaves a screen that says so, and a repaired one a new run with its tags", async () => {
  rig.set.fault = fault;
  const stream = listen(api("events"));
  await vi.waitFor(() => expect(stream.told("snapshot").length).toBeGreaterThan(0));
  const health = await bodyOf<unknown>(await fetch(at("/health")));
  expect(health).toMatchObject({ status: "degraded", configuration: "0 errors" });
  await post("recheck");
  await vi.waitFor(() => expect(stream.told("snapshot").at(-1)?.data).toContain('"fault":null'));
  rig.read(0, 9);
  await vi.waitFor(() =>
    expect(stream.told("change").flatMap(({ data }) => changeOf(data).values?.value ?? [])).toContain(9),
  );
  stream.stop();
});

test("pages come with a policy that allows nothing from elsewhere, and no path leads out of the folder", async () => {
  const page = await fetch(at("/"));
  expect(await page.text()).toContain("Rig screen");
  expect(page.headers.get("content-security-policy")).toMatch(/^default-src 'self';/);
  expect(page.headers.get("x-content-type-options")).toBe("nosniff");
  for (const path of ["/../people.json", "/%2e%2e/people.json", "/..%2fpeople.json", "/api/v1/hmi/none"]) {
    expect(await statusOf(path, `127.0.0.1:${hmi.port}`)).toBeGreaterThanOrEqual(400);
  }
});

test("too long a body and one that is no JSON are refused", async () => {
  expect((await post("sign-in", { name: "operator", password: "x".repeat(9_000) })).status).toBe(413);
  const broken = await fetch(api("sign-in"), { method: "POST", headers: act, body: "{" });
  expect(broken.status).toBe(422);
});

const device = {
  name: "pumps",
  driver: "modbus",
  connected: true,
  lastGoodAt: 5_000,
  polls: 10,
  pollSeconds: 0.5,
  requests: 30,
  failures: 1,
  lastMs: 4,
  good: 90,
  uncertain: 4,
  bad: 6,
};

const counts = { sentBytes: 4_000, receivedBytes: 900, oversized: 1, refused: 2 };
const link = { ...counts, lastAnswerAt: null, bytesPerSecond: 12_500 };

test("health says facts: each device's last good poll, what is owed by lane and since when, the link, the disk, the memory", async () => {
  rig.set.facts = { devices: [device], link, journalFileBytes: 4_096, model: null };
  rig.set.link = {
    ...rig.set.link,
    lastReceiptAt: 7_000,
    lanes: [{ lane: "backfill", waitingFrames: 3, waitingBytes: 900, bitsPerSecond: null, oldestAt: 6_000 }],
  };
  const health = await bodyOf<{ rssBytes: number }>(await fetch(at("/health")));
  expect(health).toMatchObject({
    devices: [{ name: "pumps", connected: true, lastGoodAt: 5_000, failures: 1 }],
    owed: [{ lane: "backfill", frames: 3, bytes: 900, oldestAt: 6_000 }],
    link: { state: "down", reason: "no route", lastReceiptAt: 7_000 },
  });
  expect(health.rssBytes).toBeGreaterThan(1e6);
});

test("metrics tell the same to Prometheus, and leave out what is not known", async () => {
  rig.set.facts = {
    devices: [device, { ...device, name: "new", lastGoodAt: null }],
    link,
    journalFileBytes: 4_096,
    model: { name: "score.hydraulics", answers: 8, refusals: 2, seconds: 0.004 },
  };
  const gap = { from: 1_000, to: 3_500, what: "all 2 tags", why: "overflow in RAM", count: 4 };
  rig.set.coverage = (from, to) => ({ from, to, rig: [], cloud: [], gaps: [gap], dated: [] });
  const answer = await fetch(at("/metrics"));
  expect(answer.headers.get("content-type")).toContain("text/plain");
  const lines = (await answer.text()).split("\n");
  expect(lines).toContain('idrill_readings_total{device="pumps",quality="bad"} 6');
  expect(lines).toContain('idrill_poll_seconds_total{device="pumps"} 0.5');
  expect(lines).toContain('idrill_last_good_poll_seconds{device="pumps"} 5');
  expect(lines).toContain('idrill_model_seconds_total{model="score.hydraulics"} 0.004');
  expect(lines).toContain("# TYPE idrill_polls_total counter");
  expect(lines).toContain('idrill_alarms_open{state="unacknowledged"} 1');
  expect(lines).toContain('idrill_outbox_frames{lane="live"} 0');
  expect(lines).toContain('idrill_outbox_age_seconds{lane="live"} 0');
  expect(lines).toContain("idrill_gap_seconds 2.5");
  expect(lines).toContain('idrill_link_bytes_total{direction="down"} 900');
  expect(lines).toContain("idrill_link_oversized_total 1");
  expect(lines).toContain("idrill_link_refused_total 2");
  expect(lines).toContain("idrill_link_bytes_per_second 12500");
  expect(lines).toContain("idrill_journal_file_bytes 4096");
  expect(lines.some((line) => line.startsWith("idrill_answer_age_seconds "))).toBe(false);
  expect(lines.some((line) => line.startsWith('idrill_last_good_poll_seconds{device="new"}'))).toBe(false);
  expect(lines.some((line) => line.startsWith("idrill_receipt_age_seconds "))).toBe(false);
});
