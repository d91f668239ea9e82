import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sealSql } from "../../cloud/archive/schema.ts";
import { openSqliteArchive } from "../../cloud/archive/sqlite.ts";
import { floatOfTick } from "../../cloud/verify/ticks.ts";
import { type Report, verify } from "../../cloud/verify/verify.ts";
import { teachNoteSeals } from "../../edge/journal/note-seals.ts";
import { sealOf } from "../../edge/journal/seal.ts";
import type { GapEvent } from "../../shared/domain/event.ts";
import { Block, GOOD, realBits } from "../../shared/domain/reading.ts";
import { teachSeals } from "../../shared/node/seal.ts";
import { packJournal, writeJournal } from "../support/hand-journal.ts";
import { type Fill, handRig, START, tagOf } from "../support/hand-rig.ts";
import { officeOf } from "../support/office.ts";
import { canCutPower, runUntilPowerCut } from "../support/power-cut.ts";

/** The oracle, and its negative controls: one that never failed proves nothing. */

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "verify-"));
  for (const part of ["edge", "cloud"]) mkdirSync(join(folder, part));
});
afterEach(() => rmSync(folder, { recursive: true }));

const FRAMES = 60;
const tags = [
  tagOf("rig.tick", { type: "scaled", bits: 32, signed: false, scale: 1, offset: 0 }),
  tagOf("rig.tick_proof", { type: "real", scale: 1, offset: 0 }),
  tagOf("mud_pressure"),
];
const tickOf = (seq: number) => 4_000_000_000 + seq;
const fill: Fill = (readings, seq, at) => {
  readings.push(0, at, tickOf(seq), GOOD, 0);
  readings.pushBits(1, at, realBits(floatOfTick(tickOf(seq))), 0, GOOD, 0);
  readings.push(2, at, seq * 3, GOOD, 0);
};
const files = () => ({
  ledger: join(folder, "ledger.jsonl"),
  edge: join(folder, "edge", "journal.db"),
  cloud: join(folder, "cloud", "archive.db"),
});

/** What a rig served, an edge journalled and the cloud stored, all of it whole; the tests then break one thing each. */
async function scene(
  options: {
    made?: number;
    freed?: number;
    served?: number;
    compacted?: boolean;
    syncedUpTo?: number;
    more?: Fill;
    /** Told after the run's first events. */
    gap?: Omit<GapEvent, "type" | "stream" | "frames"> & { firstSeq: number; lastSeq: number };
  } = {},
) {
  const { ledger, edge, cloud } = files();
  const archive = openSqliteArchive(cloud);
  const office = officeOf(archive);
  const rig = handRig("rig-a", office.keys.enrol("rig-a"), tags, { fill });
  const foundation = rig.foundation();
  await office.greet(rig, 0, 0);
  await office.take(rig.events(foundation));
  for (let first = 1; first <= FRAMES; first += 10) {
    await office.take(rig.telemetry(first, first + 9));
    if (options.syncedUpTo === first + 9) checkpoint(cloud);
  }
  const gaps = options.gap === undefined ? [] : [gapOf(rig, options.gap)];
  if (gaps.length > 0) await office.take(rig.events(gaps));
  if (options.more !== undefined) {
    const again = handRig("rig-a", rig.key, tags, { epoch: rig.epoch, fill: options.more });
    again.under(office.answers.at(-1)?.answer ?? "");
    await office.take(again.telemetry(FRAMES + 1, FRAMES + 1));
  }
  if (options.compacted !== false) await archive.compact(10_000);
  await office.ingest.close();
  if (options.syncedUpTo !== undefined) copyFileSync(cloud, `${cloud}.synced`);
  await archive.close();
  if (options.syncedUpTo !== undefined) renameSync(`${cloud}.synced`, cloud);
  const { made = FRAMES, freed = FRAMES, served = FRAMES } = options;
  writeJournal(edge, rig, made, freed, [foundation, ...(gaps.length > 0 ? [gaps] : [])]);
  const lines = Array.from({ length: served }, (_, i) =>
    JSON.stringify({
      k: "served",
      at: START + i * 1_000,
      tick: tickOf(i + 1),
      unit: 1,
      table: "holding",
      address: 0,
      registers: 4,
    }),
  );
  writeFileSync(ledger, `${JSON.stringify({ k: "begin", at: START })}\n${lines.join("\n")}\n{"k":"tor`);
  return rig;
}

function gapOf(
  { epoch }: { epoch: string },
  gap: { firstSeq: number; lastSeq: number } & Omit<GapEvent, "type" | "stream" | "frames">,
): GapEvent {
  const { firstSeq, lastSeq, ...told } = gap;
  return { type: "gap", stream: "telemetry", frames: { epoch, firstSeq, lastSeq }, ...told };
}

function checkpoint(file: string): void {
  const db = new Database(file);
  db.pragma("wal_checkpoint(TRUNCATE)");
  db.close();
}

function change(file: string, sql: string): void {
  const db = new Database(file);
  teachSeals(db);
  teachNoteSeals(db);
  const { changes } = db.prepare(sql).run();
  db.close();
  if (changes === 0) throw new Error(`nothing was changed by: ${sql}`);
}

/** The only run of one journal becomes the second of another. */
function moveRun(from: string, to: string): void {
  const db = new Database(to);
  const move = 2 * 2 ** 32;
  teachNoteSeals(db);
  db.prepare("attach ? as other").run(from);
  db.prepare("insert into epoch (no, id, record, told) select 2, id, record, told from other.epoch").run();
  db.function("seal", { varargs: true }, (...columns: number[]) => sealOf(columns));
  db.prepare(
    "insert into frame select key + @move, at, count, a, b, body, seal(key + @move, at, count, a, b) from other.frame",
  ).run({ move });
  db.prepare("insert into freed (first, last) select first + ?, last + ? from other.freed").run(move, move);
  db.prepare("insert into dictionary_from (key, hash) select key + ?, hash from other.dictionary_from").run(move);
  db.close();
}

const problems = (report: Report) => report.problems.join("\n");

test("what is whole balances, compacted or not", async () => {
  await scene();
  const report = verify(files());
  expect(report.problems).toEqual([]);
  expect(report.ticks).toMatchObject({
    served: FRAMES,
    stored: FRAMES,
    doubled: 0,
    foreign: 0,
    false: 0,
    unexplained: 0,
  });
  const telemetry = report.streams.find((one) => one.stream === "telemetry");
  expect(telemetry).toMatchObject({ made: FRAMES, stored: FRAMES, both: FRAMES, missing: 0 });
  expect(telemetry?.edgeDigest).toBe(telemetry?.cloudDigest);
});

test("the same, before anything was compacted", async () => {
  await scene({ compacted: false });
  expect(verify(files()).problems).toEqual([]);
});

test("what the journal has packed is held against the cloud frame by frame, and a run with nothing else is no dead time", async () => {
  await scene();
  const before = verify(files());
  packJournal(files().edge);
  const report = verify(files());
  expect(report.problems).toEqual([]);
  expect(report.ticks).toMatchObject({ served: FRAMES, stored: FRAMES, whileDead: 0 });
  const telemetry = (one: Report) => one.streams.find(({ stream, made }) => stream === "telemetry" && made > 0);
  expect(telemetry(report)).toEqual(telemetry(before));
  expect(telemetry(report)).toMatchObject({ made: FRAMES, both: FRAMES, missing: 0, owed: 0 });
  const lost = `${JSON.stringify({ k: "served", at: START + 20_000, tick: 78 })}\n`;
  writeFileSync(files().ledger, lost + readFileSync(files().ledger, "utf8"));
  expect(problems(verify(files()))).toContain("1 ticks were served and are not stored");
});

/** Frames 21 to 40 come thinned; `says` is what is left of them. */
async function thinnedScene(says: Fill, compacted: boolean) {
  const { ledger, edge, cloud } = files();
  const archive = openSqliteArchive(cloud);
  const office = officeOf(archive);
  const rig = handRig("rig-a", office.keys.enrol("rig-a"), tags, { fill: steady });
  const foundation = rig.foundation();
  await office.greet(rig, 0, 0);
  await office.take(rig.events(foundation), rig.telemetry(1, 20));
  const frames = Array.from({ length: 20 }, (_, i) => {
    const whole = rig.telemetryFrame(21 + i);
    const readings = new Block(tags.length);
    says(readings, 21 + i, whole.receivedAt);
    return { ...whole, readings, thinned: 0.005 };
  });
  const fields = { lane: "backfill", firstSeq: 21, thinned: 0.005 } as const;
  await office.take(rig.batch(fields, { stream: "telemetry", frames, representations: rig.representations }));
  await office.take(rig.telemetry(41, FRAMES));
  if (compacted) await archive.compact(10_000);
  await office.ingest.close();
  await archive.close();
  writeJournal(edge, rig, FRAMES, FRAMES, [foundation]);
  const line = (i: number) => JSON.stringify({ k: "served", at: START + i * 1_000, tick: 1_000 + Math.floor(i / 2) });
  writeFileSync(ledger, Array.from({ length: FRAMES }, (_, i) => `${line(i)}\n`).join(""));
}
/** A counter that counts every other second. */
const steady: Fill = (readings, seq, at) => {
  readings.push(0, at, 1_000 + Math.floor((seq - 1) / 2), GOOD, 0);
  readings.push(2, at, 5, GOOD, 0);
};

test.each([false, true])(
  "thinned frames are counted as such and balance, and their ticks with them (compacted: %s)",
  async (compacted) => {
    await thinnedScene((readings, seq, at) => {
      if (seq % 2 === 1) readings.push(0, at, 1_000 + Math.floor((seq - 1) / 2), GOOD, 0);
    }, compacted);
    const report = verify(files());
    expect(report.problems).toEqual([]);
    expect(report.streams.find(({ stream }) => stream === "telemetry")).toMatchObject({
      stored: FRAMES,
      thinned: 20,
      both: 40,
    });
    expect(report.ticks).toMatchObject({ thinned: 10, unexplained: 0 });
  },
);

test("a change that was left out of a thinned frame is found: it lies beyond the bound", async () => {
  await thinnedScene((readings, seq, at) => {
    if (seq === 21 || seq === 40) readings.push(0, at, 1_000 + Math.floor((seq - 1) / 2), GOOD, 0);
  }, true);
  const report = verify(files());
  expect(report.ticks?.unexplained).toBeGreaterThan(0);
  expect(report.balanced).toBe(false);
});

test("a thinned frame that carries another checksum than its original's is found", async () => {
  await thinnedScene(steady, false);
  change(files().edge, `delete from frame where key = ${2 * 2 ** 32 + 30}`);
  change(
    files().edge,
    `insert into frame select key + 1, at, count, a, b, body, seal from frame where key = ${2 * 2 ** 32 + 29}`,
  );
  expect(problems(verify(files()))).toContain("another checksum than the edge has: 30");
});

test("a packed frame that differs from the cloud's is found", async () => {
  await scene();
  packJournal(files().edge);
  change(files().cloud, "delete from segment where key = (select max(key) from segment)");
  expect(problems(verify(files()))).toContain("telemetry: another content than the edge has: 1-60");
});

test("the time between two runs is dead, also where all of both is packed or deleted on the edge", async () => {
  const first = await scene();
  const { edge } = files();
  const second = handRig("rig-a", first.key, tags, { fill, startedAt: START + 200_000 });
  const other = join(folder, "other.db");
  writeJournal(other, second, FRAMES, FRAMES, [second.foundation()]);
  moveRun(other, edge);
  const seconds = () => verify(files()).deadSeconds;
  const apart = seconds();
  expect(apart).toBeCloseTo(200 - FRAMES + 1);
  packJournal(edge);
  expect(seconds()).toBe(apart);
  change(edge, "delete from span where first < 3 * 4294967296");
  expect(seconds()).toBe(apart);
});

test.each([
  ["a waiting batch", false, "delete from tail where first = 21", "telemetry: held as stored and not there: 21-30"],
  [
    "a segment",
    true,
    "delete from segment where key = (select max(key) from segment)",
    "telemetry: another content than the edge has: 1-60",
  ],
  ["a span", true, "delete from span", "telemetry: held as stored and not there: 1-60"],
  ["an events frame", true, "delete from event_frame", "events: held as stored and not there: 1"],
])("a deleted row is found: %s", async (_what, compacted, sql, told) => {
  await scene({ compacted });
  change(files().cloud, sql);
  const report = verify(files());
  expect(report.balanced).toBe(false);
  expect(problems(report)).toContain(told);
});

test("a repeated frame under a new name is found by its tick, although everything else agrees", async () => {
  await scene({ made: FRAMES + 1, more: (readings, _seq, at) => fill(readings, FRAMES, at) });
  const { ledger } = files();
  const open = verify(files());
  expect(open.ticks).toMatchObject({ newer: 1, doubled: 0 });
  writeFileSync(
    ledger,
    readFileSync(ledger, "utf8").replace('{"k":"tor', JSON.stringify({ k: "end", at: START + FRAMES * 1_000 })),
  );
  expect(problems(verify(files()))).toContain("1 readings show a tick more often than it was served");
});

test("a receipt that was sent before the commit is found: the edge freed what the cloud lacks", async () => {
  await scene({ made: FRAMES + 10, freed: FRAMES + 10, served: FRAMES + 10 });
  const report = problems(verify(files()));
  expect(report).toContain(`freed by the edge and not stored: ${FRAMES + 1}-${FRAMES + 10}`);
  expect(report).toContain("made and neither held nor owed");
});

test("the cloud's missing tail after a power cut under synchronous=NORMAL is found", async () => {
  // Under NORMAL nothing is synced between two checkpoints: a power cut may leave the file as the last one left it, and nothing of its WAL.
  await scene({ compacted: false, syncedUpTo: 40 });
  expect(problems(verify(files()))).toContain("freed by the edge and not stored: 41-60");
});

if (!canCutPower) console.warn("skipped: no strace on this machine (apt-get install strace)");
test.skipIf(!canCutPower)(
  "a power cut costs a cloud nothing that it receipted, unless its disk only had synchronous=NORMAL",
  () => {
    const { edge, cloud } = files();
    for (const mode of ["FULL", "NORMAL"]) {
      for (const part of ["edge", "cloud"]) {
        rmSync(join(folder, part), { recursive: true });
        mkdirSync(join(folder, part));
      }
      runUntilPowerCut(["test/support/power-cut-office.ts", folder, mode], join(folder, mode), cloud);
      const { balanced, problems: found } = verify({ edge, cloud });
      if (mode === "FULL") expect(found).toEqual([]);
      else expect(found.join("\n")).toContain("telemetry: freed by the edge and not stored: 1-60");
      expect(balanced).toBe(mode === "FULL");
    }
  },
);

test("the edge's missing tail after a power cut under synchronous=NORMAL is found", async () => {
  await scene({ made: 50, freed: 50 });
  expect(problems(verify(files()))).toContain("held and never given by the edge: 51-60");
});

test("frames that the edge still has and the cloud has not are owed, not missing", async () => {
  await scene({ made: FRAMES + 5, served: FRAMES + 5 });
  const report = verify(files());
  expect(report.problems).toEqual([]);
  expect(report.streams.find((one) => one.stream === "telemetry")).toMatchObject({
    made: 65,
    stored: 60,
    owed: 5,
    missing: 0,
  });
  expect(report.ticks).toMatchObject({ owed: 5, unexplained: 0 });
  const [telemetry, events] = report.complete;
  expect(telemetry).toMatchObject({ stream: "telemetry", underWay: 5 });
  expect(events).toMatchObject({ stream: "events", underWay: 0 });
  // Up to when the first of them closed; alone, the cloud has not heard of them.
  const alone = verify({ cloud: files().cloud }).complete[0];
  expect(alone?.underWay).toBe(0);
  expect(telemetry?.completeTo).toBeGreaterThan(alone?.completeTo ?? Number.POSITIVE_INFINITY);
});

test("a changed bit on either side is found", async () => {
  await scene({ compacted: false });
  change(
    files().edge,
    "update frame set body = (select body from frame where key % 4294967296 = 7) where key % 4294967296 = 8",
  );
  expect(problems(verify(files()))).toContain("another content than the edge has: 8");
});

test("a delivered frame that rots on the rig's disk is told, and what the cloud has of it still balances", async () => {
  await scene();
  change(files().edge, "update frame set body = zeroblob(length(body)) where key % 4294967296 = 7");
  const report = verify(files());
  expect(report.problems).toEqual([]);
  expect(report.streams.map(({ damaged }) => damaged)).toContain(1);
});

test("a damaged page of the rig's file costs what stood on it, and the rest is held against the cloud", async () => {
  await scene();
  const { edge } = files();
  checkpoint(edge);
  const db = new Database(edge, { readonly: true });
  const body = db.prepare<[], Buffer>("select body from frame where key % 4294967296 = 20").pluck().get();
  const pageBytes = Number(db.pragma("page_size", { simple: true }));
  db.close();
  const bytes = readFileSync(edge);
  const page = Math.floor(bytes.indexOf(body ?? "") / pageBytes);
  writeFileSync(edge, bytes.fill(0xff, page * pageBytes, page * pageBytes + 12));
  const report = verify(files());
  expect(report.problems).toEqual([]);
  const [telemetry] = report.streams.filter(({ stream }) => stream === "telemetry");
  expect(telemetry?.damaged).toBeGreaterThan(0);
  expect(telemetry?.both).toBe(FRAMES - (telemetry?.damaged ?? 0));
});

test("what is called lost without a gap that says why is found", async () => {
  await scene();
  change(files().cloud, `update held set state = 0, seal = ${sealSql("held", { state: "0" })} where stream = 0`);
  expect(problems(verify(files()))).toContain("lost without a gap that says why");
});

test("what is called lost and lies on a disk that was taken out is no contradiction", async () => {
  const rig = await scene({ served: FRAMES + 5 });
  const held = "1, 0, 61, 65, 0, 0, 0";
  change(files().cloud, `insert into held values (${held}, seal_of('held', ${held}))`);
  expect(problems(verify(files()))).toContain("lost without a gap that says why: 61-65");
  const disk = join(folder, "disk.db");
  writeJournal(disk, rig, FRAMES + 5, FRAMES, [rig.foundation()]);
  expect(verify({ ...files(), disks: [disk] }).problems.filter((one) => one.includes("lost"))).toEqual([]);
});

test("what a lost frame held was read since the close of the one before it", async () => {
  const at = START + FRAMES * 1_000;
  const lost = {
    firstSeq: FRAMES + 1,
    lastSeq: FRAMES + 1,
    from: at,
    to: at,
    count: 3,
    reason: "storage failed" as const,
  };
  await scene({ gap: lost });
  const key = 2 * 2 ** 32 + FRAMES + 1;
  change(files().edge, `insert into gone (first, last, a, b, evicted) values (${key}, ${key}, 0, 0, 0)`);
  const line = (when: number, tick: number) => `${JSON.stringify({ k: "served", at: when, tick })}\n`;
  const lines = Array.from({ length: FRAMES }, (_, i) => line(START + i * 1_000, tickOf(i + 1))).join("");
  writeFileSync(files().ledger, lines + line(at - 800, 78) + line(at + 5_000, 79));
  expect(verify(files()).ticks).toMatchObject({ unexplained: 0 });
});

test("a tick that was served while an edge ran and is not stored is found; one served before it started is not", async () => {
  await scene();
  const line = (at: number, tick: number) => `${JSON.stringify({ k: "served", at, tick })}\n`;
  const { ledger } = files();
  const lines = Array.from({ length: FRAMES }, (_, i) => line(START + i * 1_000, tickOf(i + 1))).join("");
  writeFileSync(ledger, line(START - 60_000, 77) + lines);
  expect(verify(files()).ticks).toMatchObject({ whileDead: 1, unexplained: 0 });
  writeFileSync(ledger, lines + line(START + 20_000, 78));
  expect(problems(verify(files()))).toContain("1 ticks were served and are not stored");
});

test("a value that does not fit its proof is found", async () => {
  await scene({
    made: FRAMES + 1,
    served: FRAMES + 1,
    more: (readings, seq, at) => {
      readings.push(0, at, tickOf(seq), GOOD, 0);
      readings.pushBits(1, at, realBits(1), 0, GOOD, 0);
    },
  });
  expect(problems(verify(files()))).toContain("1 readings do not fit their proof");
});

test("the command prints a table and one JSON line, and its exit code tells", async () => {
  await scene();
  const run = () =>
    spawnSync(process.execPath, ["cloud/verify/main.ts", "--ledger", files().ledger, "--data", folder], {
      encoding: "utf8",
    });
  const good = run();
  expect(good.stderr).toBe("");
  expect(good.status).toBe(0);
  expect(good.stdout).toContain("It balances.");
  expect(good.stdout).toMatch(/telemetry: complete to \d{4}-\d\d-\d\dT[\d:.]+Z, 0 frames under way/);
  expect(JSON.parse(good.stdout.trim().split("\n").at(-1) ?? "")).toMatchObject({ balanced: true, rig: "rig-a" });
  change(files().cloud, "delete from segment where key = (select max(key) from segment)");
  expect(run().status).toBe(1);
});
