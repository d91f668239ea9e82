import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { dictionaryOf } from "../../edge/dictionary.ts";
import type { Committed } from "../../edge/journal/frames.ts";
import { type History, openHistory } from "../../edge/journal/history.ts";
import { type Journal, openJournal } from "../../edge/journal/journal.ts";
import { takingOut } from "../../edge/journal/taking-out.ts";
import { startLinkWatch } from "../../edge/link-watch.ts";
import { lateUplink } from "../../edge/uplink/late.ts";
import { openOwedFacts } from "../../edge/uplink/owed-facts.ts";
import { Block, DATED, GOOD, realBits } from "../../shared/domain/reading.ts";
import type { TagVersion } from "../../shared/domain/tag.ts";
import { decompress } from "../../shared/node/compress.ts";
import { newId } from "../../shared/node/id.ts";
import { openLog } from "../../shared/node/log.ts";
import { newSigningKey, verifierOf } from "../../shared/node/signing.ts";
import { decodeBatchHeader, verifyBatch } from "../../shared/wire/batch.ts";
import { decodeBatch } from "../../shared/wire/batch-decode.ts";
import { addChecksums, noChecksum } from "../../shared/wire/checksum.ts";
import { encodeFrame } from "../../shared/wire/frame.ts";
import type { Checksum, ClockState } from "../../shared/wire/names.ts";
import type { SendOrder } from "../../shared/wire/sender-io.ts";

const key = newSigningKey();
const version = (id: string, kind: TagVersion["kind"]): TagVersion => ({
  id,
  name: `tag_${id.at(-1)}`,
  label: "A tag",
  unit: "psi",
  kind,
  limits: { onDelayS: 5, deadband: 0.02 },
  source: "pumps",
  validFrom: 0,
});
const versions = [
  version("000000000000000a", { type: "scaled", bits: 16, signed: true, scale: 0.5, offset: 100 }),
  version("000000000000000b", { type: "real", scale: 1, offset: 0 }),
];
const dictionary = dictionaryOf(versions, { defined: [], tags: [], dictionary: null });
const start = 1_700_000_000_000;
const epoch = newId();

let folder: string;
let journal: Journal;
let history: History;
let problems: string[];
const log = { error: (what: unknown) => void problems.push((what as { problem: string }).problem) };
beforeEach(async () => {
  problems = [];
  folder = mkdtempSync(join(tmpdir(), "history-"));
  const path = join(folder, "journal.db");
  const record = {
    epoch,
    boot: "00000000000000aa",
    software: "test",
    origin: "simulated" as const,
    startedAt: start,
    rigName: "Rig 1",
    well: null,
    timeZone: "UTC",
  };
  journal = await openJournal({ path, record, budgetBytes: 50_000_000, compactMs: 0, log });
  history = openHistory({ path, rig: "rig-1", pem: key.pem });
  for (const events of dictionary.untold) {
    await journal.append({ stream: "events", receivedAt: start, mono: 0, clock: "free-running", events });
  }
});
afterEach(async () => {
  await journal.close();
  await history.close();
  rmSync(folder, { recursive: true });
});

/** One frame a second: a register that counts, and a float that is missing in every tenth. */
async function store(frames: number, at = start, clock: ClockState = "free-running"): Promise<void> {
  const block = new Block();
  const appended: Promise<boolean>[] = [];
  for (let n = 0; n < frames; n++) {
    block.clear();
    const time = { receivedAt: at + n * 1_000, mono: n * 1_000, clock };
    block.push(0, time.receivedAt, n, GOOD, 0);
    if (n % 10 === 9) block.pushBad(1, time.receivedAt, 2);
    else block.pushBits(1, time.receivedAt, realBits(n / 3), 0, GOOD, 0);
    const body = encodeFrame(block, dictionary.list, { ...time, dictionary: dictionary.hash });
    const frame = { stream: "telemetry" as const, ...time, dictionary: dictionary.hash, count: block.length, body };
    appended.push(journal.append(frame));
  }
  await Promise.all(appended);
}

test("readings come back in engineering units, in order, bad ones with their reason and no number", async () => {
  await store(20);
  const [register, float, unknown] = await history.readings(
    ["000000000000000a", "000000000000000b", "000000000000000c"],
    start + 5_000,
    start + 14_000,
  );
  expect([...(register?.value ?? [])]).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14].map((n) => n * 0.5 + 100));
  expect(float?.value[0]).toBeCloseTo(5 / 3);
  expect([float?.value[4], float?.reason[4]]).toEqual([Number.NaN, 2]);
  expect(unknown?.at).toHaveLength(0);
});

/** The office's word: the clock that says 1970 since the boot stands wrong by all those years. */
const corrected = (mono: number) => ({
  type: "clock" as const,
  at: mono,
  mono,
  step: 0,
  state: "unknown" as const,
  correction: { at: start + mono, mono, uncertainty: 300, by: "office" as const },
});

test("a span is asked for by true time: frames dated afterwards are found there, packed or not, and undated ones nowhere", async () => {
  await store(3_700, 0, "unknown");
  const between = (from: number, to: number) => history.closedBetween(from, to);
  const first = (from: number, to: number) => [{ epoch, first: from, last: to }];
  expect(await between(0, 9_000)).toEqual([]);
  expect(await between(0, start)).toEqual([]);
  const time = { receivedAt: 3_700_000, mono: 3_700_000, clock: "unknown" as const };
  await journal.append({ stream: "events", ...time, events: [corrected(3_700_000)] });
  const check = async () => {
    expect(await between(start + 5_000, start + 14_000)).toEqual(first(6, 15));
    expect(await between(start - 1_000, start + 9_000_000)).toEqual(first(1, 3_700));
    expect(await between(0, 4_000_000)).toEqual([]);
  };
  await check();
  await deliver(1, 3_650);
  const db = new Database(join(folder, "journal.db"), { readonly: true });
  await vi.waitFor(() => expect(db.prepare("select count(*) from span").pluck().get()).toBeGreaterThan(0), 20_000);
  db.close();
  await check();
}, 60_000);

test("frames of a boot in 1970 have no time until the true one is told; then they stand in their place, before it and after it, packed or not", async () => {
  await store(3_700, 0, "unknown");
  const register = async (from: number) => (await history.readings(["000000000000000a"], from, from + 9_000))[0];
  expect([(await register(0))?.at, (await register(start))?.at].map((at) => at?.length)).toEqual([0, 0]);
  const time = { receivedAt: 3_700_000, mono: 3_700_000, clock: "unknown" as const };
  await journal.append({ stream: "events", ...time, events: [corrected(3_700_000)] });
  const check = async () => {
    const found = await register(start);
    expect([...(found?.at ?? [])]).toEqual(Array.from({ length: 10 }, (_, n) => start + n * 1_000));
    expect([...(found?.value ?? [])]).toEqual(Array.from({ length: 10 }, (_, n) => n * 0.5 + 100));
    expect(new Set(found?.status)).toEqual(new Set([GOOD | DATED]));
    expect((await register(0))?.at).toHaveLength(0);
    const [span] = await history.spans(start - 60_000, start + 60_000, 3_000);
    expect(span).toMatchObject({ from: start, to: start + 60_000 });
    expect(await history.closedAt(epoch, "telemetry", 3)).toBe(start + 2_000);
    expect(await history.oldestAt()).toBe(start);
    expect(await history.dated(start + 5_000, start + 60_000, 3_000)).toEqual([
      { from: start + 5_000, to: start + 60_000 },
    ]);
  };
  await check();
  // What goes up is what was stored, by the rig's own clock.
  const { bytes } = await history.encode(order({ first: 1, last: 10 }));
  if (bytes === null) throw new Error("no batch");
  const batch = decodeBatch(bytes, versions.length, decompress);
  expect([...batch.times.receivedAt]).toEqual(Array.from({ length: 10 }, (_, n) => n * 1_000));
  await deliver(1, 3_650);
  await check();
});

test("frames that close after the true time was told stand in their place at once", async () => {
  const time = { receivedAt: 0, mono: 0, clock: "unknown" as const };
  await journal.append({ stream: "events", ...time, events: [corrected(0)] });
  await store(10, 0, "unknown");
  const [found] = await history.readings(["000000000000000a"], start, start + 4_000);
  expect([...(found?.at ?? [])]).toEqual([0, 1, 2, 3, 4].map((n) => start + n * 1_000));
});

test("a surer word that is told late moves frames that closed behind its moment, rows and readings alike, and none before it", async () => {
  const time = { receivedAt: 0, mono: 0, clock: "unknown" as const };
  await journal.append({ stream: "events", ...time, events: [corrected(0)] });
  await store(10, 0, "unknown");
  const surer = { ...corrected(5_000).correction, at: start + 5_200, uncertainty: 10 };
  const later = { receivedAt: 9_500, mono: 9_500, clock: "unknown" as const };
  await journal.append({ stream: "events", ...later, events: [{ ...corrected(9_500), correction: surer }] });
  const expected = Array.from({ length: 10 }, (_, n) => start + n * 1_000 + (n < 5 ? 0 : 200));
  const [found] = await history.readings(["000000000000000a"], start, start + 20_000);
  expect([...(found?.at ?? [])]).toEqual(expected);
  const closed = expected.map((_, n) => history.closedAt(epoch, "telemetry", n + 1));
  expect(await Promise.all(closed)).toEqual(expected);
});

test("spans end where frames are missing, and where the cloud's word ends", async () => {
  await store(10);
  await store(5, start + 60_000);
  const frames = await history.spans(start, start + 100_000, 3_000);
  expect(frames).toEqual([
    { from: start, to: start + 9_000, held: false, thinned: false },
    { from: start + 60_000, to: start + 64_000, held: false, thinned: false },
  ]);
  expect(await history.oldestAt()).toBe(start);
  expect(await history.closedAt(epoch, "telemetry", 3)).toBe(start + 2_000);
  expect(await history.closedAt(epoch, "telemetry", 99)).toBeNull();
});

function order(change: Partial<SendOrder>): SendOrder {
  const named = { answer: newId(), running: epoch, lane: "backfill" as const, send: 1, epoch, maxBytes: 32_000 };
  return {
    ...named,
    stream: "telemetry",
    dictionary: dictionary.hash,
    way: 0,
    first: 1,
    last: 1,
    preview: false,
    ...change,
  };
}

test("a batch carries the ordered frames, signed by the rig's key, as many as fit", async () => {
  await store(300);
  const { bytes, count } = await history.encode(order({ first: 11, last: 300 }));
  if (bytes === null) throw new Error("no batch");
  expect(verifyBatch(bytes, verifierOf(key.publicKey))).toBe(true);
  const { header } = decodeBatchHeader(bytes);
  expect(header).toMatchObject({ rig: "rig-1", key: key.id, epoch, firstSeq: 11, count, lane: "backfill" });
  const batch = decodeBatch(bytes, versions.length, decompress);
  expect(batch.header.stream).toBe("telemetry");
  const small = await history.encode(order({ first: 1, last: 300, maxBytes: 400 }));
  expect(small.count).toBeGreaterThan(0);
  expect(small.count).toBeLessThan(300);
  expect(small.bytes?.length).toBeLessThanOrEqual(400);
});

test("a preview carries the chosen tags of its one frame, flagged and without a send number", async () => {
  await store(3);
  const chosen = versions.slice(1, 2).map(({ id }) => id);
  const some = openHistory({ path: join(folder, "journal.db"), rig: "rig-1", pem: key.pem, previewTags: chosen });
  for (const [asked, tagsShown] of [
    [history, [...versions.keys()]],
    [some, [1]],
  ] as const) {
    const { bytes, count } = await asked.encode(order({ lane: "live", send: 0, first: 3, last: 3, preview: true }));
    if (bytes === null) throw new Error("no batch");
    const batch = decodeBatch(bytes, versions.length, decompress);
    expect(batch.header).toMatchObject({ preview: true, send: 0, firstSeq: 3, count: 1 });
    expect(count).toBe(1);
    if (batch.stream !== "telemetry") throw new Error("not telemetry");
    expect([...batch.columns.tags]).toEqual(tagsShown);
  }
  await some.close();
});

test("frames that are not there make no batch; an empty batch needs none", async () => {
  expect(await history.encode(order({ first: 5, last: 9 }))).toEqual({ count: 0, bytes: null, broken: 5 });
  const empty = await history.encode(
    order({ epoch: "", stream: "events", dictionary: null, first: 0, last: 0, lane: "events" }),
  );
  expect(empty.count).toBe(0);
  expect(empty.bytes?.length).toBeGreaterThan(64);
});

/** Says that the cloud holds these frames, and waits until they are packed. */
async function deliver(first: number, last: number): Promise<void> {
  const db = new Database(join(folder, "journal.db"), { readonly: true });
  const base =
    db.prepare<[], number>("select min(key) - 1 from frame where (key / 4294967296) % 2 = 0").pluck().get() ?? 0;
  const rows = db
    .prepare<[number, number], Checksum>("select a, b from frame where key between ? and ?")
    .all(base + first, base + last);
  const packed = db.prepare<[], number>("select count(*) from span").pluck();
  const checksum = rows.reduce(addChecksums, noChecksum);
  const before = packed.get() ?? 0;
  const change = {
    type: "free" as const,
    undivided: false,
    epoch,
    stream: "telemetry" as const,
    ranges: [{ first, last }],
    checksum,
  };
  expect(await journal.settle([change])).toMatchObject([{ type: "freed" }]);
  await vi.waitFor(() => expect(packed.get()).toBeGreaterThan(before), 20_000);
  db.close();
}

test("delivered frames are packed, and history reads the same as before", async () => {
  await store(3_700);
  const tags = ["000000000000000a", "000000000000000b"];
  const before = await history.readings(tags, start, start + 4_000_000);
  const spans = await history.spans(start, start + 4_000_000, 3_000);
  await deliver(1, 3_650);
  expect(await history.readings(tags, start, start + 4_000_000)).toEqual(before);
  expect(spans).toEqual([{ from: start, to: start + 3_699_000, held: false, thinned: false }]);
  expect(await history.spans(start, start + 4_000_000, 3_000)).toEqual([
    { from: start, to: start + 3_649_000, held: true, thinned: false },
    { from: start + 3_650_000, to: start + 3_699_000, held: false, thinned: false },
  ]);
  expect(await history.oldestAt()).toBe(start);
});

test("packed frames that the cloud lacks again are frames again: owed, sent under their names, freed by the same sum", async () => {
  await store(3_610);
  const { bytes: original } = await history.encode(order({ first: 1, last: 40, answer: "00000000000000aa" }));
  await deliver(1, 3_605);
  const range = { epoch, stream: "telemetry" as const, ranges: [{ first: 1, last: 40 }] };
  const [unfreed] = (await journal.settle([{ type: "unfree", ...range }])) ?? [];
  expect(unfreed).toMatchObject({ type: "unfreed", runs: [{ first: 1, last: 40, dictionary: dictionary.hash }] });
  const { bytes: again } = await history.encode(order({ first: 1, last: 40, answer: "00000000000000aa" }));
  expect(again).toEqual(original);
}, 60_000);

test("seqs go on behind packed frames after a restart", async () => {
  await store(3_610);
  await deliver(1, 3_610);
  await journal.close();
  const path = join(folder, "journal.db");
  const record = { epoch: newId(), boot: "00000000000000aa", software: "test", origin: "simulated" as const };
  const next = { ...record, startedAt: start, rigName: "Rig 1", well: null, timeZone: "UTC" };
  journal = await openJournal({ path, record: next, budgetBytes: 50_000_000 });
  const { facts } = journal.opening;
  expect(facts.epochs.at(-1)?.predecessor).toMatchObject({ epoch, last: { telemetry: 3_610 } });
  expect(facts.epochs[0]?.kept.telemetry).toEqual([{ first: 1, last: 3_610 }]);
  expect(facts.owed.filter(({ stream }) => stream === "telemetry")).toEqual([]);
}, 60_000);

test("the screen is told up to when all is receipted, and how old the oldest of each lane is", async () => {
  const owed = openOwedFacts(journal.opening.facts);
  owed.take({ type: "appended", stream: "events", seq: 1, dictionary: null, foundation: true });
  for (const needs of [{ hash: dictionary.hash, needs: [] }]) owed.take({ type: "dictionary", dictionary: needs });
  await store(3_700);
  for (let seq = 1; seq <= 3_700; seq++) {
    owed.take({ type: "appended", stream: "telemetry", seq, dictionary: dictionary.hash, foundation: false });
  }
  const uplink = lateUplink(Promise.resolve(null), "not enrolled");
  const talk = { lastReceiptAt: null, lastAnswerAt: null, unansweredSince: null, refused: 0 };
  const rates = { events: null, live: null, backfill: null };
  const cloud = {
    state: () => ({
      ...talk,
      uplink: uplink.state(),
      owed: owed.frames(),
      oldest: owed.oldest(),
      bitsPerSecond: rates,
    }),
  };
  const watch = startLinkWatch({ cloud, history, log: openLog("edge"), changed: () => undefined, lookMs: 20 });
  const oldestAt = { events: start, live: start + 3_690_000, backfill: start };
  await vi.waitFor(() => expect(watch.facts()).toMatchObject({ completeTo: null, historyFrom: start, oldestAt }));
  expect(watch.facts().owed).toEqual({ events: 1, live: 10, backfill: 3_690 });

  await deliver(1, 3_650);
  owed.take({ type: "freed", epoch, stream: "telemetry", ranges: [{ first: 1, last: 3_650 }] });
  owed.take({ type: "freed", epoch, stream: "events", ranges: [{ first: 1, last: 1 }] });
  await vi.waitFor(() =>
    expect(watch.facts()).toMatchObject({
      completeTo: start + 3_649_000,
      oldestAt: { events: null, live: start + 3_690_000, backfill: start + 3_650_000 },
    }),
  );
  owed.take({ type: "freed", epoch, stream: "telemetry", ranges: [{ first: 3_651, last: 3_700 }] });
  await vi.waitFor(() => expect(watch.facts().completeTo).toBe(start + 3_699_000));
  expect(watch.facts().oldestAt).toEqual({ events: null, live: null, backfill: null });
  await watch.stop();
});

test("the newest frame before a moment is found among rows and packed ones, and the run's beginning is known", async () => {
  expect(await history.newestBefore(start)).toBeNull();
  await store(3_700);
  await deliver(1, 3_650);
  expect(await history.newestBefore(start + 3_699_001)).toBe(start + 3_699_000);
  expect(await history.starts(start - 1, start + 1)).toEqual([start]);
  expect(await history.starts(start + 1, start + 2)).toEqual([]);
});

/** Flips one bit in the last byte of these frames' readings, as a worn disk does. */
function wear(...seqs: number[]): void {
  const db = new Database(join(folder, "journal.db"));
  for (const seq of seqs) {
    const row = db
      .prepare<[number], { key: number; body: Buffer }>(
        "select key, body from frame where (key / 4294967296) % 2 = 0 and key % 4294967296 = ?",
      )
      .get(seq);
    if (row === undefined) throw new Error(`no frame ${seq}`);
    row.body[row.body.length - 9] = (row.body[row.body.length - 9] ?? 0) ^ 1;
    db.prepare("update frame set body = ? where key = ?").run(row.body, row.key);
  }
  db.close();
}

const silent = { error: () => undefined };
const now = () => ({ receivedAt: start + 100_000, mono: 0, clock: "free-running" as const });

test("an owed frame that the disk did not keep is taken out and told as a gap; the frames around it go up", async () => {
  await store(20);
  wear(6);
  const commits: Committed[] = [];
  journal.onCommitted((committed) => commits.push(committed));
  const logged: unknown[] = [];
  const log = { error: (what: unknown) => void logged.push(what) };
  const encode = takingOut({ encode: history.encode, takeOut: journal.takeOut, now, log });
  expect(await encode(order({ first: 1, last: 20 }))).toMatchObject({ count: 5 });
  expect(await encode(order({ first: 6, last: 20 }))).toMatchObject({ count: 0, bytes: null });
  expect(logged).toEqual([{ epoch, stream: "telemetry", seq: 6 }]);
  expect(commits.flatMap(({ gone }) => gone)).toMatchObject([{ epoch, range: { first: 6, last: 6 } }]);
  expect(await history.gaps(start, start + 200_000)).toEqual([
    {
      ...{ type: "gap", stream: "telemetry", from: start + 5_000, to: start + 5_000, count: 2 },
      ...{ frames: { epoch, firstSeq: 6, lastSeq: 6 }, reason: "storage failed" },
    },
  ]);
  expect(await encode(order({ first: 7, last: 20 }))).toMatchObject({ count: 14 });
});

test("an owed frame of definitions that the disk did not keep is told again, and their dictionary stands on that", async () => {
  await store(1);
  const db = new Database(join(folder, "journal.db"));
  const [key] = db.prepare<[], number>("select distinct frame from definition").pluck().all();
  db.prepare("update frame set body = zeroblob(100) where key = ?").run(key);
  db.close();
  const commits: Committed[] = [];
  journal.onCommitted((committed) => commits.push(committed));
  const encode = takingOut({ encode: history.encode, takeOut: journal.takeOut, now, log: silent });
  const seq = (key ?? 0) % 2 ** 32;
  await encode(order({ stream: "events", dictionary: null, first: seq, last: seq, lane: "events" }));
  expect(commits.at(-1)?.stored).toMatchObject([{ stream: "events", seq: seq + 1, foundation: true }]);
  expect(commits.at(-1)?.dictionaries).toEqual([{ hash: dictionary.hash, needs: [{ epoch, seq: seq + 1 }] }]);
  expect(await history.gaps(start, start + 200_000)).toMatchObject([{ stream: "events", count: versions.length + 1 }]);
});

test("readings and events over a time with a frame that the disk did not keep come without it", async () => {
  await store(10);
  wear(4);
  const [register] = await history.readings(["000000000000000a"], start, start + 100_000);
  expect([...(register?.at ?? [])]).toEqual([0, 1, 2, 4, 5, 6, 7, 8, 9].map((n) => start + n * 1_000));
});

test("a delivered frame that the disk did not keep is dropped when its like are packed, with a line in the log", async () => {
  await store(4_700);
  wear(1_000);
  const commits: Committed[] = [];
  journal.onCommitted((committed) => commits.push(committed));
  await deliver(1, 4_650);
  await vi.waitFor(() => expect(problems).toHaveLength(1), 20_000);
  expect(problems[0]).toContain(`telemetry 1000 of epoch ${epoch}`);
  expect(commits.flatMap(({ gone }) => gone)).toMatchObject([{ range: { first: 1_000, last: 1_000 }, sums: null }]);
  const [register] = await history.readings(["000000000000000a"], start, start + 20_000_000);
  expect(register?.at).toHaveLength(4_699);
});

test("where packing does not read back the log says so, and what lies before and behind is packed all the same", async () => {
  await store(3_601);
  const block = new Block();
  block.push(0, start + 3_601_000, 1, GOOD, 0);
  const time = { receivedAt: start + 3_601_000, mono: 0, clock: "free-running" as const };
  // A frame whose checksum is another one's: what is packed of it cannot sum up to it.
  const original = { a: 1, b: 1 };
  const body = encodeFrame(block, dictionary.list, {
    ...time,
    dictionary: dictionary.hash,
    original: { checksum: original, bound: 0 },
  });
  await journal.append({ stream: "telemetry", ...time, dictionary: dictionary.hash, count: 1, body });
  await store(7_300, start + 3_602_000);
  await deliver(3_602, 10_860);
  await vi.waitFor(() => expect(problems).toHaveLength(1), 20_000);
  expect(problems[0]).toMatch(/do not read back/);
  await deliver(1, 3_601);
  const [register] = await history.readings(["000000000000000a"], start, start + 20_000_000);
  expect(register?.at).toHaveLength(10_902);
  expect(problems).toHaveLength(1);
}, 60_000);

test("a history that is asked while frames are packed has each reading once", async () => {
  const all = 9_000;
  await store(all);
  await deliver(1, all);
  for (let n = 0; n < 60; n++) {
    const [register] = await history.readings(["000000000000000a"], start, start + 20_000_000);
    expect(register?.at).toHaveLength(all);
  }
}, 60_000);

test("a history whose thread ends by itself says so at once, one that is closed does not", async () => {
  const keyless = openHistory({ path: join(folder, "journal.db"), rig: "rig-1", pem: "no key" });
  await expect(keyless.died).rejects.toThrow(/the history's thread died/);
  let died = false;
  history.died.catch(() => {
    died = true;
  });
  await history.close();
  await expect(history.oldestAt()).rejects.toThrow(/is closed/);
  expect(died).toBe(false);
  history = openHistory({ path: join(folder, "journal.db"), rig: "rig-1", pem: key.pem });
});
