import { expect, test } from "vitest";
import { openSender } from "./sender.ts";
import type { SenderFacts } from "./sender-facts.ts";
import type { Pace, SenderEffect, SenderEvent, SendOrder } from "./sender-io.ts";

const running = "e000000000000001";
const dictionary = "d000000000000001";
const answer = "a000000000000001";
const incarnation = "1c00000000000001";

type Untimed = SenderEvent extends infer E ? (E extends SenderEvent ? Omit<E, "now"> : never) : never;

/** A sender that is connected and answered, owes these frames of telemetry, and has sent what it may. */
function rigThatOwes(frames: number, pace: Partial<Pace> = {}) {
  const epoch = {
    ...{
      epoch: running,
      predecessor: null,
      thinned: [],
      told: null,
      moved: false,
      last: { telemetry: frames, events: 0 },
    },
    kept: { telemetry: [{ first: 1, last: frames }], events: [] },
  };
  const facts: SenderFacts = {
    running,
    epochs: [epoch],
    owed: [{ epoch: running, stream: "telemetry", first: 1, last: frames, dictionary, foundation: false }],
    dictionaries: [{ hash: dictionary, needs: [] }],
    note: { incarnation, number: 1 },
  };
  const sender = openSender({ rig: "r1", key: "a000000000000002", software: "1" }, facts);
  const rig = {
    now: 1_000,
    last: frames,
    sent: [] as SendOrder[],
    give(event: Untimed): void {
      let effects: SenderEffect[] = sender.step({ ...event, now: rig.now } as SenderEvent);
      for (let order = orderOf(effects); order !== null; order = orderOf(effects)) {
        rig.sent.push(order);
        const { lane, send, first, last } = order;
        const count = order.epoch === "" ? 0 : last - first + 1;
        effects = sender.step({ type: "sent", now: rig.now, answer, lane, send, count, bytes: 100 });
      }
    },
    /** A tick closes this much later. */
    tick(ms: number): void {
      rig.now += ms;
      rig.give({ type: "appended", stream: "telemetry", seq: ++rig.last, dictionary, foundation: false });
    },
    pace: (next: Partial<Pace>) => rig.give({ type: "paced", pace: next }),
    /** What went since it was asked last. */
    went: () =>
      rig.sent.splice(0).map(({ lane, first, last, preview }) => `${preview ? "preview" : lane} ${first}-${last}`),
  };
  rig.pace(pace);
  rig.give({ type: "connected", at: 0, nonce: "0000000000000001" });
  const formats = {
    version: "1",
    batchFormats: [1],
    segmentFormats: [1],
    upgradeNeeded: false,
    nameAll: false,
    clockTrue: false,
  };
  const page = { rig: "r1", key: "c000000000000001", nonce: "0000000000000001", incarnation, number: 2, at: 0 };
  rig.give({ type: "answer", page: { ...page, answer, ...formats, page: 0, pages: 1, statements: [], asks: [] } });
  return rig;
}

const orderOf = (effects: readonly SenderEffect[]) => effects.find((each) => each.type === "send")?.order ?? null;

test("backfill waits while it may not go, live and events do not; it goes on once it may", () => {
  const rig = rigThatOwes(100, { backfill: false });
  expect(rig.went()).toEqual(["live 91-100"]);
  rig.tick(1_000);
  expect(rig.went()).toEqual(["live 101-101"]);
  rig.pace({ backfill: true });
  expect(rig.went()).toEqual(["backfill 1-90"]);
});

test("at an interval live goes with all ticks since", () => {
  const rig = rigThatOwes(3, { liveMs: 5_000 });
  expect(rig.went()).toEqual(["live 1-3"]);
  for (let tick = 0; tick < 11; tick++) rig.tick(1_000);
  expect(rig.went()).toEqual(["live 4-8", "live 9-13"]);
});

test("a preview shows the newest tick at an interval; it has no send number, and what it shows stays owed", () => {
  const rig = rigThatOwes(2, { backfill: false, previewMs: 10_000 });
  const [empty, shown] = [rig.sent.find(({ epoch }) => epoch === ""), rig.sent.find(({ preview }) => preview)];
  expect(shown).toMatchObject({ lane: "live", send: 0, epoch: running, first: 2, last: 2 });
  // The cloud learns which epoch runs, or it would not show what is of it.
  expect(empty).toMatchObject({ lane: "events", send: 1 });
  rig.went();
  for (let tick = 0; tick < 21; tick++) rig.tick(1_000);
  expect(rig.went()).toEqual(["preview 12-12", "preview 22-22"]);
  rig.pace({ backfill: true, previewMs: null });
  expect(rig.went()).toEqual(["live 14-23", "backfill 1-13"]);
});

test("the same tick is not shown twice", () => {
  const rig = rigThatOwes(1, { backfill: false, previewMs: 1_000 });
  rig.went();
  for (let second = 0; second < 5; second++) {
    rig.now += 1_000;
    rig.pace({});
  }
  expect(rig.went()).toEqual([]);
});

test("what the link bears is taken in at once: no batch more than the transport's bytes allow", () => {
  const rig = rigThatOwes(100, { transportBytes: 150, liveFrames: 1 });
  expect(rig.went()).toEqual(["live 100-100", "backfill 1-99"]);
  rig.tick(1_000);
  expect(rig.went()).toEqual(["live 101-101"]);
  rig.tick(1_000);
  expect(rig.went()).toEqual([]);
  rig.pace({ transportBytes: 100_000 });
  expect(rig.went()).toEqual(["live 102-102"]);
});
