import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { dictionaryOf } from "../../edge/dictionary.ts";
import { type History, openHistory } from "../../edge/journal/history.ts";
import { type Journal, openJournal } from "../../edge/journal/journal.ts";
import { Block, GOOD, realBits } from "../../shared/domain/reading.ts";
import type { TagVersion } from "../../shared/domain/tag.ts";
import { decompress } from "../../shared/node/compress.ts";
import { newId } from "../../shared/node/data-folder.ts";
import { newSigningKey, verifierOf } from "../../shared/node/signing.ts";
import { decodeBatchHeader, verifyBatch } from "../../shared/wire/batch.ts";
import { decodeBatch } from "../../shared/wire/batch-decode.ts";
import { encodeFrame } from "../../shared/wire/frame.ts";
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
beforeEach(async () => {
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
  journal = await openJournal({ path, record, budgetBytes: 50_000_000 });
  history = openHistory({ path, rig: "rig-1", pem: key.pem });
  for (const events of dictionary.untold) {
    await journal.append({ stream: "events", receivedAt: start, mono: 0, clock: "unknown", events });
  }
});
afterEach(async () => {
  await journal.close();
  await history.close();
  rmSync(folder, { recursive: true });
});

/** One frame a second: a register that counts, and a float that is missing in every tenth. */
async function store(frames: number, at = start): Promise<void> {
  const block = new Block();
  for (let n = 0; n < frames; n++) {
    block.clear();
    const time = { receivedAt: at + n * 1_000, mono: n * 1_000, clock: "unknown" as const };
    block.push(0, time.receivedAt, n, GOOD, 0);
    if (n % 10 === 9) block.pushBad(1, time.receivedAt, 2);
    else block.pushBits(1, time.receivedAt, realBits(n / 3), 0, GOOD, 0);
    const body = encodeFrame(block, dictionary.list, { ...time, dictionary: dictionary.hash });
    await journal.append({ stream: "telemetry", ...time, dictionary: dictionary.hash, count: block.length, body });
  }
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

test("spans end where frames are missing, and where the cloud's word ends", async () => {
  await store(10);
  await store(5, start + 60_000);
  const frames = await history.spans(start, start + 100_000, 3_000);
  expect(frames).toEqual([
    { from: start, to: start + 9_000, held: false },
    { from: start + 60_000, to: start + 64_000, held: false },
  ]);
  expect(await history.oldestAt()).toBe(start);
  expect(await history.closedAt(epoch, "telemetry", 3)).toBe(start + 2_000);
  expect(await history.closedAt(epoch, "telemetry", 99)).toBeNull();
});

function order(change: Partial<SendOrder>): SendOrder {
  const named = { answer: newId(), running: epoch, lane: "backfill" as const, send: 1, epoch, maxBytes: 32_000 };
  return { ...named, stream: "telemetry", dictionary: dictionary.hash, first: 1, last: 1, ...change };
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

test("frames that are not there make no batch; an empty batch needs none", async () => {
  expect(await history.encode(order({ first: 5, last: 9 }))).toEqual({ count: 0, bytes: null });
  const empty = await history.encode(
    order({ epoch: "", stream: "events", dictionary: null, first: 0, last: 0, lane: "events" }),
  );
  expect(empty.count).toBe(0);
  expect(empty.bytes?.length).toBeGreaterThan(64);
});
