import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openContents } from "../../cloud/archive/contents.ts";
import { salvage } from "../../cloud/archive/salvage.ts";
import { openSqliteArchive } from "../../cloud/archive/sqlite.ts";
import { openSqliteHistory } from "../../cloud/archive/sqlite-history.ts";
import { handRig, START, tagOf } from "../support/hand-rig.ts";
import { officeOf } from "../support/office.ts";
import { memoryRigKeys } from "../support/rig-keys.ts";

/** A frame's name is stored once, whatever rotted: what is held, history and what `verify` reads agree. */

const HOUR = 3_600_000;
const LAST = 100;
const tag = tagOf("mud_pressure");
const other = tagOf("hook_load");
let folder: string;
let path: string;
let keys: ReturnType<typeof memoryRigKeys>;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "once-"));
  path = join(folder, "archive.db");
  keys = memoryRigKeys();
});
afterEach(() => rmSync(folder, { recursive: true }));

async function begin(options: Parameters<typeof handRig>[3] = {}) {
  const archive = openSqliteArchive(path);
  const office = officeOf(archive, keys);
  const rig = handRig("rig-a", keys.enrol("rig-a"), [tag, other], options);
  await office.greet(rig, 0, 0);
  await office.take(rig.events(rig.foundation()));
  const close = async () => {
    await office.ingest.close();
    await archive.close();
  };
  return { archive, office, rig, close };
}

/** Frames 1 to 60 in segments, 61 to 100 in waiting batches. */
async function stored() {
  const { archive, office, rig, close } = await begin();
  await office.take(rig.telemetry(1, 60));
  await archive.compact(60_000);
  await office.take(rig.telemetry(61, 80), rig.telemetry(81, LAST));
  await close();
  return rig;
}

type Rig = Awaited<ReturnType<typeof stored>>;

/** The archive after a salvage, and what its answer says is stored. */
async function salvaged(rig: Rig) {
  await salvage(path);
  const archive = openSqliteArchive(path);
  const office = officeOf(archive, keys);
  const { statements } = await office.greet(rig, LAST, 1);
  const storedOf = (stream: string) =>
    statements
      .find((one) => one.stream === stream && one.epoch === rig.epoch)
      ?.ranges.filter(({ state }) => state === "stored")
      .map(({ first, last }) => [first, last]);
  const ofTelemetry = statements.find((one) => one.stream === "telemetry" && one.epoch === rig.epoch)?.ranges ?? [];
  const thinned = ofTelemetry.filter(({ state }) => state === "thinned");
  return { archive, office, telemetry: storedOf("telemetry"), events: storedOf("events"), thinned };
}

/** Times of the readings that history gives, and seqs of the frames that `verify` reads. */
async function read(id = tag.id) {
  const history = openSqliteHistory(path);
  const { series } = await history.readings("rig-a", [id], START - HOUR, START + 2 * HOUR, { limit: 10_000 });
  history.close();
  const times = series.flatMap(({ readings }) => Array.from(readings.at.subarray(0, readings.length)));
  const contents = openContents(path);
  const seqs = [...contents.telemetry("rig-a")].flatMap(({ frames }) => frames.flatMap((one) => one?.seq ?? []));
  contents.close();
  return { times, seqs: seqs.sort((x, y) => x - y) };
}

const all = Array.from({ length: LAST }, (_, i) => i + 1);
const timesOf = (seqs: readonly number[]) => seqs.map((seq) => START + (seq - 1) * 1_000);

function spoil(sql: string): void {
  const db = new Database(path);
  db.exec(sql);
  db.close();
}

test("where only the word of what is held is gone, all that is there whole is held again and is not asked for", async () => {
  const rig = await stored();
  spoil("delete from held");
  const { archive, office, telemetry, events } = await salvaged(rig);
  expect({ telemetry, events }).toEqual({ telemetry: [[1, LAST]], events: [[1, 1]] });
  // It comes all the same: it was under way.
  await office.take(rig.telemetry(41, 90, "backfill"));
  for (const compacted of [false, true]) {
    if (compacted) await archive.compact(60_000);
    expect(await read()).toEqual({ times: timesOf(all), seqs: all });
  }
  await office.ingest.close();
  await archive.close();
});

test("thinned frames are held again as what they are, whether they wait or are compacted", async () => {
  const { archive, office, rig, close } = await begin();
  const representations = ["scaled", "scaled"] as const;
  const thinned = (first: number, last: number) => {
    const frames = Array.from({ length: last - first + 1 }, (_, i) => ({
      ...rig.telemetryFrame(first + i),
      ...{ thinned: 1, checksum: { a: first + i, b: 7 } },
    }));
    const fields = { lane: "backfill", firstSeq: first, thinned: 1 } as const;
    return rig.batch(fields, { stream: "telemetry", frames, representations });
  };
  await office.take(thinned(1, 20));
  await archive.compact(60_000);
  await office.take(thinned(21, 30), rig.telemetry(31, 40, "backfill"));
  await close();
  spoil("delete from held");
  const after = await salvaged(rig);
  expect(after.telemetry).toEqual([[31, 40]]);
  const [first, ...more] = after.thinned;
  expect(more).toEqual([]);
  expect(first).toEqual({ first: 1, last: 30, state: "thinned", checksum: { a: (30 * 31) / 2, b: 30 * 7 } });
  await after.office.ingest.close();
  await after.archive.close();
});

test("frames that lost readings are not held again; they come again and are read once, before they are compacted too", async () => {
  const rig = await stored();
  spoil("delete from held; delete from segment; delete from tail where first = 81");
  const { archive, office, telemetry } = await salvaged(rig);
  expect(telemetry).toEqual([[61, 80]]);
  await office.take(rig.telemetry(1, 60, "backfill"), rig.telemetry(81, LAST, "backfill"));
  for (const compacted of [false, true]) {
    if (compacted) await archive.compact(60_000);
    const { times, seqs } = await read();
    expect({ times: times.sort((x, y) => x - y), seqs }).toEqual({ times: timesOf(all), seqs: all });
  }
  await office.ingest.close();
  await archive.close();
});

test("a span that lost a tag, and the rows that name its frames with it, counts as damaged and not as whole", async () => {
  const rig = await stored();
  spoil("delete from tag_version where no = 2; delete from frame_run");
  const { archive, office, telemetry } = await salvaged(rig);
  expect(telemetry).toEqual([[61, LAST]]);
  await office.take(rig.telemetry(1, 60, "backfill"));
  await archive.compact(60_000);
  for (const id of [tag.id, other.id]) expect(await read(id)).toEqual({ times: timesOf(all), seqs: all });
  await office.ingest.close();
  await archive.close();
});

test("a batch of which history remembers all, and of which a part was compacted, is read once", async () => {
  const { archive, office, rig, close } = await begin({ startedAt: START - 100_000 });
  // So many batches that the hour before is compacted at once, while the newest waits.
  for (let seq = 1; seq <= 95; seq++) await office.take(rig.telemetry(seq, seq));
  await office.take(rig.telemetry(96, 105));
  const history = openSqliteHistory(path);
  const count = async () => {
    const { series } = await history.readings("rig-a", [tag.id], START - HOUR, START + HOUR, { limit: 10_000 });
    return series.reduce((sum, { readings }) => sum + readings.length, 0);
  };
  expect(await count()).toBe(105);
  expect(await archive.compact(60_000, HOUR)).toBe(1);
  expect(await count()).toBe(105);
  history.close();
  await close();
});

test("an original that comes while its thinned frame still waits is read alone", async () => {
  const { archive, office, rig, close } = await begin();
  const representations = ["scaled", "scaled"] as const;
  const frames = Array.from({ length: 20 }, (_, i) => ({ ...rig.telemetryFrame(i + 1), thinned: 1 }));
  await office.take(rig.batch({ lane: "backfill", thinned: 1 }, { stream: "telemetry", frames, representations }));
  await office.take(rig.telemetry(1, 20, "backfill"));
  for (const compacted of [false, true]) {
    if (compacted) await archive.compact(60_000);
    const { times } = await read();
    expect(times).toEqual(timesOf(all.slice(0, 20)));
  }
  await close();
});
