import { expect, test } from "vitest";
import type { AnswerPage } from "./answer.ts";
import { noChecksum } from "./checksum.ts";
import type { Request } from "./request.ts";
import { openSender } from "./sender.ts";
import type { SenderFacts } from "./sender-facts.ts";
import type { Pace, SenderEffect, SenderEvent, SendOrder } from "./sender-io.ts";

const running = "e000000000000002";
const older = "e000000000000001";
const dictionary = "d000000000000001";
const incarnation = "1c00000000000001";
const request = "9000000000000001";

type Untimed = SenderEvent extends infer E ? (E extends SenderEvent ? Omit<E, "now"> : never) : never;

/** A rig that was answered: it owes frames 1 to 200 of an older epoch and 1 to 100 of the running one, and has a history in the older one up to 300. */
function rigThatIsAsked(pace: Partial<Pace> = {}) {
  const epochOf = (epoch: string, last: number) => ({
    ...{ epoch, predecessor: null, thinned: [], told: null, moved: false, last: { telemetry: last, events: 0 } },
    kept: { telemetry: [{ first: 1, last }], events: [] },
  });
  const facts: SenderFacts = {
    running,
    epochs: [epochOf(older, 300), epochOf(running, 100)],
    owed: [
      { epoch: older, stream: "telemetry", first: 1, last: 200, dictionary, foundation: false },
      { epoch: running, stream: "telemetry", first: 1, last: 100, dictionary, foundation: false },
    ],
    dictionaries: [{ hash: dictionary, needs: [] }],
    note: { incarnation, number: 1 },
  };
  const sender = openSender({ rig: "r1", key: "a000000000000002", software: "1" }, facts);
  let answers = 0;
  let nonces = 0;
  let lists = 0;
  const rig = {
    now: 1_000,
    sent: [] as SendOrder[],
    told: [] as SenderEffect[],
    /** Frames that the encoder takes at most. */
    fits: 40,
    /** Bytes of each batch. */
    bytes: 100,
    give(event: Untimed): void {
      const effects = sender.step({ ...event, now: rig.now } as SenderEvent);
      rig.told.push(...effects.filter((each) => each.type !== "send"));
      rig.encode(effects);
    },
    /** The encoder is at work and says nothing yet. */
    isBusy: false,
    waiting: null as SendOrder | null,
    encode(effects: SenderEffect[]): void {
      rig.waiting = effects.find((each) => each.type === "send")?.order ?? rig.waiting;
      const order = rig.waiting;
      if (order === null || rig.isBusy) return;
      rig.waiting = null;
      rig.sent.push(order);
      const { answer, lane, send, first, last } = order;
      const count = order.epoch === "" ? 0 : Math.min(rig.fits, last - first + 1);
      rig.give({ type: "sent", answer, lane, send, count, bytes: rig.bytes });
    },
    /** Connects if it is not, and answers its newest hello. */
    answered(statements: AnswerPage["statements"] = []): void {
      const nonce = `${nonces}`.padStart(16, "0");
      const page = { rig: "r1", key: "c000000000000001", nonce, incarnation, number: 10 + ++answers, at: 0 };
      const formats = {
        version: "1",
        batchFormats: [2],
        segmentFormats: [2],
        upgradeNeeded: false,
        nameAll: false,
        clockTrue: false,
      };
      const answer = `a${`${answers}`.padStart(15, "0")}`;
      rig.give({ type: "answer", page: { ...page, answer, ...formats, page: 0, pages: 1, statements, asks: [] } });
    },
    hello(): void {
      rig.give({ type: nonces === 0 ? "connected" : "tick", at: 0, nonce: `${++nonces}`.padStart(16, "0") });
    },
    asks(requests: Partial<Request>[], number = ++lists): void {
      const answer = `a${`${answers}`.padStart(15, "0")}`;
      const full = { request, leftMs: 60_000, maxBytes: 10_000, spentBytes: 0, heard: false } as const;
      const span = { what: "span", from: 5, to: 9, repair: false } as const;
      const list = requests.map((each) => ({ ...full, ...(each.what === "tags" ? {} : span), ...each }) as Request);
      rig.give({ type: "requested", list: { rig: "r1", key: "c000000000000001", answer, number, requests: list } });
    },
    finds: (...frames: [epoch: string, first: number, last: number][]) =>
      rig.give({
        type: "found",
        request,
        frames: frames.map(([epoch, first, last]) => ({ epoch, first, last })),
      }),
    frees: (epoch: string, first: number, last: number) =>
      rig.give({ type: "freed", epoch, stream: "telemetry", ranges: [{ first, last }] }),
    /** What went since it was asked last. */
    went: () =>
      rig.sent
        .splice(0)
        .filter(({ epoch }) => epoch !== "")
        .map(({ epoch, first, last, lane, preview }) => {
          const what = preview ? "preview" : lane;
          return `${what} ${epoch === running ? "running" : "older"} ${first}-${preview ? last : Math.min(last, first + rig.fits - 1)}`;
        }),
    /** What it did or said since it was asked last. */
    did: () => rig.told.splice(0),
    reports: () => rig.did().flatMap((each) => (each.type === "report" ? [each.report] : [])),
  };
  sender.step({
    type: "paced",
    now: rig.now,
    pace: { windowBytes: 1e6, transportBytes: 1e6, batchBytes: 100, ...pace },
  });
  rig.hello();
  rig.answered();
  return rig;
}

const held = { backfill: false, previewMs: 10_000 } as const;

test("on a link whose policy holds backfill back, exactly the frames that are asked for go, and all else waits", () => {
  const rig = rigThatIsAsked(held);
  rig.went();
  rig.did();
  rig.asks([{}]);
  expect(rig.did()).toEqual([{ type: "find", request, from: 5, to: 9 }]);
  expect(rig.went()).toEqual([]);
  rig.finds([older, 101, 150], [running, 91, 100]);
  expect(rig.went()).toEqual(["backfill older 101-140", "backfill older 141-150", "backfill running 91-100"]);
  expect(rig.reports()).toEqual([{ request, state: "taken", why: null, frames: 60, bytes: 0 }]);
  rig.frees(older, 101, 150);
  expect(rig.reports()).toEqual([]);
  rig.frees(running, 91, 100);
  expect(rig.reports()).toEqual([{ request, state: "done", why: null, frames: 60, bytes: 300 }]);
  expect(rig.went()).toEqual([]);
});

test("on an open link what is asked for goes before older backfill, and costs the request nothing", () => {
  const rig = rigThatIsAsked({ windowBytes: 1 });
  rig.asks([{}]);
  rig.finds([older, 150, 160]);
  rig.went();
  rig.give({ type: "paced", pace: { windowBytes: 1e6 } });
  expect(rig.went().slice(0, 2)).toEqual(["backfill older 150-160", "backfill older 1-40"]);
  rig.frees(older, 150, 160);
  expect(rig.reports().at(-1)).toMatchObject({ state: "done", bytes: 0 });
});

test("what goes past the policy ends with the bytes that the request names, and the office hears so", () => {
  const rig = rigThatIsAsked(held);
  rig.went();
  rig.fits = 10;
  rig.asks([{ maxBytes: 350, spentBytes: 50 }]);
  rig.finds([older, 1, 200]);
  expect(rig.went()).toEqual(["backfill older 1-10", "backfill older 11-20", "backfill older 21-30"]);
  expect(rig.reports().at(-1)).toEqual({
    ...{ request, state: "refused", why: "its bytes are used up", frames: 200, bytes: 350 },
  });
  rig.give({ type: "paced", pace: { backfill: true } });
  expect(rig.went()[0]).toBe("backfill older 31-40");
});

test("what it spent is told in eighths, so that a run that dies forgets no more than one", () => {
  const rig = rigThatIsAsked(held);
  rig.fits = 1;
  rig.asks([{ maxBytes: 1_600 }]);
  rig.finds([older, 1, 6]);
  expect(rig.reports().map(({ bytes }) => bytes)).toEqual([0, 200, 400, 600]);
});

test("a list is one answer's, and an older one is no news; what it no longer names is not sent first any more", () => {
  const rig = rigThatIsAsked({ ...held, transportBytes: 50 });
  rig.asks([{}], 7);
  rig.did();
  rig.asks([], 7);
  rig.asks([{ request: "9000000000000002" }], 6);
  expect(rig.did()).toEqual([]);
  rig.asks([], 8);
  rig.went();
  rig.finds([older, 1, 10]);
  expect(rig.went()).toEqual([]);
  expect(rig.did()).toEqual([]);
});

test("a list under another answer than the one that holds is no list of this connection", () => {
  const rig = rigThatIsAsked(held);
  rig.did();
  const list = { rig: "r1", key: "c000000000000001", answer: "a0000000000000ff", number: 1, requests: [] };
  const asked = { what: "tags", request, leftMs: 1, maxBytes: 1, spentBytes: 0, heard: false, tags: [] } as const;
  rig.give({ type: "requested", list: { ...list, requests: [{ ...asked, tags: [] }] } });
  expect(rig.did()).toEqual([]);
});

test("told again under the next answer it is not looked for again; what the office has not heard is said again", () => {
  const rig = rigThatIsAsked(held);
  rig.asks([{}]);
  rig.finds([older, 1, 10]);
  rig.did();
  rig.now += 3_600_000;
  rig.hello();
  rig.answered();
  rig.did();
  rig.asks([{ heard: true }]);
  expect(rig.did()).toEqual([]);
  rig.now += 3_600_000;
  rig.hello();
  rig.answered();
  rig.did();
  rig.asks([{ heard: false }]);
  expect(rig.reports()).toMatchObject([{ state: "taken", frames: 10 }]);
  rig.frees(older, 1, 10);
  expect(rig.reports()).toMatchObject([{ state: "done" }]);
  rig.now += 3_600_000;
  rig.hello();
  rig.answered();
  rig.did();
  rig.asks([{ heard: true }]);
  expect(rig.reports()).toMatchObject([{ state: "done" }]);
});

test("a report that the office could not store is said again under the same answer when it tells of the request again, twice a minute at most", () => {
  const rig = rigThatIsAsked(held);
  rig.asks([{}]);
  rig.finds([older, 1, 10]);
  expect(rig.reports()).toMatchObject([{ state: "taken" }]);
  rig.now += 29_000;
  rig.asks([{ heard: false }]);
  expect(rig.reports()).toEqual([]);
  rig.now += 1_000;
  rig.asks([{ heard: false }]);
  expect(rig.reports()).toMatchObject([{ state: "taken", frames: 10 }]);
  rig.asks([{ heard: false }]);
  expect(rig.reports()).toEqual([]);
  rig.frees(older, 1, 10);
  expect(rig.reports()).toMatchObject([{ state: "done" }]);
  // It knows that the rig took it, and not that it is done.
  rig.now += 30_000;
  rig.asks([{ heard: true }]);
  expect(rig.reports()).toMatchObject([{ state: "done", frames: 10 }]);
});

test("what was done is not where the office was put back: owed once more, its frames go before all others again", () => {
  const rig = rigThatIsAsked(held);
  rig.asks([{ leftMs: 1e8 }]);
  rig.finds([older, 1, 10]);
  rig.frees(older, 1, 10);
  expect(rig.reports().at(-1)).toMatchObject({ state: "done" });
  rig.now += 3_600_000;
  rig.hello();
  rig.answered();
  rig.went();
  const run = { epoch: older, stream: "telemetry", first: 1, last: 10, dictionary, foundation: false } as const;
  rig.give({ type: "unfreed", runs: [run], dictionaries: [{ hash: dictionary, needs: [] }] });
  expect(rig.went().filter((each) => each.startsWith("backfill"))).toEqual(["backfill older 1-10"]);
  rig.asks([{ heard: false }]);
  expect(rig.reports()).toMatchObject([{ state: "taken", frames: 10 }]);
  rig.frees(older, 1, 10);
  expect(rig.reports()).toMatchObject([{ state: "done" }]);
});

test("after its time a request moves nothing", () => {
  const rig = rigThatIsAsked({ ...held, transportBytes: 50 });
  rig.asks([{ leftMs: 1_000 }]);
  rig.finds([older, 1, 10]);
  rig.went();
  rig.now += 1_000;
  rig.give({ type: "paced", pace: { transportBytes: 1e6 } });
  expect(rig.went()).toEqual([]);
});

test("a span that the rig has nothing of is refused, and one that is all receipted is done", () => {
  const rig = rigThatIsAsked(held);
  rig.asks([{}]);
  rig.did();
  rig.finds();
  expect(rig.reports()).toMatchObject([{ state: "refused", why: "the rig has nothing of it" }]);
  rig.asks([{ request: "9000000000000002" }]);
  rig.did();
  rig.give({ type: "found", request: "9000000000000002", frames: [{ epoch: older, first: 250, last: 260 }] });
  expect(rig.reports().at(-1)).toMatchObject({ state: "done", frames: 0 });
});

test("a repair has the office say anew what it holds of every epoch: what it lacks is offered again, first", () => {
  const rig = rigThatIsAsked(held);
  rig.went();
  rig.asks([{ repair: true }]);
  rig.finds([older, 250, 260]);
  expect(rig.reports()).toMatchObject([{ state: "taken" }]);
  rig.now += 5_000;
  rig.hello();
  const said = rig.did().find((each) => each.type === "hello")?.pages[0];
  expect(said).toMatchObject({ namesAll: true, chain: null });
  const stored = { first: 201, last: 254, state: "stored", checksum: noChecksum } as const;
  const lost = { first: 255, last: 300, state: "lost", checksum: noChecksum } as const;
  const statement = { epoch: older, stream: "telemetry", known: 300, watermark: 300, ranges: [stored, lost] } as const;
  rig.isBusy = true;
  rig.answered([{ ...statement, ranges: [stored, lost] }]);
  const done = rig.did();
  expect(done.find((each) => each.type === "unfree")).toMatchObject({
    epoch: older,
    ranges: [{ first: 255, last: 300 }],
  });
  expect(done.some((each) => each.type === "report")).toBe(false);
  const run = { epoch: older, stream: "telemetry", first: 255, last: 300, dictionary, foundation: false } as const;
  rig.isBusy = false;
  rig.give({ type: "unfreed", runs: [run], dictionaries: [{ hash: dictionary, needs: [] }] });
  expect(rig.went().filter((each) => each.startsWith("backfill"))).toEqual(["backfill older 255-260"]);
  rig.frees(older, 255, 260);
  rig.give({ type: "paced", pace: {} });
  expect(rig.reports()).toMatchObject([{ state: "done", frames: 6 }]);
});

test("while previews go instead of live, the tags that are asked for go with every tick, each once its forerunner has left", () => {
  const rig = rigThatIsAsked(held);
  rig.went();
  const tags = ["7a00000000000001"];
  rig.asks([{ what: "tags", tags }]);
  expect(rig.reports()).toMatchObject([{ state: "taken" }]);
  const [first] = rig.sent;
  expect(first).toMatchObject({ preview: true, tags, send: 0, last: 100 });
  const tick = (seq: number) => {
    rig.now += 1_000;
    rig.give({ type: "appended", stream: "telemetry", seq, dictionary, foundation: false });
  };
  tick(101);
  expect(rig.went()).toEqual(["preview running 100-100"]);
  rig.give({ type: "acknowledged", answer: "a000000000000001", lane: "live", send: 0 });
  expect(rig.went()).toEqual(["preview running 101-101"]);
  rig.give({ type: "acknowledged", answer: "a000000000000001", lane: "live", send: 0 });
  rig.give({ type: "paced", pace: { previewMs: null, backfill: true } });
  expect(rig.went().some((each) => each.startsWith("preview"))).toBe(false);
});

test("previews for a request end with its bytes", () => {
  const rig = rigThatIsAsked(held);
  rig.asks([{ what: "tags", tags: ["7a00000000000001"], maxBytes: 200 }]);
  rig.give({ type: "acknowledged", answer: "a000000000000001", lane: "live", send: 0 });
  for (let seq = 101; seq < 105; seq++) {
    rig.give({ type: "appended", stream: "telemetry", seq, dictionary, foundation: false });
    rig.give({ type: "acknowledged", answer: "a000000000000001", lane: "live", send: 0 });
  }
  expect(rig.sent.filter(({ tags }) => tags !== undefined)).toHaveLength(2);
  expect(rig.reports().at(-1)).toMatchObject({ state: "refused", why: "its bytes are used up", bytes: 200 });
});

test("what an earlier run took is not refused by a run that finds it over the cap", () => {
  const rig = rigThatIsAsked({ ...held, askedBytes: 1_000 });
  rig.did();
  rig.asks([
    { maxBytes: 600, heard: true },
    { request: "9000000000000002", maxBytes: 500, heard: true },
  ]);
  expect(rig.did().map(({ type }) => type)).toEqual(["find", "find"]);
});

test("what is more than the rig allows for all open requests together is refused at once, whatever each names; what ends makes room", () => {
  const rig = rigThatIsAsked({ ...held, askedBytes: 1_000 });
  const [second, third, fourth] = ["9000000000000002", "9000000000000003", "9000000000000004"];
  rig.did();
  rig.asks([{ maxBytes: 600 }, { request: second, maxBytes: 500 }, { request: third, maxBytes: 400 }]);
  expect(rig.did()).toEqual([
    { type: "find", request, from: 5, to: 9 },
    {
      type: "report",
      report: {
        ...{ request: second, state: "refused", frames: 0, bytes: 0 },
        why: "the rig is asked for more bytes at once than it allows",
      },
    },
    { type: "find", request: third, from: 5, to: 9 },
  ]);
  rig.finds();
  rig.did();
  // What the office heard to be spent is not spent again.
  rig.asks([
    { request: third, maxBytes: 400 },
    { request: fourth, maxBytes: 1_000, spentBytes: 400 },
  ]);
  expect(rig.did().map((each) => each.type === "find" && each.request)).toEqual([third, fourth]);
});

test("what goes past the policy ends with the month's bytes for requests, and the office hears why; on an open link it goes on", () => {
  const rig = rigThatIsAsked({ ...held, askedUntil: 250 });
  rig.went();
  rig.fits = 10;
  rig.asks([{}]);
  rig.finds([older, 1, 100]);
  expect(rig.went()).toEqual(["backfill older 1-10", "backfill older 11-20"]);
  const why = "the rig has sent all that it sends on request this month";
  expect(rig.reports().at(-1)).toMatchObject({ state: "refused", why, bytes: 200 });
  rig.asks([{ request: "9000000000000002", what: "tags", tags: ["7a00000000000001"] }]);
  expect(rig.reports().at(-1)).toMatchObject({ request: "9000000000000002", state: "refused", why });
  rig.give({ type: "paced", pace: { backfill: true, previewMs: null } });
  rig.went();
  rig.asks([{ request: "9000000000000003" }]);
  rig.give({ type: "found", request: "9000000000000003", frames: [{ epoch: older, first: 190, last: 199 }] });
  rig.frees(older, 190, 199);
  expect(rig.reports().at(-1)).toMatchObject({ request: "9000000000000003", state: "done", why: null });
});
