import { expect, test } from "vitest";
import type { BatchHeader } from "./batch.ts";
import { hashOfChain, streamSum } from "./chain.ts";
import { addChecksums, noChecksum } from "./checksum.ts";
import type { HeldRange } from "./held.ts";
import type { Hello, HelloEpoch, HelloPage } from "./hello.ts";
import type { Checksum } from "./names.ts";
import { openReceiver, type Receiver } from "./receiver.ts";
import type { BatchBody, KnownEpoch, ReceiverEffect } from "./receiver-io.ts";

const running = "e000000000000001";
const older = "e000000000000000";
const rigKey = "b000000000000001";

function frameSum(seq: number): Checksum {
  return { a: seq * 17, b: seq * 31 };
}

function stored(first: number, last: number): HeldRange {
  let checksum = noChecksum;
  for (let seq = first; seq <= last; seq++) checksum = addChecksums(checksum, frameSum(seq));
  return { first, last, state: "stored", checksum };
}

function lost(first: number, last: number): HeldRange {
  return { first, last, state: "lost", checksum: noChecksum };
}

function named(epoch: string, telemetry: number, events: number, more: Partial<HelloEpoch> = {}): HelloEpoch {
  const to = (last: number) => (last === 0 ? [] : [{ first: 1, last }]);
  return {
    epoch,
    predecessor: null,
    last: { telemetry, events },
    ranges: { telemetry: to(telemetry), events: to(events) },
    ...more,
  };
}

function known(epoch: string, telemetry: HeldRange[], events: HeldRange[] = []): KnownEpoch {
  const last = { telemetry: telemetry.at(-1)?.last ?? 0, events: events.at(-1)?.last ?? 0 };
  return { epoch, predecessor: null, known: last, held: { telemetry, events } };
}

/** An archive of one rig, by hand. */
class Bench {
  now = 1000;
  nonces = 0;
  readonly receiver: Receiver;

  constructor() {
    this.receiver = openReceiver({ rig: "r1", key: "c000000000000001", incarnation: "1c00000000000001", version: "1" });
  }

  page(epochs: HelloEpoch[], more: Partial<HelloPage> = {}): HelloPage {
    const head = { rig: "r1", key: rigKey, nonce: `${++this.nonces}`.padStart(16, "0"), running, at: 0, software: "1" };
    const formats = { batchFormats: [1], segmentFormats: [1], namesAll: true, chain: null };
    return { ...head, ...formats, page: 0, pages: 1, epochs, halves: [], ...more };
  }

  /** Says hello and gives the archive's facts; what comes of it. */
  hello(epochs: HelloEpoch[], archive: KnownEpoch[] = [], more: Partial<HelloPage> = {}): ReceiverEffect[] {
    const [consult] = this.receiver.step({ type: "hello", now: this.now, page: this.page(epochs, more) });
    if (consult?.type !== "consult") throw new Error("no consult");
    return this.consulted(consult.hello, archive);
  }

  consulted(hello: Hello, epochs: KnownEpoch[]): ReceiverEffect[] {
    const answer = `${this.nonces}`.padStart(16, "a");
    return this.receiver.step({ type: "consulted", now: this.now, at: 0, clockTrue: false, answer, hello, epochs });
  }

  header(first: number, last: number, more: Partial<BatchHeader> = {}): BatchHeader {
    const answer = `${this.nonces}`.padStart(16, "a");
    return {
      ...{
        format: 1,
        rig: "r1",
        key: rigKey,
        answer,
        running,
        lane: "live",
        send: 1,
        epoch: running,
        stream: "telemetry",
      },
      ...{ dictionary: "d000000000000001", firstSeq: first, count: last - first + 1, thinned: null, preview: false },
      ...more,
    };
  }

  batch(
    first: number,
    last: number,
    held: HeldRange[],
    more: Partial<BatchHeader> = {},
    body?: BatchBody,
  ): ReceiverEffect[] {
    const header = this.header(first, last, more);
    const sums = new Uint32Array(2 * (last - first + 1));
    for (let seq = first; seq <= last; seq++) sums.set([frameSum(seq).a, frameSum(seq).b], 2 * (seq - first));
    const frames = { kind: "frames", sums } as const;
    return this.receiver.step({
      type: "batch",
      now: this.now,
      header,
      keyLive: true,
      body: body ?? frames,
      held,
      known: 0,
    });
  }

  tick(ms: number): ReceiverEffect[] {
    this.now += ms;
    return this.receiver.step({ type: "tick", now: this.now });
  }
}

function receiptOf(effects: ReceiverEffect[]) {
  return effects.find((each) => each.type === "receipt")?.receipt;
}

function answerOf(effects: ReceiverEffect[]) {
  return effects.find((each) => each.type === "answer")?.pages;
}

test("a batch is trimmed to what is not yet held, and the receipt states all that it named", () => {
  const cloud = new Bench();
  cloud.hello([named(running, 3, 1)], [known(running, [stored(1, 3)])]);
  const effects = cloud.batch(2, 5, [stored(1, 1), stored(2, 3)]);
  expect(effects.filter((each) => each.type === "land")).toEqual([
    {
      type: "land",
      epoch: running,
      stream: "telemetry",
      ranges: [{ first: 4, last: 5 }],
      state: "stored",
      held: [stored(1, 5)],
    },
  ]);
  expect(receiptOf(cloud.tick(0))?.statements).toEqual([
    { epoch: running, stream: "telemetry", known: 5, watermark: 5, ranges: [stored(2, 5)] },
  ]);
});

test("receipts go at once for events and at most every 5 s for the rest", () => {
  const cloud = new Bench();
  cloud.hello([named(running, 0, 1)]);
  cloud.batch(1, 1, []);
  expect(receiptOf(cloud.tick(0))).toBeDefined();
  cloud.batch(2, 2, [stored(1, 1)], { send: 2 });
  expect(cloud.tick(4_999)).toEqual([]);
  expect(cloud.receiver.nextWake()).toBe(cloud.now + 1);
  expect(receiptOf(cloud.tick(1))?.processed).toEqual({ events: 0, live: 2, backfill: 0 });
  cloud.batch(1, 1, [], { lane: "events", stream: "events", dictionary: null });
  expect(receiptOf(cloud.tick(0))?.processed.events).toBe(1);
});

test("the next receipt says it all again, so a lost one costs nothing", () => {
  const cloud = new Bench();
  cloud.hello([named(running, 0, 1)]);
  cloud.batch(1, 2, []);
  const first = receiptOf(cloud.tick(0));
  cloud.batch(3, 4, [stored(1, 2)], { send: 2 });
  const second = receiptOf(cloud.tick(5000));
  expect(second?.statements[0]?.ranges).toEqual([stored(1, 4)]);
  expect(second?.number).toBeGreaterThan(first?.number ?? 0);
});

test("another content under a stored name is a conflict: seen, not landed, stated apart", () => {
  const cloud = new Bench();
  cloud.hello([named(running, 3, 1)]);
  const archive: HeldRange = { ...stored(2, 2), checksum: { a: 1, b: 1 } };
  const effects = cloud.batch(2, 2, [stored(1, 1), archive]);
  expect(effects.map((each) => each.type)).toEqual(["running", "conflict"]);
  cloud.batch(3, 3, [stored(1, 1), archive], { send: 2 });
  expect(receiptOf(cloud.tick(0))?.statements[0]?.ranges).toEqual([archive, stored(3, 3)]);
});

test("what cannot be read is quarantined, passes the watermark, and can still be landed", () => {
  const cloud = new Bench();
  cloud.hello([named(running, 3, 1)]);
  const effects = cloud.batch(1, 2, [], {}, { kind: "unreadable", problem: "codec 9" });
  const quarantined: HeldRange = { first: 1, last: 2, state: "quarantined", checksum: noChecksum };
  expect(effects.at(-1)).toMatchObject({ type: "quarantine", problem: "codec 9", held: [quarantined] });
  expect(receiptOf(cloud.tick(0))?.statements[0]).toMatchObject({ watermark: 2, ranges: [quarantined] });
  expect(cloud.batch(1, 2, [quarantined], { send: 2 }).at(-1)).toMatchObject({ type: "land", held: [stored(1, 2)] });
});

test("a batch whose dictionary is not there is dropped and counted, and its number is processed", () => {
  const cloud = new Bench();
  cloud.hello([named(running, 3, 1)]);
  expect(cloud.batch(1, 2, [], {}, { kind: "no dictionary" }).at(-1)).toEqual({
    type: "drop",
    reason: "no dictionary",
  });
  const receipt = receiptOf(cloud.tick(0));
  expect(receipt?.statements).toEqual([]);
  expect(receipt?.processed.live).toBe(1);
});

test("what a revoked key signed changes nothing and gets no receipt", () => {
  const cloud = new Bench();
  cloud.hello([named(running, 3, 1)]);
  const header = { format: 1, rig: "r1", key: rigKey, answer: "a", running, lane: "live", send: 1 } as const;
  const frames = {
    epoch: running,
    stream: "telemetry",
    dictionary: null,
    firstSeq: 1,
    count: 1,
    thinned: null,
    preview: false,
  } as const;
  const body = { kind: "frames", sums: new Uint32Array(2) } as const;
  const batch = {
    type: "batch",
    now: cloud.now,
    header: { ...header, ...frames },
    keyLive: false,
    body,
    held: [],
    known: 0,
  } as const;
  expect(cloud.receiver.step(batch)).toEqual([{ type: "drop", reason: "revoked key" }]);
  expect(cloud.tick(60_000)).toEqual([]);
});

test("a hello whose key is revoked before its last page came is never answered", () => {
  const cloud = new Bench();
  const page = cloud.page([], { pages: 2 });
  cloud.receiver.step({ type: "hello", now: cloud.now, page });
  cloud.receiver.step({ type: "revoked", now: cloud.now, key: rigKey });
  expect(cloud.receiver.step({ type: "hello", now: cloud.now, page: { ...page, page: 1 } })).toEqual([]);
});

test("a hello is acted on when all its pages are in, once", () => {
  const cloud = new Bench();
  const page = cloud.page([named(older, 3, 1)], { pages: 2 });
  const second = { ...page, page: 1, epochs: [named(running, 1, 1)] };
  const give = (each: HelloPage) => cloud.receiver.step({ type: "hello", now: cloud.now, page: each });
  expect(give(second)).toEqual([]);
  expect(give(second)).toEqual([]);
  expect(give(page)).toMatchObject([{ type: "consult", hello: { epochs: [{ epoch: older }, { epoch: running }] } }]);
  expect(give(page)).toEqual([]);
});

test("the answer states what is held of every epoch that the hello names, cut where it is given", () => {
  const cloud = new Bench();
  const effects = cloud.hello([named(older, 5, 1), named(running, 2, 1)], [known(older, [stored(1, 2), stored(3, 4)])]);
  const [page] = answerOf(effects) ?? [];
  expect(page?.statements).toEqual([
    { epoch: older, stream: "telemetry", known: 5, watermark: 4, ranges: [stored(1, 2), stored(3, 4)] },
    { epoch: older, stream: "events", known: 1, watermark: 0, ranges: [] },
    { epoch: running, stream: "telemetry", known: 2, watermark: 0, ranges: [] },
    { epoch: running, stream: "events", known: 1, watermark: 0, ranges: [] },
  ]);
});

test("what is known, not held and not on the rig's disk becomes lost, also in epochs that a whole hello does not name", () => {
  const cloud = new Bench();
  const mine = named(older, 9, 1, { ranges: { telemetry: [{ first: 7, last: 8 }], events: [{ first: 1, last: 1 }] } });
  const gone = "e00000000000000f";
  const effects = cloud.hello(
    [mine, named(running, 2, 1)],
    [known(older, [stored(1, 4)]), known(gone, [stored(2, 3)])],
  );
  expect(effects.filter((each) => each.type === "lost")).toEqual([
    {
      type: "lost",
      epoch: older,
      stream: "telemetry",
      ranges: [
        { first: 5, last: 6 },
        { first: 9, last: 9 },
      ],
      held: [stored(1, 4), lost(5, 6), lost(9, 9)],
    },
    {
      type: "lost",
      epoch: gone,
      stream: "telemetry",
      ranges: [{ first: 1, last: 1 }],
      held: [lost(1, 1), stored(2, 3)],
    },
  ]);
});

test("nothing becomes lost in epochs that a hello does not name, unless it names all", () => {
  const cloud = new Bench();
  const effects = cloud.hello([named(running, 2, 1)], [known(older, [stored(2, 3)])], { namesAll: false });
  expect(effects.filter((each) => each.type === "lost")).toEqual([]);
});

test("under a hash that agrees, what nobody holds is lost in epochs that are not named too; under another one nothing is", () => {
  const last = { telemetry: 3, events: 0 };
  const successor = named(running, 2, 1, { predecessor: { epoch: older, last } });
  const archive = [known(older, [stored(2, 3)]), { ...known("e00000000000000f", [stored(3, 3)]) }];
  const hash = hashOfChain([older], () => ({ telemetry: streamSum([stored(2, 3)], 3), events: streamSum([], 0) }));
  const said = (chain: string) => ({ namesAll: false, chain: { hash: chain, head: older, oldest: older } });
  const agreed = new Bench().hello([successor], archive, said(hash ?? ""));
  expect(agreed.flatMap((each) => (each.type === "lost" ? [[each.epoch, each.ranges]] : []))).toEqual([
    [older, [{ first: 1, last: 1 }]],
    ["e00000000000000f", [{ first: 1, last: 2 }]],
  ]);
  expect(answerOf(agreed)?.[0]).toMatchObject({ nameAll: false });
  const other = new Bench().hello([successor], archive, said("ffffffffffffffff"));
  expect(other.filter((each) => each.type === "lost")).toEqual([]);
  expect(answerOf(other)?.[0]).toMatchObject({ nameAll: true });
});

test("of the running epoch nothing is lost beyond the last seq that the hello names", () => {
  const cloud = new Bench();
  const effects = cloud.hello([named(running, 2, 1)], [known(running, [stored(5, 5)])]);
  expect(effects.filter((each) => each.type === "lost")).toEqual([]);
});

test("a late batch that names the epoch that ran before under the same answer does not bring it back", () => {
  const cloud = new Bench();
  cloud.hello([named(running, 2, 1)]);
  const runs = (epoch: string) => cloud.batch(1, 1, [], { running: epoch }).filter((each) => each.type === "running");
  expect(runs(running)).toHaveLength(1);
  expect(runs(older)).toHaveLength(1);
  expect(runs(running)).toEqual([]);
  expect(runs(older)).toEqual([]);
});

test("a predecessor's last seqs are known by its successor's record", () => {
  const cloud = new Bench();
  const successor = named(running, 1, 1, { predecessor: { epoch: older, last: { telemetry: 9, events: 2 } } });
  const effects = cloud.hello([successor], [known(older, [stored(1, 7)])]);
  expect(effects).toContainEqual({ type: "know", epoch: older, predecessor: null, known: { telemetry: 9, events: 2 } });
  expect(effects).toContainEqual(
    expect.objectContaining({ type: "lost", epoch: older, ranges: [{ first: 8, last: 9 }] }),
  );
});

test("two epochs with one predecessor are a fork", () => {
  const cloud = new Bench();
  const predecessor = { epoch: older, last: { telemetry: 3, events: 1 } };
  const sibling: KnownEpoch = { ...known("e000000000000002", [stored(1, 1)]), predecessor };
  const effects = cloud.hello([named(running, 1, 1, { predecessor })], [known(older, [stored(1, 3)]), sibling]);
  expect(effects).toContainEqual({ type: "fork", predecessor: older, epochs: ["e000000000000002", running] });
});

test("a batch under an answer that is not known lands, and its receipt asks for a hello", () => {
  const cloud = new Bench();
  expect(cloud.batch(1, 2, []).map((each) => each.type)).toEqual(["land"]);
  expect(receiptOf(cloud.tick(0))).toMatchObject({ answer: "", statements: [], incarnation: "1c00000000000001" });
});

test("the epoch that runs is the one that a batch names under the newest answer", () => {
  const cloud = new Bench();
  cloud.hello([named(running, 0, 1)]);
  const before = "1".padStart(16, "a");
  expect(cloud.batch(1, 1, [])).toContainEqual({ type: "running", epoch: running, answer: before });
  cloud.hello([named(running, 0, 1)]);
  const empty = { count: 0, epoch: "", send: 1 } as const;
  const next = cloud.batch(0, 0, [], { ...empty, running: "e000000000000009" }, { kind: "empty" });
  expect(next).toEqual([{ type: "running", epoch: "e000000000000009", answer: "2".padStart(16, "a") }]);
  expect(cloud.batch(0, 0, [], { ...empty, answer: before }, { kind: "empty" })).toEqual([]);
});

test("thinned frames land as such, never over originals, and are receipted as thinned", () => {
  const cloud = new Bench();
  cloud.hello([named(running, 3, 1)]);
  const effects = cloud.batch(1, 3, [stored(1, 1)], { thinned: 0.5 });
  expect(effects.at(-1)).toMatchObject({ type: "land", state: "thinned", ranges: [{ first: 2, last: 3 }] });
  expect(receiptOf(cloud.tick(0))?.statements[0]?.ranges.map((each) => each.state)).toEqual(["stored", "thinned"]);
});

test("where originals take the place of some thinned frames, the others are stated with sums of their own", () => {
  const cloud = new Bench();
  cloud.hello([named(running, 9, 1)]);
  const thinned = (first: number, last: number): HeldRange => ({ ...stored(first, last), state: "thinned" });
  cloud.batch(1, 9, [], { thinned: 0.5 });
  cloud.tick(60_000);
  expect(cloud.receiver.cutsOfBatch(cloud.header(4, 6))).toEqual(expect.arrayContaining([1, 4, 7, 10]));
  cloud.batch(4, 6, [thinned(1, 3), thinned(4, 6), thinned(7, 9), thinned(10, 12)]);
  expect(receiptOf(cloud.tick(60_000))?.statements[0]?.ranges).toEqual([thinned(1, 3), stored(4, 6), thinned(7, 9)]);
});

test("what is left of thinned frames and expired together with others before them is stated by the next answer only", () => {
  const cloud = new Bench();
  cloud.hello([named(running, 8, 1)]);
  const thinned = (first: number, last: number): HeldRange => ({ ...stored(first, last), state: "thinned" });
  cloud.batch(1, 2, []);
  cloud.batch(3, 8, [stored(1, 2)], { thinned: 0.5 });
  cloud.tick(60_000);
  cloud.batch(5, 6, [{ ...stored(1, 3), state: "expired" }, thinned(4, 4), thinned(5, 6), thinned(7, 8)]);
  expect(receiptOf(cloud.tick(60_000))).toMatchObject({ answer: "", statements: [] });
});

test("a preview is shown, and changes neither what is held nor what is receipted", () => {
  const cloud = new Bench();
  cloud.hello([named(running, 3, 1)]);
  expect(cloud.batch(1, 1, [], { preview: true, send: 0 })).toEqual([{ type: "show" }]);
  expect(cloud.tick(60_000)).toEqual([]);
});

test("a hello that the network doubles is answered once", () => {
  const cloud = new Bench();
  const page = cloud.page([named(running, 0, 1)]);
  expect(cloud.receiver.step({ type: "hello", now: cloud.now, page })).toHaveLength(1);
  expect(cloud.receiver.step({ type: "hello", now: cloud.now, page })).toEqual([]);
});

test("with no format in common the answer says that an upgrade is needed", () => {
  const cloud = new Bench();
  expect(answerOf(cloud.hello([named(running, 0, 1)], [], { batchFormats: [9] }))?.[0]?.upgradeNeeded).toBe(true);
});
