import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Archive, Store } from "../../cloud/archive/archive.ts";
import type { History } from "../../cloud/archive/history.ts";
import { openSqliteArchive } from "../../cloud/archive/sqlite.ts";
import { openSqliteHistory } from "../../cloud/archive/sqlite-history.ts";
import type { RigEvent } from "../../shared/domain/event.ts";
import { type Block, GOOD } from "../../shared/domain/reading.ts";
import { newSigningKey } from "../../shared/node/signing.ts";
import { decodeBatchHeader } from "../../shared/wire/batch.ts";
import { encodeHello, helloPages } from "../../shared/wire/hello.ts";
import { maxUnproven } from "../../shared/wire/limits.ts";
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

test("small batches that unpack to very many readings keep another rig waiting for a few of them, not for all", async () => {
  const many = (block: Block, _seq: number, at: number) => {
    for (let i = 0; i < 120_000; i++) block.push(0, at, 5, GOOD, 0);
  };
  const flood = handRig("rig-f", office.keys.enrol("rig-f"), [tagOf("flood")], { fill: many });
  await office.greet(flood, 0, 0);
  await office.take(flood.events(flood.foundation()));
  const floods = Array.from({ length: 20 }, (_, i) => flood.telemetry(i + 1, i + 1));
  const from = office.landed.length;
  await office.take(...floods, rig.telemetry(11, 20));
  const order = office.landed.slice(from).map((one) => one.rig);
  expect(order.filter((one) => one === "rig-f")).toHaveLength(20);
  expect(order.indexOf("rig-a")).toBeLessThan(3);
}, 60_000);

test("runs that a rig invents by the ten thousand fill no archive: it keeps a bounded part, answers all, and the rig's real run goes on", async () => {
  const id = (n: number) => n.toString(16).padStart(16, "0");
  const last = { telemetry: 3, events: 1 };
  const ranges = { telemetry: [{ first: 1, last: 3 }], events: [{ first: 1, last: 1 }] };
  async function invent(from: number, count: number): Promise<number> {
    const head = {
      ...{ rig: rig.rig, key: rig.key.id, nonce: id(1_000_000 + from), running: rig.epoch, at: START, software: "1" },
      ...{ batchFormats: [2], segmentFormats: [2], namesAll: false, chain: null },
    };
    const named = Array.from({ length: count }, (_, i) => {
      const predecessor = { epoch: id(from + i), last };
      return { epoch: id(from + i + 1), predecessor, last, ranges };
    });
    const before = office.answers.length;
    for (const page of helloPages(head, named, [], 2_000))
      await office.send(`rig/${rig.rig}/hello`, encodeHello(page, rig.key.sign));
    return office.answers.slice(before).reduce((sum, { statements }) => sum + statements.length, 0);
  }
  const epochs = () => {
    const db = new Database(join(folder, "archive.db"), { readonly: true });
    const rows = Number(db.prepare("select count(*) from epoch").pluck().get());
    db.close();
    return rows;
  };
  // So many an honest rig may owe after as many restarts.
  expect(await invent(1, 10_000)).toBe(20_000);
  expect(epochs()).toBe(10_002);
  for (const from of [20_000, 40_000]) expect(await invent(from, 10_000)).toBe(20_000);
  expect(epochs()).toBe(maxUnproven + 1);
  await office.greet(rig, 10, 1);
  await office.take(rig.telemetry(11, 20));
  // Nobody has what was invented: it is lost, once this hello names all that there is.
  expect((await heldRanges()).filter((one) => !one.endsWith("lost"))).toEqual(["1-20 stored"]);
}, 120_000);

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

test("a hello and a batch that wait while their key is revoked are kept aside: no answer, nothing held", async () => {
  const [answers, before] = [office.answers.length, await heldRanges()];
  const ranges = { telemetry: [{ first: 1, last: 10 }], events: [{ first: 1, last: 1 }] };
  const hello = office.ingest.receive({
    topic: "rig/rig-a/hello",
    payload: rig.hello({ telemetry: 10, events: 1 }, ranges),
  });
  const batch = office.ingest.receive({ topic: "rig/rig-a/live", payload: rig.telemetry(11, 20) });
  office.keys.revoke("rig-a", rig.key.id);
  await Promise.all([hello, batch]);
  await office.ingest.settled();
  expect(office.answers.length).toBe(answers);
  expect(await heldRanges()).toEqual(before);
  expect(await history.counters()).toMatchObject({ "aside: key": 1, "dropped: revoked key": 1 });
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

test.each([Number.NaN, Number.POSITIVE_INFINITY, -1e300, 8.65e15])(
  "a batch with a reading of %d, which is no date, is quarantined; an original lands later all the same",
  async (at) => {
    const odd = handRig("rig-a", rig.key, rig.tags, {
      epoch: rig.epoch,
      fill: (readings) => readings.push(0, at, 5, GOOD, 0),
    });
    odd.under(office.answers.at(-1)?.answer ?? "");
    await office.take(odd.telemetry(11, 20));
    expect(await heldRanges()).toEqual(["1-10 stored", "11-20 quarantined"]);
    await office.take(rig.telemetry(11, 20));
    await archive.compact(10_000);
    expect(await heldRanges()).toEqual(["1-20 stored"]);
  },
);

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

/** One frame of events under seq 2, received when told. */
const eventsAt = (events: readonly RigEvent[], over: { receivedAt?: number; mono?: number } = {}) =>
  rig.batch(
    { lane: "events", stream: "events", dictionary: null, firstSeq: 2 },
    { stream: "events", frames: [{ ...rig.eventsFrame(events), ...over }] },
  );
const gapOf = (firstSeq: number, lastSeq: number): RigEvent => ({
  type: "gap",
  stream: "telemetry",
  from: START,
  to: START,
  frames: { epoch: rig.epoch, firstSeq, lastSeq },
  count: null,
  reason: "evicted",
});
/** That rig is answered and goes on, and so does another one. */
async function goesOn(): Promise<void> {
  const b = handRig("rig-b", office.keys.enrol("rig-b"), rig.tags);
  await office.greet(b, 0, 0);
  await office.take(b.events(b.foundation()), b.telemetry(1, 10));
  const before = office.answers.length;
  await office.greet(rig, 20, 2);
  expect(office.answers.length).toBe(before + 1);
  await office.take(rig.telemetry(11, 20));
  expect(await heldRanges()).toEqual(["1-20 stored"]);
}
const action: RigEvent = { type: "action", at: START, who: "x", station: "x", what: "x" };

test.each([
  [-5, -2],
  [0, 3],
  [50, 2],
  [11, 2 ** 53 - 2],
  [2 ** 53 - 3, 2 ** 53 - 2],
])(
  "a gap event that names the frames %d to %d is quarantined; its rig is answered all the same",
  async (first, last) => {
    await office.take(eventsAt([gapOf(first, last)]));
    expect((await history.counters())["quarantined batches"]).toBe(1);
    await goesOn();
  },
);

test.each<[string, (hash: string) => RigEvent[]]>([
  ["has another hash", (hash) => [{ type: "dictionary", hash, parent: null, keep: 0, add: [] }]],
  ["is its own parent", (hash) => [{ type: "dictionary", hash, parent: hash, keep: 0, add: [] }]],
  ["keeps more than there is", (hash) => [{ type: "dictionary", hash, parent: null, keep: 7, add: [] }]],
])("a batch whose dictionary %s is quarantined with the reason", async (_what, events) => {
  const hash = "00000000000000aa";
  await office.take(eventsAt(events(hash)), rig.telemetry(11, 20, "live", { dictionary: hash }));
  expect((await history.counters())["quarantined batches"]).toBe(1);
  expect(office.landed.at(-1)).toMatchObject({
    type: "quarantine",
    text: expect.stringContaining(`dictionary ${hash}`),
  });
  await goesOn();
});

test.each([
  ["thinned", 0b0001_0000, Buffer.alloc(8)],
  ["a preview", 0b0010_0000, Buffer.alloc(0)],
])("events that are flagged as %s are kept aside; the original lands", async (_what, flag, bound) => {
  const original = eventsAt([action]);
  const { bodyAt } = decodeBatchHeader(original);
  const unsigned = Buffer.concat([original.subarray(0, bodyAt), bound, original.subarray(bodyAt, -64)]);
  unsigned[1] = (unsigned[1] ?? 0) | flag;
  await office.send("rig/rig-a/events", Buffer.concat([unsigned, rig.key.sign(unsigned)]));
  await office.take(original);
  expect((await history.counters())["aside: malformed"]).toBe(1);
  expect((await history.counters())["quarantined batches"]).toBeUndefined();
  await goesOn();
});

test.each([START + 0.5, 1e300, -1e300, Number.NaN, 2 ** 53])(
  "events received at %d are quarantined",
  async (receivedAt) => {
    await office.take(eventsAt([action], { receivedAt }));
    expect((await history.counters())["quarantined batches"]).toBe(1);
    await goesOn();
  },
);

test.each([1e300, Number.POSITIVE_INFINITY])("telemetry received at %d is quarantined", async (receivedAt) => {
  const frame = { ...rig.telemetryFrame(11), receivedAt };
  const { representations } = rig;
  await office.take(rig.batch({ firstSeq: 11 }, { stream: "telemetry", frames: [frame], representations }));
  expect(await heldRanges()).toEqual(["1-10 stored", "11-11 quarantined"]);
  await goesOn();
});

/** An office on the same archive, whose store throws what `fault` says when events of rig-a land. */
function faultyOffice(fault: (store: Store) => void): Office {
  const faulty: Archive = {
    ...archive,
    transaction: (work) =>
      archive.transaction((store) =>
        work({
          ...store,
          landEvents(name, batch) {
            store.landEvents(name, batch);
            if (name === "rig-a" && batch.frames.some(({ seq }) => seq === 2)) fault(store);
          },
        }),
      ),
  };
  return officeOf(faulty, office.keys);
}

test("what one message throws undoes that message alone: it is quarantined, the others of its group land", async () => {
  const b = handRig("rig-b", office.keys.enrol("rig-b"), rig.tags);
  await office.ingest.close();
  office = faultyOffice(() => {
    throw new TypeError("a fault of ours");
  });
  await office.greet(rig, 10, 1);
  await office.greet(b, 0, 0);
  const { length } = office.receipts;
  await office.take(
    b.events(b.foundation()),
    rig.telemetry(11, 15),
    eventsAt([action]),
    rig.telemetry(16, 20),
    b.telemetry(1, 10),
  );
  expect(await heldRanges()).toEqual(["1-20 stored"]);
  const events = (await history.coverage("rig-a", START, START + 1, START)).held.find((one) => one.stream === "events");
  expect(events?.ranges.map(({ first, last, state }) => `${first}-${last} ${state}`)).toEqual([
    "1-1 stored",
    "2-2 quarantined",
  ]);
  const counters = await history.counters();
  expect([counters["failed messages"], counters["quarantined batches"], counters["repeated batches"]]).toEqual([
    1,
    1,
    undefined,
  ]);
  const last = (name: string, stream: string) =>
    office.receipts
      .slice(length)
      .filter((one) => one.rig === name)
      .flatMap(({ statements }) => statements)
      .findLast((one) => one.stream === stream);
  expect(last("rig-a", "telemetry")).toMatchObject({ watermark: 20 });
  expect(last("rig-a", "events")?.ranges.at(-1)).toMatchObject({ first: 2, last: 2, state: "quarantined" });
  expect(last("rig-b", "telemetry")).toMatchObject({ watermark: 10 });
  expect(office.landed.filter(({ type }) => type === "events")).toHaveLength(1);
});

test("a group of nothing but failing messages is dealt with, each by itself", async () => {
  await office.ingest.close();
  office = faultyOffice(() => {
    throw new RangeError("a fault of ours");
  });
  await office.greet(rig, 10, 1);
  await office.take(...Array.from({ length: 20 }, () => eventsAt([action])));
  expect((await history.counters())["failed messages"]).toBe(20);
  await office.take(rig.telemetry(11, 20));
  expect(await heldRanges()).toEqual(["1-20 stored"]);
});

test("where a stored batch does not read any more, hello is answered all the same: its range is stated whole", async () => {
  const db = new Database(join(folder, "archive.db"));
  db.prepare("update tail set batch = x'00'").run();
  db.close();
  const answer = await office.greet(rig, 5, 1);
  const said = answer.statements.find(({ stream }) => stream === "telemetry");
  expect(said?.ranges.map(({ first, last, state }) => `${first}-${last} ${state}`)).toEqual(["1-10 stored"]);
});

test("a hello that throws is kept aside; other rigs are answered", async () => {
  await office.ingest.close();
  const faulty: Archive = {
    ...archive,
    transaction: (work) =>
      archive.transaction((store) =>
        work({
          ...store,
          epochs(name, cutsOf) {
            if (name === "rig-a") throw new RangeError("a fault of ours");
            return store.epochs(name, cutsOf);
          },
        }),
      ),
  };
  office = officeOf(faulty, office.keys);
  const b = handRig("rig-b", office.keys.enrol("rig-b"), rig.tags);
  await office.send("rig/rig-a/hello", rig.hello({ telemetry: 0, events: 0 }, { telemetry: [], events: [] }));
  expect(office.answers).toHaveLength(0);
  await office.greet(b, 0, 0);
  expect((await history.counters())["failed messages"]).toBe(1);
});

test("a disk that fails ends ingest; the message is not blamed", async () => {
  await office.ingest.close();
  office = faultyOffice(() => {
    throw new Database.SqliteError("disk I/O error", "SQLITE_IOERR_WRITE");
  });
  await office.greet(rig, 10, 1);
  const ended = expect(office.ingest.done).rejects.toThrow(/failed before/);
  await expect(office.take(eventsAt([action]))).rejects.toThrow(/failed before/);
  await ended;
  expect((await history.counters())["failed messages"]).toBeUndefined();
  office = officeOf(openSqliteArchive(":memory:"), office.keys);
});
