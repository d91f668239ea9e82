import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Block, GOOD } from "../../shared/domain/reading.ts";
import type { TagVersion } from "../../shared/domain/tag.ts";
import { addChecksums, noChecksum } from "../../shared/wire/checksum.ts";
import { dictionaryEvent, tagEvent, tagListOf } from "../../shared/wire/dictionary.ts";
import { decodeFrameHead, encodeFrame } from "../../shared/wire/frame.ts";
import type { NewTelemetry } from "./frames.ts";
import { openStore, type Store } from "./store.ts";

const epoch = "00000000000000e1";
const start = 1_700_000_000_000;
const numbers = Array.from(
  { length: 10 },
  (_, i): TagVersion => ({
    id: i.toString(16).padStart(16, "0"),
    name: `tag_${i}`,
    label: "A tag",
    unit: "psi",
    kind: { type: "scaled", bits: 16, signed: true, scale: 1, offset: 0 },
    limits: { onDelayS: 5, deadband: 0.02 },
    source: "pumps",
    validFrom: 0,
  }),
);
/** The last tag. */
const text: TagVersion = {
  id: "00000000000000ff",
  name: "message",
  label: "A text",
  unit: "text",
  kind: { type: "text" },
  limits: { onDelayS: 5, deadband: 0 },
  source: "pumps",
  validFrom: 0,
};
const versions = [...numbers, text];
const told = versions.map(tagEvent);
const dictionary = dictionaryEvent(
  told.map(({ hash }) => hash),
  null,
);
const list = tagListOf(versions);

let folder: string;
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "compaction-"));
  const record = { epoch, boot: "00000000000000aa", software: "test", origin: "simulated" as const };
  const run = { ...record, startedAt: start, rigName: "Rig 1", well: null, timeZone: "UTC" };
  store = openStore(join(folder, "journal.db"), run, 50_000_000);
  const time = { receivedAt: start, mono: 0, clock: "unknown" as const };
  store.append([{ stream: "events", ...time, events: [...told, dictionary] }]);
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

/** The `n`th second, of registers that jump about. */
function frame(n: number, says?: string): NewTelemetry {
  const readings = new Block(16);
  const time = { receivedAt: start + n * 1_000, mono: n * 1_000, clock: "unknown" as const };
  for (let tag = 0; tag < numbers.length; tag++) {
    readings.push(tag, time.receivedAt, (n * n * (tag + 17)) % 9_973, GOOD, 0);
  }
  if (says !== undefined) readings.pushText(numbers.length, time.receivedAt, says, GOOD, 0);
  const body = encodeFrame(readings, list, { ...time, dictionary: dictionary.hash });
  return { stream: "telemetry", ...time, dictionary: dictionary.hash, count: readings.length, body };
}

/** Stores frames and says that the cloud holds them. */
function deliver(first: number, last: number, says?: () => string): void {
  const frames = Array.from({ length: last - first + 1 }, (_, i) => frame(first + i, says?.()));
  store.append(frames);
  const checksum = frames.map(({ body }) => decodeFrameHead(body).checksum).reduce(addChecksums, noChecksum);
  const settled = store.settle([
    { type: "free", undivided: false, epoch, stream: "telemetry", ranges: [{ first, last }], checksum },
  ]);
  expect(settled).toMatchObject([{ type: "freed" }]);
}

test("a span is packed with its last frame, and none before", () => {
  deliver(1, 1_799);
  expect(store.compact().more).toBe(false);
  deliver(1_800, 1_800);
  expect(store.compact().more).toBe(true);
  expect(store.compact().more).toBe(false);
});

test("once a backlog is packed its pages go back to the disk, but for a small share", () => {
  deliver(1, 6 * 1_800);
  const { fileBytes } = store.disk();
  let spans = 0;
  while (store.compact().more) spans += 1;
  expect(spans).toBe(6);
  const after = store.disk();
  expect(after.fileBytes).toBeLessThan(fileBytes / 2);
  expect(after.fileBytes).toBeLessThan(after.usedBytes * 1.1);
});

test("texts of more bytes than a segment may have are packed into shorter spans", () => {
  for (let first = 1; first <= 3_400; first += 200) deliver(first, first + 199, () => randomBytes(650).toString("hex"));
  const { usedBytes } = store.disk();
  const told = store.compact();
  expect(told).toMatchObject({ more: true, gone: [], problems: [] });
  expect(store.disk().usedBytes).toBeLessThan(usedBytes);
});

test("a frame that is as large as any packs", () => {
  for (let n = 1; n <= 8; n++) deliver(n, n, () => randomBytes(32_000).toString("hex"));
  deliver(9, 3_700, () => "x".repeat(1_300));
  let calls = 0;
  for (let told = store.compact(); told.more; told = store.compact()) {
    expect(told.problems).toEqual([]);
    calls++;
  }
  expect(calls).toBeGreaterThan(0);
});
