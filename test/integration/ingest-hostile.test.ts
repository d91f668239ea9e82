import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Archive } from "../../cloud/archive/archive.ts";
import type { History } from "../../cloud/archive/history.ts";
import { openSqliteArchive } from "../../cloud/archive/sqlite.ts";
import { openSqliteHistory } from "../../cloud/archive/sqlite-history.ts";
import { GOOD } from "../../shared/domain/reading.ts";
import { newSigningKey } from "../../shared/node/signing.ts";
import { decodeBatchHeader } from "../../shared/wire/batch.ts";
import { type HandRig, handRig, START, tagOf } from "../support/hand-rig.ts";
import { type Office, officeOf } from "../support/office.ts";

let folder: string;
let archive: Archive;
let history: History;
let office: Office;
let rig: HandRig;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "hostile-"));
  archive = openSqliteArchive(join(folder, "archive.db"));
  history = openSqliteHistory(join(folder, "archive.db"));
  office = officeOf(archive);
  rig = handRig("rig-a", office.keys.enrol("rig-a"), [tagOf("mud_pressure")]);
  await office.greet(rig, 0, 0);
  await office.take(rig.events(rig.foundation()), rig.telemetry(1, 10));
});
afterEach(async () => {
  await office.ingest.close();
  history.close();
  await archive.close();
  rmSync(folder, { recursive: true });
});

const heldRanges = async () =>
  (await history.coverage("rig-a", START, START + 1, START)).held
    .filter((one) => one.stream === "telemetry")
    .flatMap(({ ranges }) => ranges.map(({ first, last, state }) => `${first}-${last} ${state}`));

/** The same batch with its body (behind the header) replaced and signed anew: its names are true, its body is not. */
function withBody(batch: Uint8Array, body: Uint8Array): Uint8Array {
  const { bodyAt } = decodeBatchHeader(batch);
  const unsigned = Buffer.concat([batch.subarray(0, bodyAt), body]);
  return Buffer.concat([unsigned, rig.key.sign(unsigned)]);
}

test("a batch cut at any byte, or with any bits flipped, changes nothing and is never receipted", async () => {
  const batch = rig.telemetry(11, 20);
  const before = await heldRanges();
  const receipts = office.receipts.length;
  for (let cut = 0; cut < batch.length; cut += 3) await office.send("rig/rig-a/live", batch.subarray(0, cut));
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: batch.length - 1 }),
      fc.integer({ min: 1, max: 255 }),
      async (at, mask) => {
        const flipped = Uint8Array.from(batch);
        flipped[at] = (flipped[at] ?? 0) ^ mask;
        await office.send("rig/rig-a/live", flipped);
      },
    ),
  );
  expect(await heldRanges()).toEqual(before);
  expect(office.receipts.length).toBe(receipts);
  await office.take(batch);
  expect(await heldRanges()).toEqual(["1-20 stored"]);
});

test("invented bytes on any topic are kept aside and block nobody", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("hello", "events", "live", "backfill", "other", "live/x"),
      fc.uint8Array({ maxLength: 400 }),
      (topic, bytes) => office.send(`rig/rig-a/${topic}`, bytes),
    ),
  );
  await office.take(rig.telemetry(11, 20));
  expect(await heldRanges()).toEqual(["1-20 stored"]);
});

test("another rig's key, a foreign key and another rig's topic touch nothing", async () => {
  const b = handRig("rig-b", office.keys.enrol("rig-b"), rig.tags);
  const stranger = handRig("rig-a", newSigningKey(), rig.tags, { epoch: rig.epoch });
  const posing = handRig("rig-a", b.key, rig.tags, { epoch: rig.epoch });
  await office.send("rig/rig-a/live", b.telemetry(11, 20));
  await office.send("rig/rig-b/live", rig.telemetry(11, 20));
  await office.send("rig/rig-a/live", stranger.telemetry(11, 20));
  await office.send("rig/rig-a/live", posing.telemetry(11, 20));
  await office.send("rig/rig-a/backfill", rig.telemetry(11, 20, "live"));
  expect(await heldRanges()).toEqual(["1-10 stored"]);
  const counters = await history.counters();
  expect([counters["aside: another rig"], counters["aside: key"], counters["aside: lane"]]).toEqual([2, 2, 1]);
});

test("a batch three times, and in reverse order, doubles nothing", async () => {
  const batches = [rig.telemetry(11, 20), rig.telemetry(21, 30), rig.telemetry(31, 40)];
  await office.take(...batches.toReversed(), ...batches, ...batches.toReversed());
  const { series } = await history.readings("rig-a", [rig.tags[0]?.id ?? ""], 0, START * 2, { limit: 1_000 });
  expect(series[0]?.readings.length).toBe(40);
  expect(await heldRanges()).toEqual(["1-40 stored"]);
});

test("a signed batch whose body cannot be read is quarantined and receipted so; an original lands later all the same", async () => {
  const good = rig.telemetry(11, 20);
  await office.take(withBody(good, Buffer.from([0, 1, 2, 3])));
  expect(await heldRanges()).toEqual(["1-10 stored", "11-20 quarantined"]);
  const statement = office.receipts.at(-1)?.statements.find((one) => one.stream === "telemetry");
  expect(statement?.watermark).toBe(20);
  expect(statement?.ranges.at(-1)).toMatchObject({ first: 11, last: 20, state: "quarantined" });
  await office.take(rig.telemetry(21, 30), good);
  expect(await heldRanges()).toEqual(["1-30 stored"]);
});

test("a body that would unpack to far more than a batch may hold is quarantined, not unpacked", async () => {
  const { zstdCompressSync } = await import("node:zlib");
  const bomb = zstdCompressSync(Buffer.alloc(200_000_000));
  expect(bomb.length).toBeLessThan(32_768);
  await office.take(withBody(rig.telemetry(11, 11), Buffer.concat([Buffer.from([1]), bomb])));
  expect(await heldRanges()).toEqual(["1-10 stored", "11-11 quarantined"]);
});

test("signed values and times that break a rule are stored as they are or quarantined; the next batch lands", async () => {
  const times = [Number.NaN, Number.POSITIVE_INFINITY, -1e300, 2 ** 63, 0, -0, 4.5];
  let seq = 10;
  for (const at of times) {
    seq++;
    const odd = handRig("rig-a", rig.key, rig.tags, {
      epoch: rig.epoch,
      fill: (readings) => {
        readings.pushBits(0, at, 0xffffffff, 0x7fffffff, GOOD, 0xffff);
        readings.push(0, at, Number.NaN, GOOD, 0);
      },
    });
    odd.under(office.answers.at(-1)?.answer ?? "");
    await office.take(odd.telemetry(seq, seq));
  }
  await archive.compact(10_000);
  await office.take(rig.telemetry(seq + 1, seq + 5));
  await archive.compact(10_000);
  const all = await heldRanges();
  expect(all.at(-1)).toMatch(new RegExp(`${seq + 5} stored$`));
  const { series } = await history.readings("rig-a", [rig.tags[0]?.id ?? ""], START, START + 3_600_000, {
    limit: 1_000,
  });
  expect(series.reduce((sum, { readings }) => sum + readings.length, 0)).toBe(15);
});

test.each<[string, string, () => Uint8Array]>([
  ["aside: malformed", "malformed", () => Buffer.from("no batch at all")],
  ["aside: malformed", "truncated", () => rig.telemetry(11, 20).subarray(0, 40)],
  ["aside: signature", "unsigned", () => rig.telemetry(11, 20).fill(0, -64)],
  ["aside: key", "foreign", () => handRig("rig-a", newSigningKey(), rig.tags).telemetry(1, 10)],
  ["aside: another rig", "posing", () => handRig("rig-b", rig.key, rig.tags).telemetry(1, 10)],
  ["aside: too large", "oversized", () => Buffer.concat([rig.telemetry(11, 20), Buffer.alloc(4_000_000)])],
  ["repeated batches", "repeated", () => rig.telemetry(1, 10)],
  ["quarantined batches", "unreadable", () => withBody(rig.telemetry(31, 40), Buffer.from([0, 1, 2]))],
])("counted as %s, a %s batch blocks nobody: its rig and another go on", async (counter, _what, make) => {
  const b = handRig("rig-b", office.keys.enrol("rig-b"), rig.tags);
  await office.greet(b, 0, 0);
  const before = (await history.counters())[counter] ?? 0;
  await office.send("rig/rig-a/live", make());
  expect((await history.counters())[counter]).toBe(before + 1);
  await office.take(b.events(b.foundation()), b.telemetry(1, 10), rig.telemetry(11, 20));
  expect(await heldRanges()).toEqual(expect.arrayContaining(["1-20 stored"]));
  const stated = office.receipts.flatMap(({ rig: whose, statements }) =>
    statements.filter(({ stream }) => stream === "telemetry").map(({ watermark }) => `${whose} ${watermark}`),
  );
  expect(stated).toEqual(expect.arrayContaining(["rig-a 20", "rig-b 10"]));
});

test("a preview is shown and never held, and has no send number to be receipted", async () => {
  const { length } = office.landed;
  await office.take(rig.telemetry(11, 12, "live", { preview: true, send: 0 }));
  expect(office.landed.slice(length)).toMatchObject([{ type: "readings", preview: true, count: 2 }]);
  expect(await heldRanges()).toEqual(["1-10 stored"]);
  await office.take(rig.telemetry(11, 20));
  expect(await heldRanges()).toEqual(["1-20 stored"]);
});
