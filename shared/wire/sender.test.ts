import { expect, test } from "vitest";
import type { AnswerPage } from "./answer.ts";
import { addChecksums, noChecksum } from "./checksum.ts";
import { type HeldRange, rankOf, type Statement } from "./held.ts";
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

/** An epoch that was stated, or of which nothing was. */
function epoch(id: string, telemetry: number, events: number, told: string | null = null): EpochFacts {
  const to = (last: number) => (last === 0 ? [] : [{ first: 1, last }]);
  const kept = { telemetry: to(telemetry), events: to(events) };
  const stated = (last: number) => ({ last, whole: sum(1, last), thinned: noChecksum });
  const all = told === null ? null : { telemetry: stated(telemetry), events: stated(events) };
  return { epoch: id, predecessor: null, last: { telemetry, events }, kept, thinned: [], told: all, moved: false };
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
    const formats = {
      version: "1",
      batchFormats: [1],
      segmentFormats: [1],
      upgradeNeeded: false,
      nameAll: false,
      clockTrue: false,
    };
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
  const range: HeldRange = {
    first,
    last,
    state,
    checksum: rankOf(state) >= rankOf("thinned") ? sum(first, last) : noChecksum,
  };
  return { epoch: id, stream, known: last, watermark: last, ranges: [range] };
}

/** The journal's refusal of a claim, with the halves of it. */
function differs(id: string, stream: Stream, first: number, last: number, undivided = false) {
  const middle = Math.floor((first + last) / 2);
  const half = (from: number, to: number) => ({ first: from, last: to, checksum: sum(from, to) });
  const parts = first === last || undivided ? [] : [half(first, middle), half(middle + 1, last)];
  const said = { ranges: seqs(first, last), checksum: sum(first, last), undivided, parts };
  return { type: "differs", epoch: id, stream, ...said } as const;
}

const framesOf = (order: SendOrder | null) =>
  order && `${order.lane} ${order.epoch}/${order.stream} ${order.first}..${order.last}`;
function never(): never {
  throw new Error("nothing was ordered");
}

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
    undivided: false,
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
  const refused = rig.give(differs(running, "telemetry", 1, 1));
  expect(kindsOf(refused)).toEqual(["renew"]);
  const effects = rig.receipt({ live: 3 }, [says(running, "telemetry", 1, 3)]);
  expect(effects).toEqual([
    { type: "free", epoch: running, stream: "telemetry", ranges: seqs(2, 3), checksum: sum(2, 3), undivided: false },
  ]);
});

test("lost and quarantined free nothing, thinned nothing that the rig has whole; quarantined frames wait for another version of the cloud", () => {
  const rig = sending();
  expect(kindsOf(rig.receipt({}, [says(running, "telemetry", 1, 4, "lost")]))).toEqual([]);
  const [compared] = rig.receipt({}, [says(running, "telemetry", 1, 4, "thinned")]);
  expect(compared).toMatchObject({ type: "free", ranges: seqs(1, 4), stays: seqs(1, 4) });
  rig.give({ type: "freed", epoch: running, stream: "telemetry", ranges: seqs(1, 4), stays: seqs(1, 4) });
  expect(kindsOf(rig.receipt({ live: 4 }, [says(running, "telemetry", 1, 4, "quarantined")]))).toEqual([]);
  const quarantined = [says(running, "telemetry", 1, 4, "quarantined")];
  rig.connect();
  expect(rig.drain(rig.answer(quarantined)).map(framesOf)).toEqual(["events /events 0..0"]);
  rig.connect();
  expect(framesOf(orderOf(rig.answer(quarantined, { version: "2" })))).toBe(`live ${running}/telemetry 1..4`);
});

test("thinned frees what the rig has thinned, and nothing that it has whole", () => {
  const rig = sending();
  rig.give({ type: "thinned", epoch: running, range: { first: 1, last: 2 } });
  const [one, other] = [says(running, "telemetry", 1, 2, "thinned"), says(running, "telemetry", 3, 4, "thinned")];
  const effects = rig.receipt({ live: 4 }, [{ ...one, ranges: [...one.ranges, ...other.ranges] }]);
  const free = { type: "free", epoch: running, stream: "telemetry", undivided: false } as const;
  expect(effects.filter(({ type }) => type === "free")).toEqual([
    { ...free, ranges: seqs(1, 2), checksum: sum(1, 2) },
    { ...free, ranges: seqs(3, 4), checksum: sum(3, 4), stays: seqs(3, 4) },
  ]);
});

test("whole frames that the cloud has thinned from others move, like any that differ", () => {
  const facts = epoch(older, 4, 1);
  const rig = new Bench(factsOf({ epochs: [facts, epoch(running, 0, 2)], owed: [owes(older, "telemetry", 1, 1)] }));
  rig.connect();
  rig.answer([says(older, "telemetry", 1, 1, "thinned"), says(older, "events", 1, 1), says(running, "events", 1, 2)]);
  const effects = rig.give({ ...differs(older, "telemetry", 1, 1), parts: [] });
  expect(effects.map(({ type }) => type)).toContain("move");
});

test("history that is thinned on both sides is not owed again, and whole history is where the cloud has it thinned", () => {
  const facts = { ...epoch(older, 4, 1), thinned: seqs(1, 2) };
  const rig = new Bench(factsOf({ epochs: [facts, epoch(running, 0, 2)] }));
  rig.connect();
  const thinned = says(older, "telemetry", 1, 4, "thinned");
  const apart = [
    ...says(older, "telemetry", 1, 2, "thinned").ranges,
    ...says(older, "telemetry", 3, 4, "thinned").ranges,
  ];
  const effects = rig.answer([
    { ...thinned, ranges: apart },
    says(older, "events", 1, 1),
    says(running, "events", 1, 2),
  ]);
  expect(effects.filter(({ type }) => type === "unfree")).toEqual([
    { type: "unfree", epoch: older, stream: "telemetry", ranges: seqs(3, 4) },
  ]);
});

test("a hello names what is thinned apart from what is whole, so that their sums can be told apart", () => {
  const facts = { ...epoch(older, 9, 1), thinned: seqs(4, 6) };
  const rig = new Bench(factsOf({ epochs: [facts, epoch(running, 0, 2)] }));
  const [hello] = rig.connect();
  const named = hello?.type === "hello" ? hello.pages[0]?.epochs.find((each) => each.epoch === older) : undefined;
  expect(named?.ranges.telemetry).toEqual([...seqs(1, 3), ...seqs(4, 6), ...seqs(7, 9)]);
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

/** Three runs, of which the oldest owes nothing and was stated. */
function chained(): Bench {
  const [first, second] = ["e00000000000000a", older];
  const last = { telemetry: 3, events: 3 };
  const epochs = [
    epoch(first, 3, 3, incarnation),
    { ...epoch(second, 3, 3, incarnation), predecessor: { epoch: first, last } },
    { ...epoch(running, 0, 2, incarnation), predecessor: { epoch: second, last } },
  ];
  const rig = new Bench(factsOf({ epochs, owed: [owes(running, "events", 1, 2, true)] }));
  return rig;
}

const helloIn = (effects: SenderEffect[]) => effects.find((each) => each.type === "hello")?.pages[0];

test("runs that owe nothing go as one hash over what the cloud stated of them, whichever incarnation it was", () => {
  const rig = chained();
  const hello = helloIn(rig.connect());
  expect(hello).toMatchObject({ namesAll: false, epochs: [{ epoch: running }] });
  expect(hello?.chain).toMatchObject({ head: older, oldest: "e00000000000000a" });
  const effects = rig.answer([], { incarnation: "1c00000000000002" });
  expect(framesOf(orderOf(effects))).toBe(`events ${running}/events 1..2`);
});

test("where the hash is another, all epochs are named before anything goes, and what is lacking is owed again", () => {
  const rig = chained();
  rig.connect();
  expect(orderOf(rig.answer([], { nameAll: true }))).toBeNull();
  const again = helloIn(rig.wait(0));
  expect(again).toMatchObject({ namesAll: true, chain: null, epochs: [{}, { epoch: older }, { epoch: running }] });
  const told = rig.answer([says(older, "telemetry", 1, 2), says(older, "events", 1, 3, "quarantined")]);
  expect(told).toContainEqual({ type: "unfree", epoch: older, stream: "telemetry", ranges: seqs(3, 3) });
  expect(told).toContainEqual({ type: "unfree", epoch: older, stream: "events", ranges: seqs(1, 3) });
});

test("an epoch of which more was freed than the cloud stated as a whole is named once more", () => {
  const owed = [owes(older, "telemetry", 3, 3)];
  const last = { telemetry: 3, events: 3 };
  const epochs = [
    epoch(older, 3, 3, incarnation),
    { ...epoch(running, 0, 2, incarnation), predecessor: { epoch: older, last } },
  ];
  const rig = new Bench(factsOf({ epochs, owed }));
  rig.connect();
  rig.took(orderOf(rig.answer([says(older, "telemetry", 1, 2)])) ?? never());
  rig.receipt({ backfill: 1 }, [says(older, "telemetry", 3, 3)]);
  rig.give({ type: "freed", epoch: older, stream: "telemetry", ranges: seqs(3, 3) });
  expect(helloIn(rig.connect())).toMatchObject({ namesAll: true, epochs: [{ epoch: older }, { epoch: running }] });
  rig.answer([says(older, "telemetry", 1, 3), says(older, "events", 1, 3)]);
  expect(helloIn(rig.connect())).toMatchObject({ namesAll: false, epochs: [{ epoch: running }] });
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
    ...{ type: "free", epoch: running, stream: "telemetry", ranges: seqs(2, 4), checksum: sum(2, 4), undivided: false },
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

/** A rig with an older epoch of four frames that it owes, connected. */
function disputing(state: HeldState = "stored"): { rig: Bench; effects: SenderEffect[] } {
  const epochs = [epoch(older, 4, 1, incarnation), epoch(running, 0, 2, incarnation)];
  const rig = new Bench(factsOf({ epochs, owed: [owes(older, "telemetry", 1, 4)] }));
  rig.connect();
  return { rig, effects: rig.answer([says(older, "telemetry", 1, 4, state)]) };
}

test("what differs is halved hello by hello until single frames are left; then these move", () => {
  const { rig } = disputing();
  expect(rig.give(differs(older, "telemetry", 1, 4))).toEqual([]);
  const halves = helloIn(rig.wait(senderLimits.retryMs))?.halves;
  expect(halves?.map(({ first, last }) => [first, last])).toEqual([
    [1, 2],
    [3, 4],
  ]);
  rig.answer([says(older, "telemetry", 1, 2), says(older, "telemetry", 3, 4)]);
  rig.give({ type: "freed", epoch: older, stream: "telemetry", ranges: seqs(1, 2) });
  expect(rig.give(differs(older, "telemetry", 3, 4))).toEqual([]);
  const next = helloIn(rig.wait(senderLimits.retryMs))?.halves;
  expect(next?.map(({ first, last }) => [first, last])).toEqual([
    ...[
      [3, 3],
      [4, 4],
    ],
    // The cuts of before too: what agreed by them would not agree without.
    ...[
      [1, 2],
      [3, 4],
    ],
  ]);
  rig.answer([1, 3, 4].map((seq) => says(older, "telemetry", seq, seq === 1 ? 2 : seq)));
  rig.give({ type: "freed", epoch: older, stream: "telemetry", ranges: seqs(1, 2) });
  expect(rig.give(differs(older, "telemetry", 3, 3))).toEqual([]);
  const effects = rig.give({ type: "freed", epoch: older, stream: "telemetry", ranges: seqs(4, 4) });
  const frames = [{ first: 3, last: 3, checksum: sum(3, 3) }];
  expect(effects).toEqual([{ type: "move", epoch: older, stream: "telemetry", frames }]);
});

test("frames that moved are owed under their new names, and the derived epoch is named in the next hello", () => {
  const { rig, effects: first } = disputing();
  rig.drain(first);
  const derived = "e0000000000000dd";
  const to = { ...epoch(derived, 1, 1), moved: true };
  const runs = [owes(derived, "events", 1, 1, true), owes(derived, "telemetry", 1, 1)];
  const moved = { epoch: older, stream: "telemetry", ranges: seqs(3, 3), to, runs, dictionaries: [] } as const;
  const effects = rig.give({ type: "moved", ...moved, ranges: seqs(3, 3), dictionaries: [] });
  expect(rig.drain(effects).map(framesOf)).toContain(`events ${derived}/events 1..1`);
  const hello = helloIn(rig.wait(senderLimits.retryMs));
  expect(hello?.epochs.find((each) => each.epoch === older)?.ranges.telemetry).toEqual([
    { first: 1, last: 2 },
    { first: 4, last: 4 },
  ]);
  expect(hello?.epochs.map((each) => each.epoch)).toContain(derived);
});

test("of the running epoch nothing moves before another one runs", () => {
  const rig = sending();
  rig.receipt({ live: 4 }, [says(running, "telemetry", 1, 1)]);
  expect(kindsOf(rig.give(differs(running, "telemetry", 1, 1)))).toEqual(["renew"]);
  const renewed = rig.give({ type: "renewed", epoch: epoch("e000000000000002", 0, 0) });
  expect(kindsOf(renewed)).toContain("move");
});

test("an expired range that differs counts as a whole: what is owed of it moves, what is freed stays", () => {
  const epochs = [epoch(older, 4, 1, incarnation), epoch(running, 0, 2, incarnation)];
  const rig = new Bench(factsOf({ epochs, owed: [owes(older, "telemetry", 3, 4)] }));
  rig.connect();
  expect(rig.answer([says(older, "telemetry", 1, 3, "expired")])).toContainEqual(
    expect.objectContaining({ type: "free", ranges: seqs(1, 3), undivided: true }),
  );
  expect(rig.give(differs(older, "telemetry", 1, 3, true))).toContainEqual({
    ...{ type: "move", epoch: older, stream: "telemetry", frames: [{ first: 3, last: 3, checksum: noChecksum }] },
  });
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

/** Three batches of backfill of ten frames each are under way on two ways: the first and the third on one, the second on the other. */
function onTwoWays(): Bench {
  const epochs = [epoch(older, 30, 1, incarnation), epoch(running, 0, 2, incarnation)];
  const rig = new Bench(factsOf({ epochs, owed: [owes(older, "telemetry", 1, 30)] }), { backfillWays: 2 });
  rig.connect();
  const ways: number[] = [];
  for (let order = orderOf(rig.answer()); order !== null && order.epoch !== ""; ) {
    ways.push(order.way);
    order = orderOf(rig.took(order, 10));
  }
  expect(ways).toEqual([0, 1, 0]);
  return rig;
}

test("on two ways a batch that is behind is still under way, and goes again when a later one on its way has come", () => {
  const rig = onTwoWays();
  // The third came before the second.
  expect(
    rig.drain(rig.receipt({ backfill: 3 }, [says(older, "telemetry", 1, 10), says(older, "telemetry", 21, 30)])),
  ).toEqual([]);
  // Nothing follows on the second way, so an empty batch asks there; its receipt shows what was lost.
  const probe = orderOf(rig.wait(senderLimits.probeMs));
  expect(probe).toMatchObject({ lane: "backfill", epoch: "", way: 1, send: 4 });
  if (probe !== null) rig.took(probe);
  expect(rig.drain(rig.receipt({ backfill: 4 })).map(framesOf)).toEqual([`backfill ${older}/telemetry 11..20`]);
});

test("on two ways a batch is lost when one that was sent later on its way is held, whichever was processed last", () => {
  const rig = onTwoWays();
  const held = [says(older, "telemetry", 11, 20), says(older, "telemetry", 21, 30)];
  expect(rig.drain(rig.receipt({ backfill: 3 }, held)).map(framesOf)).toEqual([`backfill ${older}/telemetry 1..10`]);
});
