import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isDamage } from "../../edge/journal/damage.ts";
import { openOrdered } from "../../edge/journal/ordered.ts";
import { unlessBroken } from "../../edge/journal/unless-broken.ts";
import { openWriter, SetAsideError, type Writer } from "../../edge/journal/writer.ts";
import type { RigEvent } from "../../shared/domain/event.ts";
import { decodeEvents } from "../../shared/wire/events.ts";
import { decodeEventsFrame, encodeFrame } from "../../shared/wire/frame.ts";
import { frameOf, openSmallJournal, recordOf, smallDictionary, start } from "../support/small-journal.ts";

const FREED = 4_000;
const LAST = 4_600;
const epoch = "00000000000000e1";

let folder: string;
let original: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "damage-"));
  original = join(folder, "original.db");
  const journal = openSmallJournal(original, recordOf(epoch));
  for (let first = 1; first <= FREED; first += 400) journal.append({ first, last: first + 399 });
  journal.free({ first: 1, last: FREED });
  journal.pack();
  journal.append({ first: FREED + 1, last: LAST });
  journal.store.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Numbers below 2^32 that follow from a seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
}

const now = { receivedAt: start + 10_000_000, mono: 0, clock: "free-running" as const };

/** What a run on this file makes of it: it opens, goes on, reads back what was set aside, and sends all frames of the damaged run; whoever comes upon damage has the file looked at. Gives the seqs that came back. */
function runOn(path: string): Set<number> {
  const writer = openWriter({ path, record: recordOf(), budgetBytes: 50_000_000, barred: null });
  try {
    for (let tries = 0; tries < 10; tries++) {
      try {
        writer.append([{ stream: "events", ...now, events: smallDictionary.told }]);
        writer.append([frameOf(5_000 + tries)]);
        while (writer.readBack(now).more);
        return readAll(path, writer);
      } catch (error) {
        if (error instanceof SetAsideError) continue;
        if (!isDamage(error)) throw error;
        expect(() => writer.examine()).toThrow(SetAsideError);
      }
    }
    throw new Error("it is set aside again and again");
  } finally {
    writer.close();
  }
}

/** Reads every frame of the damaged run as the uplink does; what the disk did not keep is taken out. Each comes back to the bit. */
function readAll(path: string, writer: Writer): Set<number> {
  const good = new Set<number>();
  const db = new Database(path, { readonly: true });
  try {
    const ordered = openOrdered(db);
    if (db.prepare("select 1 from epoch where id = ?").get(epoch) === undefined) return good;
    const order = {
      answer: epoch,
      running: epoch,
      lane: "backfill" as const,
      send: 1,
      epoch,
      maxBytes: 1e6,
      way: 0,
      preview: false,
    };
    const of = { ...order, stream: "telemetry" as const, dictionary: smallDictionary.hash, last: LAST };
    for (let seq = 1; seq <= LAST; ) {
      const frames = ordered.telemetry({ ...of, first: seq }, 500);
      for (const { readings, receivedAt, mono, clock } of frames) {
        const time = { receivedAt, mono, clock };
        const body = encodeFrame(readings, smallDictionary.list, { ...time, dictionary: smallDictionary.hash });
        if (!Buffer.from(body).equals(frameOf(seq).body)) throw new Error(`frame ${seq} is another`);
        good.add(seq);
        seq += 1;
      }
      if (frames.length > 0) continue;
      writer.takeOut({ epoch, stream: "telemetry", seq }, now);
      seq += 1;
    }
    return good;
  } finally {
    db.close();
  }
}

interface Told {
  gaps: Set<number>;
  gone: Set<number>;
  /** Nobody can say what the file gave last. */
  unknown: boolean;
}

function toldOf(path: string): Told {
  const db = new Database(path, { readonly: true });
  const no = db.prepare<[string], number>("select no from epoch where id = ?").pluck().get(epoch) ?? 0;
  const base = no * 2 * 2 ** 32;
  const gone = new Set<number>();
  for (const { first, last } of db.prepare<[], { first: number; last: number }>("select first, last from gone").all())
    for (let key = Math.max(first, base); key <= Math.min(last, base + LAST); key++) gone.add(key - base);
  const gaps = new Set<number>();
  const bodies = db.prepare<[], Buffer>("select body from frame where (key / 4294967296) % 2 = 1").pluck().all();
  const events = bodies.flatMap(
    (body): RigEvent[] => unlessBroken(() => decodeEvents(decodeEventsFrame(body).json)) ?? [],
  );
  for (const event of events)
    if (event.type === "gap" && event.stream === "telemetry" && event.frames?.epoch === epoch)
      for (let seq = event.frames.firstSeq; seq <= event.frames.lastSeq; seq++) gaps.add(seq);
  const records = events.filter((event) => event.type === "epoch");
  db.close();
  return { gaps, gone, unknown: records.some(({ predecessor }) => predecessor === "unknown") };
}

function spoiled(name: string, spoil: (bytes: Buffer) => void): string {
  const path = join(folder, `${name}.db`);
  const bytes = readFileSync(original);
  spoil(bytes);
  writeFileSync(path, bytes);
  return path;
}

/** What is not stated lost reads to the bit, and what is owed and does not read is told as a gap, unless the file's end is unknown. */
function check(path: string): { good: number; unknown: boolean } {
  const good = runOn(path);
  const { gaps, gone, unknown } = toldOf(path);
  for (let seq = 1; seq <= LAST; seq++) {
    if (good.has(seq)) continue;
    if (unknown && gone.size === 0) continue;
    const where = `frame ${seq}`;
    if (!unknown) expect(gone.has(seq), where).toBe(true);
    if (gone.has(seq) && seq > FREED) expect(gaps.has(seq), where).toBe(true);
  }
  return { good: good.size, unknown };
}

const seeds = Array.from({ length: 20 }, (_, i) => i + 1);

test.each(seeds)("bits flipped at places of seed %i: what is not stated lost is read back bit by bit", (seed) => {
  const next = random(seed);
  const path = spoiled(`bits-${seed}`, (bytes) => {
    for (let n = 0; n < 1 + (seed % 5); n++) {
      const at = 100 + (next() % (bytes.length - 100));
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (next() % 8));
    }
  });
  check(path);
});

test.each(seeds)("pages overwritten at places of seed %i: what is not stated lost is read back bit by bit", (seed) => {
  const next = random(seed);
  const path = spoiled(`pages-${seed}`, (bytes) => {
    for (let n = 0; n < 1 + (seed % 3); n++) {
      const page = 1 + (next() % (bytes.length / 4_096 - 1));
      if (seed % 2 === 0) bytes.fill(0, page * 4_096, (page + 1) * 4_096);
      else for (let i = 0; i < 4_096; i++) bytes[page * 4_096 + i] = next() & 255;
    }
  });
  check(path);
});

/** The damaged file, byte for byte or with its write-ahead log taken in, lies beside. */
const aside = (path: string) => readdirSync(folder).filter((name) => join(folder, name).startsWith(`${path}.broken-`));

test("with its header zeroed the file is kept aside and all that it held comes back", () => {
  const path = spoiled("header", (bytes) => void bytes.fill(0, 0, 100));
  const { good } = check(path);
  expect(aside(path).length).toBeGreaterThan(0);
  expect(good).toBe(LAST);
});

test.each([
  ["emptied", 0],
  ["cut in the middle", 0.5],
])("a file that was %s is begun anew, and what is left of it comes back", (name, share) => {
  const path = join(folder, `cut-${share}.db`);
  const bytes = readFileSync(original);
  writeFileSync(path, bytes.subarray(0, Math.floor(bytes.length * share)));
  check(path);
  expect(existsSync(path), name).toBe(true);
});

test("a write-ahead log that is none any more is put aside, and a gap says since when", () => {
  const path = spoiled("log", () => undefined);
  writeFileSync(`${path}-wal`, Buffer.alloc(100_000));
  const { good, unknown } = check(path);
  expect(good).toBe(LAST);
  expect(unknown).toBe(true);
  expect(aside(path)).toHaveLength(1);
  const db = new Database(path, { readonly: true });
  const bodies = db.prepare<[], Buffer>("select body from frame where (key / 4294967296) % 2 = 1").pluck().all();
  const gaps = bodies
    .flatMap((body) => decodeEvents(decodeEventsFrame(body).json))
    .filter(({ type }) => type === "gap");
  expect(gaps).toMatchObject([{ reason: "storage failed", count: null, from: start + LAST * 1_000 }]);
  db.close();
});

test("a run never takes frames for its own whose epoch the file does not name: they come back under their own name", () => {
  const path = spoiled("nameless", () => undefined);
  const db = new Database(path);
  // As where a page of the log is older than what was written back.
  db.exec("delete from epoch; delete from definition; delete from dictionary_from; delete from freed");
  db.close();
  const { good, unknown } = check(path);
  expect(good).toBe(LAST);
  expect(unknown).toBe(true);
  expect(aside(path)).toHaveLength(1);
});

test("where the file is damaged and its log is none, the new file's runs are numbered above those that are read back", () => {
  const path = spoiled("both", (bytes) => void bytes.fill(0, 0, 100));
  writeFileSync(`${path}-wal`, Buffer.alloc(100_000));
  const { good } = check(path);
  expect(good).toBe(LAST);
});

test("a run that begins before the damaged file is read back gets no number that stands in it", () => {
  const path = join(folder, "many.db");
  const names = Array.from({ length: 5 }, (_, i) => `00000000000000f${i}`);
  for (const [i, name] of names.entries()) {
    const journal = openSmallJournal(path, recordOf(name));
    journal.append({ first: 10 * i + 1, last: 10 * i + 10 });
    journal.store.close();
  }
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.fill(0, 0, 100));
  const record = recordOf();
  const writer = openWriter({ path, record, budgetBytes: 50_000_000, barred: null });
  writer.append([{ stream: "events", ...now, events: smallDictionary.told }]);
  writer.append([frameOf(5_000)]);
  while (writer.readBack(now).more);
  writer.close();
  const db = new Database(path, { readonly: true });
  const telemetry = db.prepare<[], { id: string; frames: number }>(
    `select id, (select count(*) from frame where key > epoch.no * 2 * 4294967296 and key < (epoch.no * 2 + 1) * 4294967296) as frames
     from epoch order by id`,
  );
  const found = new Map(telemetry.all().map(({ id, frames }) => [id, frames]));
  db.close();
  const expected = names.map((name): [string, number] => [name, 10]);
  expect(found).toEqual(new Map([...expected, [record.epoch, 1]]));
});

test("frames whose dictionary is lost in part are stated lost, and the journal that was read back opens", () => {
  const path = spoiled("meaningless", () => undefined);
  const db = new Database(path);
  db.exec("delete from frame where key in (select frame from definition)");
  db.exec("delete from definition where hash = (select min(hash) from definition where kind = 'tag')");
  db.close();
  const writer = openWriter({ path, record: recordOf(), budgetBytes: 50_000_000, barred: null });
  const tagEvents = smallDictionary.told.slice(0, 1);
  writer.append([{ stream: "events", ...now, events: tagEvents }]);
  while (writer.readBack(now).more);
  writer.close();
  const again = openWriter({ path, record: recordOf(), budgetBytes: 50_000_000, barred: null });
  again.append([{ stream: "events", ...now, events: smallDictionary.told }]);
  again.append([frameOf(5_000)]);
  expect(again.setAside()).toEqual([]);
  again.close();
  expect(aside(path)).toHaveLength(1);
  const { gaps, gone } = toldOf(path);
  expect([gone.size, gaps.size]).toEqual([LAST, LAST - FREED]);
});
