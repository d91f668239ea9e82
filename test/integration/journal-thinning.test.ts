import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openEncoder } from "../../edge/journal/encode.ts";
import type { Committed, NewTelemetry } from "../../edge/journal/frames.ts";
import { openLookBack } from "../../edge/journal/look-back.ts";
import { teachNoteSeals } from "../../edge/journal/note-seals.ts";
import { openStore, type Store } from "../../edge/journal/store.ts";
import { Block, GOOD } from "../../shared/domain/reading.ts";
import type { TagVersion } from "../../shared/domain/tag.ts";
import { THIN_BOUND, thinBound } from "../../shared/domain/thinning.ts";
import { decompress } from "../../shared/node/compress.ts";
import { newId } from "../../shared/node/id.ts";
import { newSigningKey, openSigningKey } from "../../shared/node/signing.ts";
import { openSqliteReader } from "../../shared/node/sqlite.ts";
import { decodeBatch, framesOf, type TelemetryBatch } from "../../shared/wire/batch-decode.ts";
import { addChecksums, checksumOf, noChecksum } from "../../shared/wire/checksum.ts";
import { dictionaryEvent, tagEvent, tagListOf } from "../../shared/wire/dictionary.ts";
import { encodeFrame } from "../../shared/wire/frame.ts";
import type { SeqRange } from "../../shared/wire/names.ts";
import { countOf, rangesOf } from "../../shared/wire/ranges.ts";
import { canMount, openSmallDisk } from "../support/small-disk.ts";
import { recordOf, start } from "../support/small-journal.ts";

/** Fifty registers of the usual kind: they swing slowly, with a little noise. */
const versions = Array.from(
  { length: 50 },
  (_, i): TagVersion => ({
    ...{ id: (i + 1).toString(16).padStart(16, "0"), name: `tag_${i}`, label: "A tag", unit: "psi" },
    kind: { type: "real", scale: 1, offset: 0 },
    limits: { sane: [0, 1_000], onDelayS: 5, deadband: 0.02 },
    ...{ source: "pumps", validFrom: 0 },
  }),
);
const told = versions.map(tagEvent);
const dictionary = dictionaryEvent(
  told.map(({ hash }) => hash),
  null,
);
const list = tagListOf(versions);

function readingsOf(n: number): Block {
  const readings = new Block(versions.length);
  for (let tag = 0; tag < versions.length; tag++) {
    const noise = ((n * 7919 + tag * 104_729) % 97) / 97;
    const value = new Float32Array([500 + 200 * Math.sin(n / 900 + tag) + noise]);
    readings.pushBits(tag, start + n * 1_000, new Uint32Array(value.buffer)[0] ?? 0, 0, GOOD, 0);
  }
  return readings;
}

function frameOf(n: number): NewTelemetry {
  const time = { receivedAt: start + n * 1_000, mono: n * 1_000, clock: "unknown" as const };
  const body = encodeFrame(readingsOf(n), list, { ...time, dictionary: dictionary.hash });
  return { stream: "telemetry", ...time, dictionary: dictionary.hash, count: versions.length, body };
}

const BUDGET = 4_000_000;
const key = openSigningKey(newSigningKey().pem);
const epoch = newId();
let folder: string;
let path: string;
let store: Store;
let commits: Committed[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "thinning-"));
  path = join(folder, "journal.db");
  commits = [];
  store = openStore(path, recordOf(epoch), BUDGET);
  store.append([{ stream: "events", receivedAt: start, mono: 0, clock: "unknown", events: [...told, dictionary] }]);
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

function append(first: number, last: number): void {
  for (let n = first; n <= last; n += 100) {
    const frames = Array.from({ length: Math.min(100, last - n + 1) }, (_, i) => frameOf(n + i));
    commits.push(store.append(frames));
    expect(store.disk().usedBytes).toBeLessThan(BUDGET * 0.9);
  }
}

const sumOf = ({ first, last }: SeqRange) =>
  Array.from({ length: last - first + 1 }, (_, i) => checksumOf(readingsOf(first + i), list)).reduce(
    addChecksums,
    noChecksum,
  );
const free = (range: SeqRange) =>
  store.settle([
    { type: "free", undivided: false, epoch, stream: "telemetry", ranges: [range], checksum: sumOf(range) },
  ]);
const thinned = () => rangesOf(commits.flatMap((each) => each.thinned.map(({ range }) => range)));
const gone = () => rangesOf(commits.flatMap((each) => each.gone.map(({ range }) => range)));
const gaps = () => commits.flatMap((each) => each.stored.filter(({ stream }) => stream === "events")).length;

/** A batch of frames from `first` on, as the uplink sends it. */
function batchFrom(first: number, last: number): TelemetryBatch {
  const reader = openSqliteReader(path);
  const encode = openEncoder(reader, "rig-1", key);
  const named = { answer: newId(), running: epoch, lane: "backfill" as const, send: 1, epoch, way: 0, preview: false };
  const frames = { stream: "telemetry" as const, dictionary: dictionary.hash, first, last, maxBytes: 32_000 };
  const { bytes } = encode({ ...named, ...frames });
  reader.close();
  const batch = bytes === null ? null : decodeBatch(bytes, versions.length, decompress);
  if (batch === null || batch.stream !== "telemetry") throw new Error(`no batch of frame ${first}`);
  return batch;
}

test("what is delivered goes first; then owed frames are thinned, oldest first, without a gap; then they go, with one", () => {
  append(1, 2_000);
  free({ first: 1, last: 2_000 });
  append(2_001, 13_000);
  expect(gone()).toEqual([{ first: 1, last: 2_000 }]);
  expect(gaps()).toBe(0);
  expect(thinned()[0]?.first).toBe(2_001);
  append(13_001, 40_000);
  expect(gaps()).toBeGreaterThan(0);
  expect(gone()).toHaveLength(1);
  // What went was thinned before.
  expect(thinned()[0]?.last).toBeGreaterThan(gone()[0]?.last ?? 0);
  store.close();
  store = openStore(path, recordOf(), BUDGET);
  const [facts] = store.opening.facts.epochs;
  expect(facts?.kept.telemetry).toEqual([{ first: (gone()[0]?.last ?? 0) + 1, last: 40_000 }]);
  expect(facts?.thinned).toEqual([{ first: (gone()[0]?.last ?? 0) + 1, last: thinned()[0]?.last }]);
}, 120_000);

test("a thinned frame keeps its name, its time and its checksum, and what is left out lies within the bound", () => {
  append(1, 12_000);
  const [range] = thinned();
  expect(range?.first).toBe(1);
  const batch = batchFrom(1, 1_200);
  expect(batch.header.thinned).toBe(THIN_BOUND);
  const bound = thinBound(versions[0] ?? { kind: { type: "text" }, limits: { onDelayS: 0, deadband: 0 } }, THIN_BOUND);
  const last = new Map<number, number>();
  let readings = 0;
  for (const frame of framesOf(batch, list)) {
    const whole = readingsOf(frame.seq);
    expect(frame).toMatchObject({ receivedAt: start + frame.seq * 1_000, checksum: checksumOf(whole, list) });
    for (let i = 0; i < frame.readings.length; i++) {
      const tag = frame.readings.tag[i] ?? 0;
      const bits = frame.readings.words[2 * i] ?? 0;
      expect(bits).toBe(whole.words[2 * tag]);
      last.set(tag, new Float32Array(Uint32Array.of(bits).buffer)[0] ?? 0);
    }
    for (const [tag, value] of last) {
      const was = new Float32Array(Uint32Array.of(whole.words[2 * tag] ?? 0).buffer)[0] ?? 0;
      expect(Math.abs(was - value)).toBeLessThanOrEqual(bound);
    }
    readings += frame.readings.length;
  }
  expect(readings).toBeLessThan((batch.header.count * versions.length) / 3);
}, 120_000);

test("a batch has thinned frames or whole ones, never both", () => {
  append(1, 12_000);
  const end = thinned()[0]?.last ?? 0;
  const batch = batchFrom(end - 20, end + 20);
  expect([batch.header.thinned, batch.header.count]).toEqual([THIN_BOUND, 21]);
  expect(batchFrom(end + 1, end + 20).header.thinned).toBeNull();
}, 120_000);

test("thinned frames are freed by their originals' sum, stay as rows beside packed ones, and can be owed again", () => {
  append(1, 12_000);
  const end = thinned()[0]?.last ?? 0;
  expect(free({ first: 1, last: end })).toMatchObject([{ type: "freed" }]);
  expect(free({ first: end + 1, last: 12_000 })).toMatchObject([{ type: "freed" }]);
  for (let done = store.compact(); done.more; done = store.compact()) expect(done.problems).toEqual([]);
  const rows = batchFrom(end - 10, end);
  expect([rows.header.thinned, rows.header.count]).toEqual([THIN_BOUND, 11]);
  const again = store.settle([{ type: "unfree", epoch, stream: "telemetry", ranges: [{ first: 1, last: 12_000 }] }]);
  expect(again).toMatchObject([{ type: "unfreed", runs: [{ first: 1, last: 12_000 }] }]);
  expect(countOf(thinned())).toBe(end);
}, 120_000);

test("the rig's own coverage tells what is thinned, delivered or not", () => {
  append(1, 12_000);
  const end = thinned()[0]?.last ?? 0;
  free({ first: 1, last: 1_000 });
  const reader = openSqliteReader(path);
  teachNoteSeals(reader);
  const spans = openLookBack(reader).spans(start, start + 12_000_000, 3_000);
  reader.close();
  const at = (n: number) => start + n * 1_000;
  expect(spans).toEqual([
    { from: at(1), to: at(1_000), held: true, thinned: true },
    { from: at(1_001), to: at(end), held: false, thinned: true },
    { from: at(end + 1), to: at(12_000), held: false, thinned: false },
  ]);
}, 120_000);

test.skipIf(!canMount())(
  "where others leave the file system little, room is made within the file before the reserve is touched, and nothing that is owed goes",
  () => {
    const disk = openSmallDisk(24);
    writeFileSync(join(disk.path, "other"), Buffer.alloc(5_000_000));
    const small = openStore(join(disk.path, "journal.db"), recordOf(epoch), 50_000_000);
    try {
      small.append([{ stream: "events", receivedAt: start, mono: 0, clock: "unknown", events: [...told, dictionary] }]);
      const commits: Committed[] = [];
      for (let n = 1; commits.every((each) => each.thinned.length === 0) && n < 40_000; n += 100)
        commits.push(small.append(Array.from({ length: 100 }, (_, i) => frameOf(n + i))));
      const { fileBytes, room } = small.disk();
      expect(fileBytes).toBeGreaterThan(2_000_000);
      expect(room?.reserveBytes).toBe(8_388_608);
      for (let n = commits.length * 100 + 1; commits.length < 240; n += 100)
        commits.push(small.append(Array.from({ length: 100 }, (_, i) => frameOf(n + i))));
      expect(commits.flatMap((each) => each.gone)).toEqual([]);
      expect(commits.filter((each) => each.thinned.length > 0).length).toBeGreaterThan(1);
      expect(small.disk().fileBytes).toBeLessThan(fileBytes * 1.2);
    } finally {
      small.close();
      disk.close();
    }
  },
  120_000,
);
