import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { AlarmState } from "../../shared/domain/alarm.ts";
import { ErrorBody, ServicesAnswer } from "../../shared/domain/api.ts";
import { CoverageAnswer } from "../../shared/domain/api-coverage.ts";
import { AlarmsAnswer, AnomaliesAnswer, EventsAnswer } from "../../shared/domain/api-events.ts";
import { AggregatedAnswer, HistoricalAnswer } from "../../shared/domain/api-history.ts";
import { RealtimeAnswer } from "../../shared/domain/api-latest.ts";
import { RigAnswer } from "../../shared/domain/api-rigs.ts";
import { openOffice } from "../../test/support/api-office.ts";
import { numbersOf, timesOf } from "../../test/support/series.ts";
import { smallHistory } from "../../test/support/small-history.ts";
import { minuteAndAHalf, tags } from "../../test/support/small-rig.ts";
import type { Check } from "./probes.ts";

const start = Math.floor(Date.now() / 1_000) * 1_000 - 3_600_000;
const iso = (at: number) => new Date(at).toISOString();
const alarm = AlarmState.parse({
  alarm: `${tags[2]?.id}:score`,
  tag: tags[2]?.id,
  name: "mud.anomaly",
  text: "Mud circuit unusual",
  condition: "score",
  priority: 2,
  state: "unacknowledged",
  value: 0.93,
  limit: 0.8,
  unit: "score",
  raisedAt: start + 35_000,
  changedAt: start + 35_000,
  acknowledgedAt: null,
  acknowledgedBy: null,
  cannotJudge: false,
  evidence: [{ name: "mud_pressure", share: 0.7 }],
});
const event = { type: "alarm" as const, state: alarm };
const row = { epoch: "00000000000000ee", seq: 2, at: alarm.raisedAt, landedAt: alarm.raisedAt, event };
const missing = { from: start, to: start + 5_000, kind: "missing" as const, frames: 5, reason: "evicted" };
const unknown = { from: start - 5_000, to: start, kind: "not known" as const, frames: null, reason: "" };

const checks: Check[] = [
  { name: "archive", needed: true, ask: () => ({ status: "healthy", message: "answers" }) },
  { name: "broker", needed: false, ask: () => ({ status: "healthy", message: "answers" }) },
];
let office: Awaited<ReturnType<typeof openOffice>>;
let token: string;
beforeAll(async () => {
  const rig = {
    tags,
    readings: minuteAndAHalf(start),
    events: [row],
    alarms: [alarm],
    coverage: { spans: [unknown, missing] },
  };
  office = await openOffice({
    history: smallHistory({ "rig-1": rig, "rig-2": rig }),
    checks,
    metricsToken: "metrics-secret",
  });
  token = await office.signIn("viewer", ["rig-1"]);
});
afterAll(() => office.close());

const get = (path: string, headers: Record<string, string> = {}) =>
  office.app.request(path, { headers: { authorization: `Bearer ${token}`, ...headers } });
const history = async (query: string) => {
  const span = `start=${iso(start)}&end=${iso(start + 90_000)}`;
  const answer = await get(`/api/v1/sensor-data/historical?rig_id=rig-1&${span}&${query}`);
  expect(answer.status).toBe(200);
  return HistoricalAnswer.parse(await answer.json());
};
const refused = async (path: string, headers = {}) => {
  const answer = await get(path, headers);
  return { status: answer.status, ...ErrorBody.parse(await answer.json()).error };
};

test("realtime gives the latest reading of each tag in engineering units, of granted rigs only", async () => {
  const { data } = RealtimeAnswer.parse(await (await get("/api/v1/sensor-data/realtime")).json());
  expect(data).toHaveLength(3);
  expect(data.every(({ rig }) => rig === "rig-1")).toBe(true);
  expect(data.find(({ name }) => name === "mud_pressure")).toMatchObject({
    value: 1_044.5,
    unit: "psi",
    quality: "good",
    reason: "none",
    sourceTime: true,
  });
});

test("history comes by name, alias or id, with quality, reasons and what is missing", async () => {
  const { data, gaps } = await history("tags=SPPA");
  const [series] = data;
  if (series?.form !== "readings") throw new Error("no readings");
  expect(series).toMatchObject({
    name: "mud_pressure",
    count: 90,
    quality: [
      [10, "good"],
      [1, "bad"],
      [1, "uncertain"],
      [78, "good"],
    ],
  });
  expect(numbersOf(series).slice(9, 12)).toEqual([1_004.5, null, 1_005.5]);
  expect(timesOf(series)[89]).toBe(start + 89_000);
  expect(gaps).toEqual([{ ...unknown, reason: "not known" }, missing]);
});

test("pages of history hold every reading once, in order, whatever their size", async () => {
  for (const limit of [1, 7, 90, 91, 200]) {
    const seen = new Map<string, number[]>();
    let cursor = "";
    do {
      const page = await history(`parameters=mud_pressure,rig_state&limit=${limit}${cursor && `&cursor=${cursor}`}`);
      expect(page.count).toBeLessThanOrEqual(limit);
      for (const series of page.data) {
        if (series.form === "readings") seen.set(series.name, [...(seen.get(series.name) ?? []), ...timesOf(series)]);
      }
      cursor = page.next ?? "";
    } while (cursor !== "");
    const all = Array.from({ length: 90 }, (_, s) => start + s * 1_000);
    expect([limit, seen.get("mud_pressure"), seen.get("rig_state")]).toEqual([limit, all, all]);
  }
});

test("points gives at most so many buckets that still hold every reading and the extremes", async () => {
  const { data } = await history("tags=mud_pressure&points=12");
  const [series] = data;
  if (series?.form !== "buckets") throw new Error("no buckets");
  const sum = (column: number[]) => column.reduce((a, b) => a + b, 0);
  expect(series.stepMs).toBe(10_000);
  expect(series.count.length).toBeLessThanOrEqual(12);
  expect([sum(series.count), sum(series.bad), sum(series.uncertain)]).toEqual([90, 1, 1]);
  expect([series.min[0], series.max.at(-1), series.last.at(-1)]).toEqual([2_000, 2_089, 2_089]);
});

test("aggregation gives avg, min, max, last and counts, and null for an empty bucket", async () => {
  const path = `/api/v1/sensor-data/aggregated?rig_id=rig-1&tags=mud_pressure&bucket=1&start=${iso(start + 9_000)}&end=${iso(start + 12_000)}`;
  const { data } = AggregatedAnswer.parse(await (await get(path)).json());
  const [series] = data;
  expect(series).toMatchObject({ avg: [2_009, null, 2_011], max: [2_009, null, 2_011], last: [2_009, null, 2_011] });
  expect(series).toMatchObject({ count: [1, 1, 1], bad: [0, 1, 0], uncertain: [0, 0, 1] });
});

test("a rig tells its state by name, its tags, latest readings and alarms", async () => {
  const { data } = RigAnswer.parse(await (await get("/api/v1/rigs/rig-1")).json());
  expect(data).toMatchObject({
    rig: "rig-1",
    state: "rotary drilling",
    online: false,
    openAlarms: 1,
    unacknowledged: 1,
  });
  expect(data.worstAlarm?.text).toBe("Mud circuit unusual");
  expect([data.tags.length, data.latest.length]).toEqual([3, 3]);
});

test("anomalies are spans above the threshold with what contributed", async () => {
  for (const path of ["/api/v1/anomalies?hours=2", "/api/v1/predictions/anomaly-detection/rig-1?hours=2"]) {
    const { data } = AnomaliesAnswer.parse(await (await get(path)).json());
    expect(data).toEqual([
      {
        rig: "rig-1",
        tag: tags[2]?.id,
        name: "mud.anomaly",
        from: start + 30_000,
        to: start + 39_000,
        readings: 10,
        peak: 0.95,
        threshold: 0.8,
        evidence: [{ name: "mud_pressure", share: 0.7 }],
      },
    ]);
  }
});

test("alarms and events of a rig are listed; a silent rig's alarms are not current", async () => {
  const alarms = AlarmsAnswer.parse(await (await get("/api/v1/alarms?priority=2")).json());
  expect(alarms.data).toMatchObject([{ rig: "rig-1", current: false, knownAt: null }]);
  const events = EventsAnswer.parse(await (await get("/api/v1/rigs/rig-1/events?type=alarm")).json());
  expect(events.data).toEqual([{ rig: "rig-1", ...row }]);
});

test("what does not fit is 422 with its field, what contradicts itself 400, a foreign rig 404", async () => {
  const history = "/api/v1/sensor-data/historical?rig_id=rig-1";
  const field = async (path: string) => {
    const { status, details } = await refused(path);
    return [status, details?.errors?.[0]?.field, details?.errors?.[0]?.type];
  };
  expect(await field(`${history}&tags=nonsense`)).toEqual([422, "tags", "unknown_name"]);
  expect(await field(`${history}&start=2030-01-01T00:00:00`)).toEqual([422, "start", "invalid_format"]);
  expect(await field(`${history}&limit=0`)).toEqual([422, "limit", "too_small"]);
  for (const limit of ["1e3", "0x10", "", " 5", "-1", "1.5"])
    expect(await field(`${history}&limit=${encodeURIComponent(limit)}`)).toEqual([422, "limit", "invalid_format"]);
  expect(await field(`${history}&nonsense=1`)).toEqual([422, "nonsense", "unrecognized_keys"]);
  expect(await field(`${history}&cursor=AAAA`)).toEqual([422, "cursor", "invalid_cursor"]);
  expect(await field("/api/v1/sensor-data/historical")).toEqual([422, "rig_id", "invalid_type"]);
  expect(await field("/api/v1/sensor-data/aggregated?rig_id=rig-1&bucket=3601")).toEqual([422, "bucket", "too_big"]);
  expect(await refused(`${history}&start=${iso(start)}&end=${iso(start)}`)).toMatchObject({
    status: 400,
    code: "VALIDATION_ERROR",
  });
  expect(await refused(history.replace("rig-1", "rig-2"))).toMatchObject({
    status: 404,
    code: "NOT_FOUND",
    message: "no such rig",
  });
});

test("every answer carries the headers that a browser needs, errors included", async () => {
  for (const path of ["/", "/api/v1/rigs", "/api/v1/nowhere", "/nowhere.js"]) {
    const { headers } = await get(path);
    expect(headers.get("content-security-policy")).toMatch(/default-src 'self'.*frame-ancestors 'none'/);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  }
});

test("the description names every route of the API, and the page shows them without a script", async () => {
  const description: { paths: Record<string, Record<string, unknown>> } = JSON.parse(
    await (await get("/api/v1/openapi.json")).text(),
  );
  const described = Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(.+?)\}/g, ":$1")}`),
  );
  const own = new Set(
    office.app.routes.filter(({ method }) => method !== "ALL").map(({ method, path }) => `${method} ${path}`),
  );
  const plain = ["GET /", "GET /*", "GET /metrics", "GET /api/v1/sensor-data/ws/:rig_id"];
  const pages = ["GET /api/v1/openapi.json", "GET /api/v1/docs", "GET /api/v1/docs.css"];
  expect(described.sort()).toEqual([...own].filter((route) => ![...plain, ...pages].includes(route)).sort());
  const page = await (await get("/api/v1/docs")).text();
  expect(page).toContain("/api/v1/sensor-data/historical");
  expect(page).not.toMatch(/<script|style=|onclick/);
  expect(page).toContain(
    "&quot;$OFFICE/api/v1/sensor-data/aggregated?rig_id=rig-14&amp;tags=standpipe_pressure%2Chook_load&amp;start=",
  );
  for (const message of ["authenticate", "status_update", "sensor_data", "alert_update", "pong", "error"])
    expect(page).toContain(`<summary><code>${message}</code></summary>`);
});

test("/metrics is open to this machine under its own names only", async () => {
  const incoming = { socket: { remoteAddress: "127.0.0.1" } };
  const ask = (host: string) => office.app.request("/metrics", { headers: { host } }, { incoming });
  for (const host of ["localhost:8080", "127.0.0.1", "[::1]:8080"]) expect((await ask(host)).status).toBe(200);
  expect((await ask("rebound.example:8080")).status).toBe(421);
});

test("metrics need loopback or their credential, and are live", async () => {
  expect((await office.app.request("/metrics")).status).toBe(401);
  expect((await office.app.request("/metrics", { headers: { authorization: `Bearer ${token}` } })).status).toBe(401);
  const text = await (
    await office.app.request("/metrics", { headers: { authorization: "Bearer metrics-secret" } })
  ).text();
  expect(text).toMatch(/http_requests_total\{method="GET",route="GET \/api\/v1\/rigs\/:rig_id",status="200"\} [1-9]/);
  expect(text).toMatch(/database_query_duration_seconds_count\{query="readings"\} [1-9]/);
  expect(text).toMatch(/idrill_alarms_open\{rig="rig-1",priority="2"\} 1/);
});

test("how much a rig lost by no name is unknown until a hello has told it: null in coverage, no metric, and then what was told", async () => {
  const told = async () => {
    const metrics = await office.app.request("/metrics", { headers: { authorization: "Bearer metrics-secret" } });
    const [, metric] = /idrill_rig_lost_beyond_frames\{rig="rig-1"\} (\d+)/.exec(await metrics.text()) ?? [];
    const { data } = CoverageAnswer.parse(await (await get("/api/v1/rigs/rig-1/coverage")).json());
    return [data.lostBeyond, metric ?? null];
  };
  expect(await told()).toEqual([null, null]);
  for (const frames of [0, 7]) {
    office.contacts.lostBeyond("rig-1", frames);
    await vi.waitFor(async () => expect(await told()).toEqual([frames, `${frames}`]), {
      timeout: 20_000,
      interval: 200,
    });
  }
}, 60_000);

test("health follows its dependencies: degraded without an extra one, unhealthy and not ready without a needed one", async () => {
  const state = async () => {
    const ready = await office.app.request("/api/v1/health/ready");
    const { status } = ServicesAnswer.parse(await (await get("/api/v1/health/services")).json());
    const bare = await office.app.request("/health");
    return [
      status,
      bare.status,
      ready.status,
      ready.status === 503 ? ErrorBody.parse(await ready.json()).error.details?.failing : [],
    ];
  };
  expect(await state()).toEqual(["healthy", 200, 200, []]);
  const [archive, broker] = checks;
  if (archive === undefined || broker === undefined) throw new Error("no checks");
  broker.ask = () => {
    throw Object.assign(new Error("at /var/lib/secret"), { code: "ECONNREFUSED" });
  };
  expect(await state()).toEqual(["degraded", 200, 200, []]);
  archive.ask = () => new Promise(() => {});
  expect(await state()).toEqual(["unhealthy", 503, 503, ["archive"]]);
  expect(await (await get("/api/v1/health/services")).text()).not.toContain("/var/lib");
  expect((await office.app.request("/api/v1/health/live")).status).toBe(200);
});
