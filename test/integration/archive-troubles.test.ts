import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, expect, test, vi } from "vitest";
import { openSqliteHistory } from "../../cloud/archive/sqlite-history.ts";
import { openIngest } from "../../cloud/ingest.ts";
import { keepLanding, type Landing } from "../../cloud/keeping.ts";
import type { Landed } from "../../cloud/landed.ts";
import { showing } from "../../cloud/showing.ts";
import { openLog } from "../../shared/node/log.ts";
import { type AnswerPage, decodeAnswer } from "../../shared/wire/answer.ts";
import { decodeBatchHeader } from "../../shared/wire/batch.ts";
import { decodeReceipt, type Receipt } from "../../shared/wire/receipt.ts";
import { parseDownTopic } from "../../shared/wire/topics.ts";
import { type HandRig, handRig, START, tagOf } from "../support/hand-rig.ts";
import { memoryRigKeys } from "../support/rig-keys.ts";
import { canMount, openSmallDisk } from "../support/small-disk.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const log = openLog("cloud", "silent");
const tags = [tagOf("mud_pressure")];
const mounts = canMount();
if (!mounts) console.warn("skipped: full and read-only disks (mounting takes root)");

function folderOf(): string {
  const folder = mkdtempSync(join(tmpdir(), "troubles-"));
  closing.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Landing before the archive of a folder, without a broker. */
async function begin(folder: string, keys = memoryRigKeys()) {
  const path = join(folder, "archive.db");
  const answers: AnswerPage[] = [];
  const receipts: Receipt[] = [];
  const landed: Landed[] = [];
  const landing = await keepLanding({
    path,
    settleMs: 0,
    barred: () => null,
    ingest: (archive) =>
      openIngest({
        ...{ archive, keys, log, version: "test", receiptMs: 0, landed: (what) => void landed.push(what) },
        async publish(topic, bytes) {
          if (parseDownTopic(topic)?.topic === "hello") answers.push(decodeAnswer(bytes));
          else receipts.push(decodeReceipt(bytes));
        },
      }),
    show: showing(path, keys, (what) => landed.push(what), log),
    told: () => {},
    log,
  });
  closing.push(() => landing.close());
  return { path, keys, landing, answers, receipts, landed };
}
type Office = Awaited<ReturnType<typeof begin>>;

const open = (landing: Landing) => vi.waitFor(() => expect(landing.state().problem).toBeNull(), 30_000);

async function take({ landing }: Office, batch: Uint8Array): Promise<void> {
  const { rig, lane } = decodeBatchHeader(batch).header;
  await landing.receive({ topic: `rig/${rig}/${lane}`, payload: batch });
}

/** Says hello for a run with these frames; gives what the answer says is stored of its telemetry. */
async function greet(office: Office, rig: HandRig, telemetry: number, events: number): Promise<[number, number][]> {
  const before = office.answers.length;
  const ranges = (last: number) => (last === 0 ? [] : [{ first: 1, last }]);
  const payload = rig.hello({ telemetry, events }, { telemetry: ranges(telemetry), events: ranges(events) });
  await office.landing.receive({ topic: `rig/${rig.rig}/hello`, payload });
  await vi.waitFor(() => expect(office.answers.length).toBeGreaterThan(before), 10_000);
  const answer = office.answers.at(-1);
  rig.under(answer?.answer ?? "");
  const said = answer?.statements.find(({ stream }) => stream === "telemetry")?.ranges ?? [];
  return said.filter(({ state }) => state === "stored").map(({ first, last }) => [first, last]);
}

/** A rig of which 100 frames are stored. */
async function stored(office: Office): Promise<HandRig> {
  const rig = handRig("rig-a", office.keys.enrol("rig-a"), tags);
  await greet(office, rig, 0, 0);
  await take(office, rig.events(rig.foundation()));
  for (let first = 1; first <= 100; first += 20) await take(office, rig.telemetry(first, first + 19));
  await watermark(office, 100);
  return rig;
}

const watermark = ({ receipts }: Office, seq: number) =>
  vi.waitFor(() => {
    const said = receipts.flatMap(({ statements }) => statements).findLast(({ stream }) => stream === "telemetry");
    expect(said?.watermark).toBe(seq);
  }, 20_000);

async function countOf(path: string): Promise<number> {
  const history = openSqliteHistory(path);
  const { series } = await history.readings("rig-a", [tags[0]?.id ?? ""], START, START + 3_600_000, { limit: 10_000 });
  history.close();
  return series.reduce((sum, { readings }) => sum + readings.length, 0);
}

test.each([
  ["is no database", (path: string) => writeFileSync(path, "this was an archive once".repeat(1_000))],
  ["has lost its first bytes", (path: string) => overwrite(path, 0, 100)],
  ["has lost its second half", (path: string) => truncateSync(path, Math.floor(statSync(path).size / 2))],
  ["has lost a page that all hangs on", (path: string) => overwrite(path, 1_024, 8_192)],
])("an archive that %s is kept aside, the cloud lands on, and the rig makes it whole again", async (_what, spoil) => {
  const folder = folderOf();
  const first = await begin(folder);
  const rig = await stored(first);
  const { incarnation } = first.landing.state();
  await first.landing.close();
  spoil(first.path);
  const office = await begin(folder, first.keys);
  await open(office.landing);
  expect(office.landing.state().incarnation).not.toBe(incarnation);
  expect(readdirSync(folder).filter((name) => name.includes(".damaged-"))).not.toEqual([]);
  expect(office.landing.state().setAside).toHaveLength(1);
  await greet(office, rig, 100, 1);
  // The rig owes again what the answer does not hold.
  await take(
    office,
    rig.batch({ lane: "events", firstSeq: 1 }, { stream: "events", frames: [rig.eventsFrame(rig.foundation())] }),
  );
  for (let from = 1; from <= 100; from += 20) await take(office, rig.telemetry(from, from + 19, "backfill"));
  await watermark(office, 100);
  expect(await countOf(office.path)).toBe(100);
});

test("one flipped bit in a waiting batch takes out that batch, asks for its frames again and stops nothing", async () => {
  const folder = folderOf();
  const first = await begin(folder);
  const rig = await stored(first);
  await first.landing.close();
  const db = new Database(first.path);
  const waits = db.prepare("select count(*) from tail").pluck().get();
  db.exec(
    Number(waits) > 0
      ? "update tail set batch = cast(substr(batch, 1, 200) || x'5a' || substr(batch, 202) as blob) where no = (select max(no) from tail)"
      : "update segment set body = cast(substr(body, 1, 20) || x'5a' || substr(body, 22) as blob)",
  );
  db.close();
  const office = await begin(folder, first.keys);
  await vi.waitFor(() => expect(office.landing.state().askedAgain).toBeGreaterThan(0), 20_000);
  await open(office.landing);
  const still = await greet(office, rig, 100, 1);
  expect(still).not.toEqual([[1, 100]]);
  for (let from = 1; from <= 100; from += 20) await take(office, rig.telemetry(from, from + 19, "backfill"));
  await watermark(office, 100);
  expect(await countOf(office.path)).toBe(100);
  expect(office.landing.state().setAside).toEqual([]);
});

test.skipIf(!mounts)(
  "while the disk is full nothing is receipted and live is shown; with space it goes on by itself",
  async () => {
    const disk = openSmallDisk(24);
    closing.push(() => disk.close());
    const office = await begin(disk.path);
    const rig = await stored(office);
    disk.fill();
    const before = office.receipts.length;
    let seq = 101;
    await vi.waitFor(async () => {
      await take(office, rig.telemetry(seq, seq));
      seq++;
      expect(office.landing.state().problem).toMatch(/full|disk/i);
    }, 30_000);
    const stopped = office.receipts.length;
    const shown = office.landed.length;
    await take(office, rig.telemetry(seq, seq));
    expect(office.receipts.length).toBe(stopped);
    expect(office.landed.length).toBe(shown + 1);
    expect(office.landed.at(-1)).toMatchObject({ preview: true, current: true });
    expect(await countOf(office.path)).toBeGreaterThanOrEqual(100);
    disk.free();
    await open(office.landing);
    await greet(office, rig, seq, 1);
    for (let from = 1; from <= seq; from += 20)
      await take(office, rig.telemetry(from, Math.min(seq, from + 19), "backfill"));
    await watermark(office, seq);
    expect(await countOf(office.path)).toBe(seq);
    expect(before).toBeLessThanOrEqual(stopped);
  },
  60_000,
);

test.skipIf(!mounts)(
  "a disk that is read-only at the start is waited for; once it takes writes, what is sent lands",
  async () => {
    const disk = openSmallDisk(24);
    closing.push(() => disk.close());
    const first = await begin(disk.path);
    const rig = await stored(first);
    await first.landing.close();
    disk.readOnly(true);
    const office = await begin(disk.path, first.keys);
    expect(office.landing.state().problem).toMatch(/readonly|read-only|unable to open/i);
    await take(office, rig.telemetry(101, 120));
    expect(office.receipts).toEqual([]);
    disk.readOnly(false);
    await open(office.landing);
    expect(await greet(office, rig, 120, 1)).toEqual([[1, 100]]);
    await take(office, rig.telemetry(101, 120));
    await watermark(office, 120);
  },
  60_000,
);

function overwrite(path: string, from: number, length: number): void {
  const db = new Database(path);
  db.pragma("wal_checkpoint(truncate)");
  db.close();
  const bytes = readFileSync(path);
  bytes.fill(0xa5, from, from + length);
  writeFileSync(path, bytes);
}
