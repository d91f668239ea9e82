import { expect, test } from "vitest";
import type { AnswerPage } from "./answer.ts";
import { addChecksums, noChecksum } from "./checksum.ts";
import type { HeldRange, Statement } from "./held.ts";
import type { Checksum, HeldState, SeqRange, Stream } from "./names.ts";
import type { Receipt } from "./receipt.ts";
import { openSender, type Sender } from "./sender.ts";
import type { EpochFacts, OwedRun, SenderFacts } from "./sender-facts.ts";
import { type SenderEffect, type SenderEvent, type SendOrder, senderLimits } from "./sender-io.ts";

const running = "e000000000000001";
const older = "e000000000000000";
const dictionary = "d000000000000001";
const key = "a000000000000001";
const incarnation = "1c00000000000001";

function epoch(id: string, telemetry: number, events: number, told: string | null = null): EpochFacts {
  const to = (last: number) => (last === 0 ? [] : [{ first: 1, last }]);
  const kept = { telemetry: to(telemetry), events: to(events) };
  return { epoch: id, predecessor: null, last: { telemetry, events }, kept, told };
}

function owes(id: string, stream: Stream, first: number, last: number, foundation = false): OwedRun {
  return { epoch: id, stream, first, last, dictionary: stream === "telemetry" ? dictionary : null, foundation };
}

function factsOf(more: Partial<SenderFacts> = {}): SenderFacts {
  const needs = [{ epoch: running, seq: 2 }];
  const note = { incarnation, number: 1 };
  return {
    running,
    epochs: [epoch(running, 0, 2, incarnation)],
    owed: [],
    dictionaries: [{ hash: dictionary, needs }],
    note,
    ...more,
  };
}

/** A rig that drives its sender by hand: nothing happens but what a test says. */
class Bench {
  now = 1000;
  nonces = 0;
  number = 10;
  answers = 0;
  readonly sender: Sender;

  constructor(facts: SenderFacts, limits: Partial<typeof senderLimits> = {}) {
    this.sender = openSender({ rig: "r1", key, software: "1", limits }, facts);
  }

  give(event: DistributiveOmit<SenderEvent, "now">): SenderEffect[] {
    return this.sender.step({ ...event, now: this.now } as SenderEvent);
  }

  nonce(): string {
    return `${++this.nonces}`.padStart(16, "0");
  }

  connect(): SenderEffect[] {
    return this.give({ type: "connected", at: 0, nonce: this.nonce() });
  }

  /** Lets time pass and ticks. */
  wait(ms: number): SenderEffect[] {
    this.now += ms;
    return this.give({ type: "tick", at: 0, nonce: this.nonce() });
  }

  page(statements: Statement[] = [], more: Partial<AnswerPage> = {}): AnswerPage {
    const head = {
      rig: "r1",
      key,
      nonce: `${this.nonces}`.padStart(16, "0"),
      incarnation,
      number: ++this.number,
      at: 0,
    };
    const answer = `${++this.answers}`.padStart(16, "a");
    const formats = { version: "1", batchFormats: [1], segmentFormats: [1], upgradeNeeded: false, nameAll: false };
    return { ...head, answer, ...formats, page: 0, pages: 1, statements, asks: [], ...more };
  }

  answer(statements: Statement[] = [], more: Partial<AnswerPage> = {}): SenderEffect[] {
    return this.give({ type: "answer", page: this.page(statements, more) });
  }

  /** The encoder took these many frames of an order. */
  took(order: SendOrder, count = order.last - order.first + 1): SenderEffect[] {
    const { answer, lane, send, epoch: of } = order;
    return this.give({ type: "sent", answer, lane, send, count: of === "" ? 0 : count, bytes: 100 });
  }

  receipt(
    processed: Partial<Receipt["processed"]>,
    statements: Statement[] = [],
    more: Partial<Receipt> = {},
  ): SenderEffect[] {
    const answer = `${this.answers}`.padStart(16, "a");
    const all = { events: 0, live: 0, backfill: 0, ...processed };
    const receipt = { rig: "r1", key, incarnation, number: ++this.number, answer, processed: all, statements, ...more };
    return this.give({ type: "receipt", receipt });
  }

  /** Everything that may go goes, until the sender waits; all orders. */
  drain(effects: SenderEffect[]): SendOrder[] {
    const orders: SendOrder[] = [];
    for (let order = orderOf(effects); order !== null && orders.length < 50; ) {
      orders.push(order);
      order = orderOf(this.took(order));
    }
    return orders;
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

function orderOf(effects: SenderEffect[]): SendOrder | null {
  return effects.find((each) => each.type === "send")?.order ?? null;
}

function sum(first: number, last: number): Checksum {
  let total = noChecksum;
  for (let seq = first; seq <= last; seq++) total = addChecksums(total, { a: seq * 17, b: seq * 31 });
  return total;
}

function says(id: string, stream: Stream, first: number, last: number, state: HeldState = "stored"): Statement {
  const range: HeldRange = { first, last, state, checksum: state === "stored" ? sum(first, last) : noChecksum };
  return { epoch: id, stream, known: last, watermark: last, ranges: [range] };
}

const framesOf = (order: SendOrder | null) =>
  order && `${order.lane} ${order.epoch}/${order.stream} ${order.first}..${order.last}`;
const kindsOf = (effects: SenderEffect[]) => effects.map((each) => each.type);
const seqs = (first: number, last: number): SeqRange[] => [{ first, last }];

test("nothing but hello is sent before the answer, and only the answer to the newest hello counts", () => {
  const rig = new Bench(factsOf({ owed: [owes(running, "events", 1, 2, true)] }));
  expect(kindsOf(rig.connect())).toEqual(["hello"]);
  const late = rig.page();
  expect(kindsOf(rig.wait(senderLimits.retryMs))).toEqual(["hello"]);
  expect(rig.give({ type: "answer", page: late })).toEqual([]);
  expect(framesOf(orderOf(rig.answer()))).toBe(`events ${running}/events 1..2`);
  expect(rig.give({ type: "answer", page: rig.page() })).toEqual([]);
});

test("hello is said again until it is answered, each with a fresh nonce, less and less often", () => {
  const rig = new Bench(factsOf());
  const said = [rig.connect()];
  const waits: number[] = [];
  for (let i = 0; i < 8; i++) {
    const wait = rig.sender.nextWake() - rig.now;
    waits.push(wait);
    expect(rig.wait(wait - 1)).toEqual([]);
    said.push(rig.wait(1));
  }
  const nonces = said.flat().map((each) => (each.type === "hello" ? each.pages[0]?.nonce : null));
  expect(new Set(nonces).size).toBe(9);
  expect(waits).toEqual([5000, 10_000, 20_000, 40_000, 80_000, 120_000, 120_000, 120_000]);
});

test("an answer is acted on only when all its pages are in", () => {
  const rig = new Bench(factsOf({ owed: [owes(running, "events", 1, 2)] }));
  rig.connect();
  const page = rig.page([says(running, "events", 1, 1)], { pages: 2 });
  const second = { ...page, page: 1, statements: [says(running, "events", 2, 2)] };
  expect(rig.give({ type: "answer", page: second })).toEqual([]);
  expect(rig.give({ type: "answer", page: second })).toEqual([]);
  expect(kindsOf(rig.give({ type: "answer", page })).filter((each) => each === "free")).toHaveLength(2);
});

test("records and dictionaries of any epoch go first, then the running epoch's events, then others'", () => {
  const epochs = [epoch(older, 0, 4, incarnation), epoch(running, 0, 4, incarnation)];
  const owed = [owes(older, "events", 1, 1, true), owes(older, "events", 2, 4)];
  owed.push(owes(running, "events", 1, 2, true), owes(running, "events", 3, 4));
  const rig = new Bench(factsOf({ epochs, owed }));
  rig.connect();
  const first = orderOf(rig.answer());
  const second = first && orderOf(rig.took(first));
  const third = second && orderOf(rig.took(second));
  const fourth = third && orderOf(rig.took(third));
  expect([first, second, third, fourth].map(framesOf)).toEqual([
    `events ${older}/events 1..1`,
    `events ${running}/events 1..2`,
    `events ${running}/events 3..4`,
    `events ${older}/events 2..4`,
  ]);
});

test("telemetry waits until the events with its dictionary are proved to be stored", () => {
  const owed = [owes(running, "events", 1, 2, true), owes(running, "telemetry", 1, 5)];
  const rig = new Bench(factsOf({ epochs: [epoch(running, 5, 2, incarnation)], owed }));
  rig.connect();
  expect(rig.drain(rig.answer()).map(framesOf)).toEqual([`events ${running}/events 1..2`]);
  const effects = rig.receipt({ events: 1 }, [says(running, "events", 1, 2)]);
  expect(effects).toContainEqual({
    type: "free",
    epoch: running,
    stream: "events",
    ranges: seqs(1, 2),
    checksum: sum(1, 2),
  });
  expect(orderOf(effects)).toBeNull();
  const order = orderOf(rig.give({ type: "freed", epoch: running, stream: "events", ranges: seqs(1, 2) }));
  expect(framesOf(order)).toBe(`live ${running}/telemetry 1..5`);
});

test("live takes the newest frames, backfill the oldest", () => {
  const epochs = [epoch(older, 30, 2, incarnation), epoch(running, 40, 2, incarnation)];
  const owed = [owes(older, "telemetry", 1, 30), owes(running, "telemetry", 1, 40)];
  const rig = new Bench(factsOf({ epochs, owed }));
  rig.connect();
  expect(rig.drain(rig.answer()).map(framesOf)).toEqual([
    `live ${running}/telemetry 31..40`,
    `backfill ${older}/telemetry 1..30`,
    `backfill ${running}/telemetry 1..30`,
  ]);
});

/** A rig that has sent frames 1 to 4, one batch each. */
function sending(): Bench {
  const rig = new Bench(
    factsOf({ epochs: [epoch(running, 4, 2, incarnation)], owed: [owes(running, "telemetry", 1, 4)] }),
  );
  rig.connect();
  let order = orderOf(rig.answer());
  while (order !== null) order = orderOf(rig.took(order, 1));
  return rig;
}

test("an acknowledgement of the transport frees nothing", () => {
  const rig = sending();
  const answer = `${rig.answers}`.padStart(16, "a");
  for (let send = 1; send <= 4; send++)
    expect(rig.give({ type: "acknowledged", answer, lane: "live", send })).toEqual([]);
});

test("a batch that was lost goes again when a later one of its lane was processed", () => {
  const rig = sending();
  const [statement, later] = [says(running, "telemetry", 1, 1), says(running, "telemetry", 3, 4)];
  const effects = rig.receipt({ live: 4 }, [{ ...statement, ranges: [...statement.ranges, ...later.ranges] }]);
  expect(framesOf(orderOf(effects))).toBe(`live ${running}/telemetry 2..2`);
});

test("no timer resends while receipts are merely late: an empty batch asks, with back-off", () => {
  const rig = sending();
  const sent: (string | null)[] = [];
  const waits: number[] = [];
  for (let i = 0; i < 3; i++) {
    const wait = rig.sender.nextWake() - rig.now;
    waits.push(wait);
    const order = orderOf(rig.wait(wait));
    sent.push(framesOf(order));
    if (order !== null) rig.took(order);
  }
  expect(sent).toEqual(["live /events 0..0", "live /events 0..0", "live /events 0..0"]);
  expect(waits).toEqual([15_000, 30_000, 60_000]);
});

test("the empty batch's receipt shows that the last batches were lost", () => {
  const rig = sending();
  const order = orderOf(rig.wait(senderLimits.probeMs));
  if (order !== null) rig.took(order);
  const effects = rig.receipt({ live: 5 }, [says(running, "telemetry", 1, 2)]);
  expect(framesOf(orderOf(effects))).toBe(`live ${running}/telemetry 3..4`);
});

test("what was proved is not compared again, and a conflict does not spread to what follows", () => {
  const rig = sending();
  expect(rig.receipt({ live: 1 }, [says(running, "telemetry", 1, 1)])[0]).toMatchObject({
    type: "free",
    ranges: seqs(1, 1),
  });
  const refused = rig.give({ type: "differs", epoch: running, stream: "telemetry", ranges: seqs(1, 1) });
  expect(kindsOf(refused)).toEqual(["conflict", "renew"]);
  const effects = rig.receipt({ live: 3 }, [says(running, "telemetry", 1, 3)]);
  expect(effects).toEqual([
    { type: "free", epoch: running, stream: "telemetry", ranges: seqs(2, 3), checksum: sum(2, 3) },
  ]);
});

test("lost, thinned and quarantined free nothing; quarantined frames wait for another version of the cloud", () => {
  const rig = sending();
  for (const state of ["lost", "thinned"] as const)
    expect(kindsOf(rig.receipt({}, [says(running, "telemetry", 1, 4, state)]))).toEqual([]);
  expect(kindsOf(rig.receipt({ live: 4 }, [says(running, "telemetry", 1, 4, "quarantined")]))).toEqual([]);
  const quarantined = [says(running, "telemetry", 1, 4, "quarantined")];
  rig.connect();
  expect(rig.drain(rig.answer(quarantined)).map(framesOf)).toEqual(["events /events 0..0"]);
  rig.connect();
  expect(framesOf(orderOf(rig.answer(quarantined, { version: "2" })))).toBe(`live ${running}/telemetry 1..4`);
});

test("a receipt of another incarnation is not applied: hello is said", () => {
  const rig = sending();
  rig.now += senderLimits.retryMs;
  const foreign = { incarnation: "1c00000000000002" };
  expect(rig.receipt({ live: 4 }, [says(running, "telemetry", 1, 4)], foreign)).toEqual([]);
  expect(rig.sender.nextWake()).toBe(rig.now);
  expect(kindsOf(rig.wait(0))).toContain("hello");
});

test("a receipt that is not above the last one or of another answer changes nothing", () => {
  const rig = sending();
  const statements = [says(running, "telemetry", 1, 4)];
  expect(rig.receipt({ live: 4 }, statements, { number: 1 })).toEqual([]);
  expect(rig.receipt({ live: 4 }, statements, { answer: "ffffffffffffffff" })).toEqual([]);
});

test("a new incarnation is told of every epoch before anything goes, and what it lacks is owed again", () => {
  const epochs = [epoch(older, 3, 3, incarnation), epoch(running, 0, 2, incarnation)];
  const facts = factsOf({ epochs, owed: [owes(running, "events", 1, 2, true)] });
  const rig = new Bench(facts, { alwaysNamed: 0 });
  rig.connect();
  rig.answer([says(older, "telemetry", 1, 3), says(older, "events", 1, 3)]);
  const hello = rig.wait(senderLimits.helloMs).find((each) => each.type === "hello");
  expect(hello?.pages[0]).toMatchObject({ namesAll: false, epochs: [{ epoch: running }] });
  const next = { incarnation: "1c00000000000002" };
  const effects = rig.answer([], next);
  expect(orderOf(effects)).toBeNull();
  const again = rig.wait(0).find((each) => each.type === "hello");
  expect(again?.pages[0]).toMatchObject({ namesAll: true, epochs: [{ epoch: older }, { epoch: running }] });
  const told = rig.answer([says(older, "telemetry", 1, 2), says(older, "events", 1, 3, "quarantined")], next);
  expect(told).toContainEqual({ type: "unfree", epoch: older, stream: "telemetry", ranges: seqs(3, 3) });
  expect(told).toContainEqual({ type: "unfree", epoch: older, stream: "events", ranges: seqs(1, 3) });
});

test("a seq that was not yet given begins a new epoch, and hello is said", () => {
  const rig = sending();
  const effects = rig.receipt({ live: 1 }, [{ ...says(running, "telemetry", 1, 1), known: 9 }]);
  expect(effects[0]).toEqual({ type: "renew", reason: "a seq that was not given is known" });
  rig.give({ type: "renewed", epoch: epoch("e000000000000002", 0, 0) });
  expect(rig.sender.nextWake()).toBe(rig.now);
});

test("frames evicted under way are subtracted from what the cloud states of their range", () => {
  const rig = sending();
  const { a, b } = sum(1, 1);
  rig.give({
    type: "gone",
    epoch: running,
    stream: "telemetry",
    range: { first: 1, last: 1 },
    sums: Uint32Array.of(a, b),
  });
  expect(rig.receipt({ live: 4 }, [says(running, "telemetry", 1, 4)])[0]).toEqual({
    ...{ type: "free", epoch: running, stream: "telemetry", ranges: seqs(2, 4), checksum: sum(2, 4) },
  });
});

test("so are frames evicted while they are encoded", () => {
  const facts = factsOf({ epochs: [epoch(running, 4, 2, incarnation)], owed: [owes(running, "telemetry", 1, 4)] });
  const rig = new Bench(facts);
  rig.connect();
  const order = orderOf(rig.answer());
  const sums = Uint32Array.of(sum(1, 1).a, sum(1, 1).b);
  rig.give({ type: "gone", epoch: running, stream: "telemetry", range: { first: 1, last: 1 }, sums });
  if (order !== null) rig.took(order);
  expect(rig.receipt({ live: 1 }, [says(running, "telemetry", 1, 4)])[0]).toMatchObject({
    ranges: seqs(2, 4),
    checksum: sum(2, 4),
  });
});

test("where the first of the ordered frames goes before it is encoded, those behind it are ordered at once", () => {
  const facts = factsOf({ epochs: [epoch(running, 4, 2, incarnation)], owed: [owes(running, "telemetry", 1, 4)] });
  const rig = new Bench(facts);
  rig.connect();
  const order = orderOf(rig.answer());
  if (order === null) throw new Error("nothing was ordered");
  const sums = Uint32Array.of(sum(1, 1).a, sum(1, 1).b);
  rig.give({ type: "gone", epoch: running, stream: "telemetry", range: { first: 1, last: 1 }, sums });
  const { answer, lane, send } = order;
  const next = orderOf(rig.give({ type: "sent", answer, lane, send, count: 0, bytes: 0 }));
  expect(framesOf(next)).toBe(`live ${running}/telemetry 2..4`);
});

test("frames that go in vain, receipt after receipt, wait for their dictionary to be written again", () => {
  const rig = new Bench(
    factsOf({ epochs: [epoch(running, 2, 2, incarnation)], owed: [owes(running, "telemetry", 1, 2)] }),
  );
  rig.connect();
  let effects = rig.answer();
  for (let live = 1; live <= 3; live++) {
    const order = orderOf(effects);
    if (order !== null) rig.took(order);
    effects = rig.receipt({ live });
  }
  expect(effects).toEqual([{ type: "rewrite", dictionary }]);
  const written = { hash: dictionary, needs: [] };
  expect(framesOf(orderOf(rig.give({ type: "dictionary", dictionary: written })))).toBe(
    `live ${running}/telemetry 1..2`,
  );
});

test("frames inside a longer expired range are neither freed nor sent", () => {
  const facts = factsOf({ epochs: [epoch(running, 4, 2, incarnation)], owed: [owes(running, "telemetry", 2, 4)] });
  const rig = new Bench(facts);
  rig.connect();
  const effects = rig.answer([says(running, "telemetry", 1, 3, "expired")]);
  expect(effects).toContainEqual({ type: "unproven", epoch: running, stream: "telemetry", ranges: seqs(2, 3) });
  expect(rig.drain(effects).map(framesOf)).toEqual([`live ${running}/telemetry 4..4`]);
});

test("a dictionary whose events are in conflict is written again, for the frames that need it", () => {
  const owed = [owes(older, "events", 1, 2, true), owes(running, "telemetry", 1, 5)];
  const dictionaries = [{ hash: dictionary, needs: [{ epoch: older, seq: 2 }] }];
  const epochs = [epoch(older, 0, 2, incarnation), epoch(running, 5, 2, incarnation)];
  const rig = new Bench(factsOf({ epochs, owed, dictionaries }));
  rig.connect();
  rig.answer([says(older, "events", 1, 2)]);
  const effects = rig.give({ type: "differs", epoch: older, stream: "events", ranges: seqs(1, 2) });
  expect(effects.slice(0, 2)).toEqual([
    { type: "conflict", epoch: older, stream: "events", ranges: seqs(1, 2) },
    { type: "rewrite", dictionary },
  ]);
});

test("bytes without a receipt are bounded, and backfill leaves room for live", () => {
  const limits = { windowBytes: 1000, batchBytes: 100, transportBytes: 10_000 };
  const epochs = [epoch(older, 500, 0, incarnation), epoch(running, 20, 2, incarnation)];
  const facts = factsOf({ epochs, owed: [owes(older, "telemetry", 1, 500), owes(running, "telemetry", 20, 20)] });
  const rig = new Bench(facts, limits);
  rig.connect();
  let order = orderOf(rig.answer());
  const lanes: string[] = [];
  while (order !== null) {
    lanes.push(order.lane);
    order = orderOf(rig.took(order, 1));
  }
  expect(lanes).toEqual(["live", ...Array(6).fill("backfill")]);
  const appended = { type: "appended", stream: "telemetry", seq: 21, dictionary, foundation: false } as const;
  expect(orderOf(rig.give(appended))?.lane).toBe("live");
});

test("where no format is common, only hello goes", () => {
  const rig = sending();
  rig.connect();
  expect(orderOf(rig.answer([], { upgradeNeeded: true }))).toBeNull();
});

test("where nothing is owed, an empty batch tells which epoch runs", () => {
  const rig = new Bench(factsOf());
  rig.connect();
  expect(orderOf(rig.answer())).toMatchObject({ epoch: "", running, lane: "events", send: 1 });
});
