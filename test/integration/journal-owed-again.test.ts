import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openEncoder } from "../../edge/journal/encode.ts";
import { openLookBack } from "../../edge/journal/look-back.ts";
import { teachNoteSeals } from "../../edge/journal/note-seals.ts";
import type { Change } from "../../edge/journal/settlement.ts";
import type { Id } from "../../shared/domain/id.ts";
import { decompress } from "../../shared/node/compress.ts";
import { newId } from "../../shared/node/id.ts";
import { newSigningKey, openSigningKey } from "../../shared/node/signing.ts";
import { openSqliteReader, type Sqlite } from "../../shared/node/sqlite.ts";
import { decodeBatch } from "../../shared/wire/batch-decode.ts";
import { addChecksums, checksumOf } from "../../shared/wire/checksum.ts";
import { framesFrom } from "../../shared/wire/columns.ts";
import { decodeFrameHead } from "../../shared/wire/frame.ts";
import type { Checksum, SeqRange } from "../../shared/wire/names.ts";
import {
  frameOf,
  framesOf,
  openSmallJournal,
  type SmallJournal,
  smallDictionary,
  start,
  sumOf,
} from "../support/small-journal.ts";

const key = openSigningKey(newSigningKey().pem);
let folder: string;
let path: string;
let journal: SmallJournal;
let reader: Sqlite;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "owed-again-"));
  path = join(folder, "journal.db");
  journal = openSmallJournal(path);
  reader = openSqliteReader(path);
  teachNoteSeals(reader);
});
afterEach(() => {
  reader.close();
  journal.store.close();
  rmSync(folder, { recursive: true });
});

const now = { receivedAt: start + 1_000_000, mono: 0, clock: "free-running" as const };

/** Sends these frames as the uplink does, batch after batch; each is freed by its receipt. Gives their seqs as they arrived, in order. */
function send({ first, last }: SeqRange): number[] {
  const encode = openEncoder(reader, "rig-1", key);
  const arrived: number[] = [];
  for (let next = first, number = 1; next <= last; number++) {
    const { epoch } = journal;
    const names = { answer: newId(), running: epoch, lane: "backfill" as const, send: number, epoch };
    const frames = { stream: "telemetry" as const, dictionary: smallDictionary.hash, first: next, last };
    const { bytes, count } = encode({ ...names, ...frames, maxBytes: 32_000, way: 0, preview: false });
    if (bytes === null) throw new Error(`no batch of frame ${next}`);
    const batch = decodeBatch(bytes, smallDictionary.told.length - 1, decompress);
    if (!("columns" in batch)) throw new Error("not telemetry");
    for (const { index, readings } of framesFrom(batch.columns, count, smallDictionary.list)) {
      expect(checksumOf(readings, smallDictionary.list)).toEqual(decodeFrameHead(frameOf(next + index).body).checksum);
      arrived.push(next + index);
    }
    expect(journal.free({ first: next, last: next + count - 1 })).toMatchObject([{ type: "freed" }]);
    next += count;
  }
  return arrived;
}

const pagesInUse = () => journal.store.disk().usedBytes;
const spans = () => reader.prepare("select count(*) from span").pluck().get();
const rows = () => reader.prepare("select count(*) from frame where (key / 4294967296) % 2 = 0").pluck().get();

test("a cloud that lost its archive gets days of packed history back out of the spans, with the disk's use flat", () => {
  const all = { first: 1, last: 20 * 3_600 };
  for (let first = 1; first <= all.last; first += 3_600) {
    journal.append({ first, last: first + 3_599 });
    journal.free({ first, last: first + 3_599 });
    journal.pack();
  }
  const before = { used: pagesInUse(), spans: spans() };
  const [owed] = journal.unfree(all);
  expect(owed).toMatchObject({ type: "unfreed", runs: [all] });
  const part = { first: 1, last: 3 * 3_600 + 1_234 };
  expect(send(part)).toHaveLength(part.last);
  expect(pagesInUse() - before.used).toBeLessThan(0.02 * before.used);
  expect(statSync(`${path}-wal`).size).toBeLessThan(16_000_000);
  expect([spans(), rows()]).toEqual([before.spans, 0]);
  journal.store.close();
  journal = openSmallJournal(path);
  const left = { first: part.last + 1, last: all.last };
  expect(journal.store.opening.facts.owed.filter(({ stream }) => stream === "telemetry")).toMatchObject([left]);
}, 120_000);

test("frames whose sum is not that of their span's frames are not freed", () => {
  journal.append({ first: 1, last: 3_600 });
  journal.free({ first: 1, last: 3_600 });
  journal.pack();
  journal.unfree({ first: 1, last: 3_600 });
  const { epoch } = journal;
  const free = (range: SeqRange, of: SeqRange): Change => ({
    ...{ type: "free", undivided: false, epoch, stream: "telemetry", ranges: [range], checksum: sumOf(framesOf(of)) },
  });
  const [differs] = journal.store.settle([free({ first: 10, last: 20 }, { first: 10, last: 19 })]);
  expect(differs).toMatchObject({ type: "differs" });
  const [freed] = journal.store.settle([free({ first: 10, last: 20 }, { first: 10, last: 20 })]);
  expect(freed).toMatchObject({ type: "freed" });
});

test("history tells of packed frames that the cloud lacks again that they are not held, and when each closed", () => {
  journal.append({ first: 1, last: 3_600 });
  journal.free({ first: 1, last: 3_600 });
  journal.pack();
  journal.unfree({ first: 1_801, last: 3_600 });
  const history = openLookBack(reader);
  expect(history.spans(start, start + 4_000_000, 3_000)).toEqual([
    { from: start + 1_000, to: start + 1_800_000, held: true, thinned: false },
    { from: start + 1_801_000, to: start + 3_600_000, held: false, thinned: false },
  ]);
  expect(history.closedAt(journal.epoch, "telemetry", 1_801)).toBe(start + 1_801_000);
});

test("past the budget a span of which nothing is owed goes first, then owed ones, whose frames are told by name and number", () => {
  journal.store.close();
  journal = openSmallJournal(path, undefined, 1_500_000);
  journal.append({ first: 1, last: 0 });
  const [first, second] = [1, 1_801];
  for (const from of [first, second]) {
    for (let at = from; at < from + 1_800; at += 900) journal.append({ first: at, last: at + 899 });
    journal.free({ first: from, last: from + 1_799 });
    journal.pack();
  }
  journal.unfree({ first: 1_001, last: 1_800 });
  const gone: SeqRange[] = [];
  const gaps: unknown[] = [];
  for (let at = 3_601; gaps.length === 0 && at < 40_000; at += 500) {
    const committed = journal.store.append(framesOf({ first: at, last: at + 499 }));
    gone.push(...committed.gone.map(({ range }) => range));
    gaps.push(...openLookBack(reader).gaps(start, start + 1e9));
  }
  expect(gone[0]).toEqual({ first: second, last: second + 1_799 });
  expect(gone.slice(1, 3)).toEqual([
    { first: 1, last: 1_000 },
    { first: 1_001, last: 1_800 },
  ]);
  const frames = { epoch: journal.epoch, firstSeq: 1_001, lastSeq: 1_800 };
  expect(gaps[0]).toMatchObject({ type: "gap", frames, count: 8_000, reason: "evicted" });
});

/** Flips a bit of something of the span, in the middle unless told otherwise. */
function wear(table: "span" | "part", share = 0.5): void {
  const db = new Database(path);
  const [name, body] = [table === "span" ? "first" : "span", `select body from ${table} limit 1`];
  const bytes = db.prepare<[], Buffer>(body).pluck().get() ?? Buffer.alloc(1);
  const place = Math.floor(bytes.length * share);
  bytes[place] = (bytes[place] ?? 0) ^ 4;
  db.prepare(`update ${table} set body = ? where ${name} = (select min(${name}) from ${table})`).run(bytes);
  db.close();
}

test.each(["span", "part"] as const)(
  "an owed span with a changed bit in its %s is never sent: it is set aside and told as a gap by name, and the frames behind it go up",
  (table) => {
    for (const from of [1, 1_801]) {
      journal.append({ first: from, last: from + 1_799 });
      journal.free({ first: from, last: from + 1_799 });
      journal.pack();
    }
    wear(table);
    journal.unfree({ first: 101, last: 3_600 });
    expect(() => send({ first: 101, last: 3_600 })).toThrow("no batch of frame 101");
    const frame = { epoch: journal.epoch, stream: "telemetry" as const, seq: 101 };
    const committed = journal.store.takeOut(frame, now);
    expect(committed.stored).toMatchObject([{ stream: "events" }]);
    expect(journal.store.takenOut(frame).map(({ range }) => range)).toEqual([
      { first: 1, last: 100 },
      { first: 101, last: 1_800 },
    ]);
    const frames = { epoch: journal.epoch, firstSeq: 101, lastSeq: 1_800 };
    expect(openLookBack(reader).gaps(start, start + 1e9)).toMatchObject([
      { frames, count: null, reason: "storage failed" },
    ]);
    expect(send({ first: 1_801, last: 3_600 })).toHaveLength(1_800);
    expect(reader.prepare("select first % 4294967296, last % 4294967296 from broken_span").raw().all()).toEqual([
      [1, 1_800],
    ]);
  },
);

test("frames that are neither on the disk nor noted as gone are told as a gap up to the next that is there", () => {
  journal.append({ first: 1, last: 20 });
  const db = new Database(path);
  db.prepare("delete from frame where (key / 4294967296) % 2 = 0 and key % 4294967296 between 5 and 8").run();
  db.close();
  expect(() => send({ first: 1, last: 20 })).toThrow("no batch of frame 5");
  const frame = { epoch: journal.epoch, stream: "telemetry" as const, seq: 5 };
  journal.store.takeOut(frame, now);
  expect(openLookBack(reader).gaps(start, start + 1e9)).toEqual([
    {
      ...{ type: "gap", stream: "telemetry", from: start + 4_000, to: start + 9_000, count: null },
      ...{ frames: { epoch: journal.epoch, firstSeq: 5, lastSeq: 8 }, reason: "storage failed" },
    },
  ]);
  expect(journal.store.takeOut(frame, now).stored).toEqual([]);
});

test("history never shows a value out of a packed part of which a bit has changed", () => {
  journal.append({ first: 1, last: 3_600 });
  journal.free({ first: 1, last: 3_600 });
  journal.pack();
  const tags = Array.from({ length: 10 }, (_, tag) => tag.toString(16).padStart(16, "0"));
  for (let share = 0.005; share < 1; share += 0.01) {
    wear("part", share);
    const read = openLookBack(reader).readings(tags, start, start + 4_000_000);
    for (const [tag, { at, value }] of read.entries()) {
      const wrong = at.findIndex((time, i) => value[i] !== (((time - start) / 1_000) ** 2 * (tag + 17)) % 9_973);
      expect(wrong, `tag ${tag} with a bit changed at ${share}`).toBe(-1);
    }
    wear("part", share);
  }
});

test("frames move out of a packed span, with their checksums, and the others of it stay as they were", async () => {
  journal.append({ first: 1, last: 3_600 });
  journal.free({ first: 1, last: 3_600 });
  journal.pack();
  const { epoch, store } = journal;
  const frames = [{ first: 100, last: 100, checksum: { a: 1, b: 2 } }];
  const [moved] = store.settle([{ type: "move", epoch, stream: "telemetry", frames }]);
  if (moved?.type !== "moved" || moved.to === null) throw new Error("nothing moved");
  expect(moved.to.last).toEqual({ telemetry: 1, events: 1 });
  const compare = (of: Id, ranges: SeqRange[], checksum: Checksum): Change => ({
    ...{ type: "free", epoch: of, stream: "telemetry", ranges, checksum, undivided: false },
  });
  const [there] = store.settle([
    compare(moved.to.epoch, [{ first: 1, last: 1 }], sumOf(framesOf({ first: 100, last: 100 }))),
  ]);
  expect(there?.type).toBe("freed");
  const rest = [
    { first: 1, last: 99 },
    { first: 101, last: 3_600 },
  ];
  const sum = rest.map((range) => sumOf(framesOf(range))).reduce(addChecksums);
  expect(store.settle([compare(epoch, rest, sum)])[0]?.type).toBe("freed");
});
