import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { readEnvironment } from "../../cloud/environment.ts";
import { type Fleet, openFleet } from "../../cloud/fleet/fleet.ts";
import type { NewRequest, Wanted } from "../../cloud/fleet/requests.ts";
import { type IngestThread, startIngest } from "../../cloud/ingest-thread.ts";
import type { Landed, LandedReadings } from "../../cloud/landed.ts";
import { startOffice } from "../../cloud/office.ts";
import { openHistory } from "../../edge/journal/history.ts";
import { calendarOf } from "../../edge/uplink/calendar.ts";
import { type Governor, openGovernor } from "../../edge/uplink/governor.ts";
import { openSpending } from "../../edge/uplink/spending.ts";
import { Session } from "../../shared/domain/api.ts";
import { CoverageAnswer } from "../../shared/domain/api-coverage.ts";
import { EventsAnswer } from "../../shared/domain/api-events.ts";
import { RequestsAnswer } from "../../shared/domain/api-requests.ts";
import { type Block, GOOD } from "../../shared/domain/reading.ts";
import type { UplinkConfig } from "../../shared/domain/rig-config.ts";
import type { TagVersion } from "../../shared/domain/tag.ts";
import { openLog } from "../../shared/node/log.ts";
import { newSigningKey } from "../../shared/node/signing.ts";
import { rangesOf } from "../../shared/wire/ranges.ts";
import { type DayJournal, openDayJournal } from "../bench/day-journal.ts";
import { enrol, openRigLink } from "../bench/rig-link.ts";

/** The office asks for what a rig holds back: its own registry, broker and ingest, the edge's own journal, sender and uplink. */
const OWED = 600;
const rig = "rig-1";
const start = Date.UTC(2026, 1, 18);
const tags: TagVersion[] = [1, 2, 3].map((n) => ({
  ...{ id: `${n}`.padStart(16, "0"), name: `tag_${n}`, label: `Tag ${n}`, unit: "psi", source: "test", validFrom: 0 },
  ...{ kind: { type: "double", scale: 1, offset: 0 }, limits: { onDelayS: 0, deadband: 0 } },
}));
const series = {
  ...{ rows: 86_400, start, tags, raw: (tag: number, row: number) => Math.sin(row * 7.13 + tag) * 1_000 },
  fill(into: Block, row: number, at: number): void {
    for (let tag = 0; tag < tags.length; tag++) into.push(tag, at, series.raw(tag, row), GOOD, 0);
  },
};

let folder: string;
let fleet: Fleet;
let ingest: IngestThread;
let landed: LandedReadings[] = [];
let closers: (() => unknown)[] = [];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "asked-"));
  landed = [];
  const [archivePath, fleetPath] = [join(folder, "archive.db"), join(folder, "fleet.db")];
  fleet = openFleet(fleetPath);
  ingest = await startIngest({ archivePath, fleetPath, host: "127.0.0.1", port: 0, version: "test" }, take);
  closers = [() => fleet.close(), ingest.close];
});
afterEach(async () => {
  for (const close of closers.reverse()) await close();
  rmSync(folder, { recursive: true });
});

function take(news: Landed): void {
  if (news.type === "readings") landed.push(news);
  if (news.type !== "events") return;
  for (const event of news.frames.flatMap(({ events }) => events))
    if (event.type === "request") fleet.heardRequest(news.rig, event);
}

function governorOf(settings: Partial<UplinkConfig>): Governor {
  const wall = Date.UTC(2026, 1, 18, 12) - performance.now();
  const now = () => ({ receivedAt: wall + performance.now(), mono: performance.now(), clock: "synchronised" as const });
  const calendar = calendarOf("UTC");
  const all = {
    budget: {},
    liveMs: 0,
    previewMs: 60_000,
    asked: { openBytes: 1e9, monthBytes: 1e9 },
    previewTags: [],
    windows: [],
    ...settings,
  };
  const spending = openSpending({ calendar, now, boot: "b", before: null });
  return openGovernor({ settings: all, tickMs: 1_000, calendar, spending, now });
}

/** A rig whose run before left `OWED` frames, a second apart from `start` on. */
async function rigThatOwes() {
  const path = join(folder, "journal.db");
  const enrolled = enrol(fleet, rig);
  const before = await openDayJournal(path, series);
  await before.write(0, OWED - 1);
  await before.journal.close();
  let link: Awaited<ReturnType<typeof connect>> | null = null;
  async function connect(governor: Governor | null) {
    const day = await openDayJournal(path, series);
    const opened = openRigLink(enrolled, day, path, fleet.cloudKey().publicKey, ingest.port ?? 0, governor);
    async function close() {
      await opened.close();
      await day.journal.close();
    }
    return { ...opened, day, close };
  }
  closers.push(async () => link?.close());
  return {
    old: before.record.epoch,
    /** Another run of the daemon on the same disk. */
    async run(governor: Governor | null) {
      await link?.close();
      link = await connect(governor);
      return link;
    },
  };
}

const asks = (wanted: Wanted, more: Partial<NewRequest> = {}) => {
  const made = fleet.askRig({ rig, wanted, maxBytes: 1e6, endsAt: Date.now() + 600_000, by: "eva", ...more });
  if (made === null) throw new Error("not taken");
  return made.request;
};
const span = (from: number, to: number): Wanted => ({
  ...{ what: "span", repair: false },
  ...{ start: start + from * 1_000, end: start + to * 1_000 },
});
const request = (id: string) => fleet.requests(rig, 50).find((each) => each.request === id);
const framesOf = (epoch: string) =>
  rangesOf(landed.filter((news) => news.epoch === epoch && !news.preview).flatMap(({ ranges }) => ranges));
const patience = { timeout: 60_000, interval: 100 };
const closedWindow = () => governorOf({ windows: [{ from: "00:00", to: "00:01" }] });

test("a rig holds what goes on request to its own bytes of a month, whatever a request names, and says so; and of all requests together", async () => {
  const owing = await rigThatOwes();
  const id = asks(span(0, 599));
  const windows = [{ from: "00:00", to: "00:01" }];
  await owing.run(governorOf({ windows, asked: { openBytes: 1.5e6, monthBytes: 1_000 } }));
  const why = "the rig has sent all that it sends on request this month";
  await vi.waitFor(() => expect(request(id)).toMatchObject({ state: "refused", why, bytes: 0 }), patience);
  await owing.run(governorOf({ windows, asked: { openBytes: 1.5e6, monthBytes: 1e9 } }));
  const tagsOf = (one: string): Wanted => ({ what: "tags", tags: [one] });
  const [first, second] = [asks(tagsOf(tags[0]?.id ?? "")), asks(tagsOf(tags[1]?.id ?? ""))];
  const tooMuch = "the rig is asked for more bytes at once than it allows";
  await vi.waitFor(() => expect(request(second)).toMatchObject({ state: "refused", why: tooMuch }), patience);
  expect(request(first)).toMatchObject({ state: "taken" });
}, 120_000);

test("a span that was asked for while the rig was away comes once it is back, though its link window is closed; all else waits", async () => {
  const owing = await rigThatOwes();
  const id = asks(span(200, 299));
  await owing.run(closedWindow());
  await vi.waitFor(() => expect(request(id)).toMatchObject({ state: "done", why: null, frames: 100 }), patience);
  expect(framesOf(owing.old)).toEqual([{ first: 201, last: 300 }]);
  const { toldAt, bytes } = request(id) ?? {};
  expect(toldAt).not.toBeNull();
  expect(bytes).toBeGreaterThan(500);
}, 120_000);

test("asked while the rig is connected it comes at once; what is withdrawn and what the rig has not is ended; a new run is told again", async () => {
  const owing = await rigThatOwes();
  const link = await owing.run(closedWindow());
  await vi.waitFor(() => expect(link.receipts()).toBeGreaterThan(0), patience);
  const first = asks(span(10, 19));
  await vi.waitFor(() => expect(request(first)).toMatchObject({ state: "done", frames: 10 }), patience);
  const none = asks(span(-900, -800));
  await vi.waitFor(
    () => expect(request(none)).toMatchObject({ state: "refused", why: "the rig has nothing of it" }),
    patience,
  );
  // So few bytes that no batch fits: nothing of it goes.
  const dear = asks(span(100, 199), { maxBytes: 10 });
  await vi.waitFor(
    () => expect(request(dear)).toMatchObject({ state: "refused", why: "its bytes are used up" }),
    patience,
  );
  const tag = asks({ what: "tags", tags: [tags[0]?.id ?? ""] });
  await vi.waitFor(() => expect(link.link.state().asked.map((each) => each.request.request)).toEqual([tag]), patience);
  expect(fleet.withdrawRequest(rig, tag)).toBe(true);
  await vi.waitFor(() => expect(link.link.state().asked).toEqual([]), patience);
  expect(request(tag)?.state).toBe("withdrawn");
  const last = asks(span(300, 309));
  await owing.run(closedWindow());
  await vi.waitFor(() => expect(request(last)).toMatchObject({ state: "done" }), patience);
  expect(framesOf(owing.old)).toEqual([
    { first: 11, last: 20 },
    { first: 301, last: 310 },
  ]);
}, 180_000);

test("through the whole office: asked over its API, the span is here and the request is done, and coverage says what is left", async () => {
  const office = mkdtempSync(join(tmpdir(), "asked-office-"));
  const environment = readEnvironment({
    ...{ IDRILL_DATA: office, CLOUD_PORT: "0", MQTT_PORT: "0", IDRILL_ADMIN_PASSWORD: "Correct-horse-7-battery" },
  });
  const running = await startOffice(environment, openLog("cloud", "silent"));
  const registry = openFleet(join(office, "cloud", "fleet.db"));
  const path = join(folder, "journal.db");
  const before = await openDayJournal(path, series);
  await before.write(0, OWED - 1);
  await before.journal.close();
  const day = await openDayJournal(path, series);
  const port = running.ports.mqtt ?? 0;
  const link = openRigLink(enrol(registry, rig), day, path, registry.cloudKey().publicKey, port, closedWindow());
  try {
    const api = `http://127.0.0.1:${running.ports.cloud}/api/v1`;
    const login = { username: "admin", password: "Correct-horse-7-battery" };
    const json = { "content-type": "application/json" };
    const signedIn = await fetch(`${api}/auth/login`, { method: "POST", headers: json, body: JSON.stringify(login) });
    const { access_token } = Session.parse(await signedIn.json());
    const headers = { ...json, authorization: `Bearer ${access_token}` };
    const iso = (second: number) => new Date(start + second * 1_000).toISOString();
    const body = JSON.stringify({ what: "span", start: iso(100), end: iso(149) });
    const asked = await fetch(`${api}/rigs/${rig}/requests`, { method: "POST", headers, body });
    expect(asked.status).toBe(200);
    await vi.waitFor(async () => {
      const answer = await fetch(`${api}/rigs/${rig}/requests`, { headers });
      const { data } = RequestsAnswer.parse(await answer.json());
      expect(data[0]).toMatchObject({ state: "done", frames: 50, askedBy: "admin" });
    }, patience);
    const covered = await fetch(`${api}/rigs/${rig}/coverage?start=${iso(0)}&end=${iso(OWED)}`, { headers });
    const { data } = CoverageAnswer.parse(await covered.json());
    expect(data.streams[0]).toMatchObject({ stream: "telemetry", underWay: OWED - 50, arrivesAt: null });
    const events = await fetch(`${api}/rigs/${rig}/events?type=request`, { headers });
    expect(EventsAnswer.parse(await events.json()).data.map(({ event }) => event)).toMatchObject([
      { type: "request", state: "done" },
      { type: "request", state: "taken" },
    ]);
  } finally {
    await link.close();
    await day.journal.close();
    registry.close();
    await running.stop();
    rmSync(office, { recursive: true });
  }
}, 120_000);

test("tags that are asked for come with every tick while the budget lets only previews go; they are shown and not held", async () => {
  const owing = await rigThatOwes();
  // Spent with the first bytes.
  const link = await owing.run(governorOf({ budget: { hour: 1_000 } }));
  await vi.waitFor(() => expect(link.link.state().verdict.previewsFor).toBe("hour"), patience);
  const wanted = tags[1]?.id ?? "";
  asks({ what: "tags", tags: [wanted] });
  await vi.waitFor(() => expect(link.link.state().asked).toHaveLength(1), patience);
  const shown = () => landed.filter(({ preview, readings }) => preview && readings.length === 1);
  let row = 10_000;
  await vi.waitFor(
    async () => {
      await link.day.tick(row++);
      expect(shown().length).toBeGreaterThan(5);
    },
    { timeout: 60_000, interval: 300 },
  );
  const running = link.day.record.epoch;
  for (const news of shown()) {
    expect(news).toMatchObject({ epoch: running, current: true, ranges: [] });
    expect([...news.readings.tag.subarray(0, 1)]).toEqual([1]);
  }
  const seqs = shown().map(({ firstSeq }) => firstSeq);
  expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
  expect(link.link.state().owed.live).toBeGreaterThan(0);
}, 120_000);

test("frames of a span are found to the frame among rows and in what is packed, of several runs", async () => {
  const path = join(folder, "journal.db");
  const packed = await openDayJournal(path, series, 50);
  const days: DayJournal[] = [packed];
  await packed.write(0, 99);
  await packed.free();
  const history = openHistory({ path, rig, pem: newSigningKey().pem });
  closers.push(async () => {
    await history.close();
    for (const day of days) await day.journal.close();
  });
  const between = (from: number, to: number) => history.closedBetween(start + from * 1_000, start + to * 1_000);
  const first = packed.record.epoch;
  expect(await between(10, 19)).toEqual([{ epoch: first, first: 11, last: 20 }]);
  await packed.write(200, 299);
  expect(await between(90, 209)).toEqual([{ epoch: first, first: 91, last: 110 }]);
  expect(await between(100, 199)).toEqual([]);
  await packed.journal.close();
  days.pop();
  const next = await openDayJournal(path, series);
  days.push(next);
  await next.write(300, 309);
  expect(await between(298, 301)).toEqual([
    { epoch: first, first: 199, last: 200 },
    { epoch: next.record.epoch, first: 1, last: 2 },
  ]);
}, 120_000);
