import { expect, test } from "vitest";
import type { Hello, HelloEpoch, Predecessor } from "./hello.ts";
import { cutsOf, verdictOf } from "./lacking.ts";
import { maxForks, maxLostRanges, maxUnproven } from "./limits.ts";
import type { KnownEpoch, ReceiverEffect } from "./receiver-io.ts";

const idOf = (n: number) => n.toString(16).padStart(16, "0");
const last = { telemetry: 3, events: 1 };
const onDisk = { telemetry: [{ first: 1, last: 3 }], events: [{ first: 1, last: 1 }] };
const after = (n: number): Predecessor => (n === 0 ? null : { epoch: idOf(n - 1), last });

function helloOf(epochs: HelloEpoch[]): Hello {
  const head = {
    rig: "rig-1",
    key: idOf(1),
    nonce: idOf(2),
    at: 0,
    software: "1",
    batchFormats: [2],
    segmentFormats: [2],
  };
  return { ...head, running: epochs.at(-1)?.epoch ?? idOf(0), namesAll: true, chain: null, epochs, halves: [] };
}
const named = (from: number, count: number, predecessorOf = after) =>
  Array.from({ length: count }, (_, i) => {
    const n = from + i;
    return { epoch: idOf(n), predecessor: predecessorOf(n), last, ranges: onDisk };
  });

/** What an archive has after these hellos' effects. */
function archiveAfter(archive: readonly KnownEpoch[], effects: readonly ReceiverEffect[]): KnownEpoch[] {
  const epochs = new Map(archive.map((each) => [each.epoch, each]));
  for (const effect of effects) {
    if (effect.type !== "know" && effect.type !== "lost") continue;
    const before = epochs.get(effect.epoch) ?? {
      ...{ epoch: effect.epoch, predecessor: undefined, known: { telemetry: 0, events: 0 } },
      held: { telemetry: [], events: [] },
    };
    if (effect.type === "know")
      epochs.set(effect.epoch, { ...before, predecessor: effect.predecessor, known: effect.known });
    else epochs.set(effect.epoch, { ...before, held: { ...before.held, [effect.stream]: effect.held } });
  }
  return [...epochs.values()];
}

test("ten thousand runs that owe all they have are named, kept and stated at once", () => {
  const hello = helloOf(named(0, 10_000));
  const { effects, statements } = verdictOf(hello, []);
  expect(archiveAfter([], effects)).toHaveLength(10_000);
  expect(statements).toHaveLength(20_000);
});

test("however many runs a rig invents, the archive keeps so many of those that never brought a frame, and answers for all", () => {
  let archive: KnownEpoch[] = [];
  for (let from = 0; from < 80_000; from += 12_000) {
    const { effects, statements } = verdictOf(helloOf(named(from, 12_000)), archive);
    expect(statements).toHaveLength(24_000);
    archive = archiveAfter(archive, effects);
  }
  expect(archive).toHaveLength(maxUnproven);
}, 120_000);

test("a run that brought a frame is known beyond that bound, with what a hello tells of it", () => {
  const invented = archiveAfter([], verdictOf(helloOf(named(0, maxUnproven)), []).effects);
  const stored = [{ first: 1, last: 1, state: "stored" as const, checksum: { a: 1, b: 2 } }];
  const mine: KnownEpoch = {
    ...{ epoch: idOf(99_999), predecessor: undefined, known: { telemetry: 1, events: 0 } },
    held: { telemetry: stored, events: [] },
  };
  const { effects } = verdictOf(helloOf(named(99_999, 1, () => null)), [...invented, mine]);
  expect(effects).toContainEqual({ type: "know", epoch: idOf(99_999), predecessor: null, known: last });
});

test("runs that all follow one are one fork, and forks have a bound too", () => {
  const star = verdictOf(helloOf(named(0, 10_000, () => ({ epoch: idOf(77_777), last }))), []);
  expect(star.effects.filter(({ type }) => type === "fork")).toHaveLength(1);
  const pairs = verdictOf(helloOf(named(0, 8_000, (n) => ({ epoch: idOf(50_000 + (n >> 1)), last }))), []);
  expect(pairs.effects.filter(({ type }) => type === "fork")).toHaveLength(maxForks);
});

test("ranges full of holes make no more lost ones than the archive keeps of a rig", () => {
  const holes = Array.from({ length: 50_000 }, (_, i) => ({ first: 2 * i + 1, last: 2 * i + 1 }));
  const full = { telemetry: 100_000, events: 0 };
  const comb = (n: number): HelloEpoch => ({
    ...{ epoch: idOf(n), predecessor: null, last: full },
    ranges: { telemetry: holes, events: [] },
  });
  let archive: KnownEpoch[] = [];
  const beyond = [];
  for (let n = 0; n < 4; n++) {
    const verdict = verdictOf(helloOf([comb(n)]), archive);
    archive = archiveAfter(archive, verdict.effects);
    beyond.push(verdict.beyond);
  }
  const lost = archive.flatMap(({ held }) => held.telemetry).filter(({ state }) => state === "lost");
  expect(lost.length).toBeGreaterThanOrEqual(50_000);
  expect(lost.length).toBeLessThanOrEqual(maxLostRanges);
  // What finds no room is counted: the second run's, and what the first had until it was named no more.
  expect(beyond.slice(0, 2)).toEqual([
    { ranges: 0, frames: 0 },
    { ranges: 100_000, frames: 100_000 },
  ]);
}, 120_000);

test("where held is cut is found for each of ten thousand runs", () => {
  const cuts = cutsOf({
    ...helloOf(named(0, 10_000)),
    halves: [{ ...{ epoch: idOf(7), stream: "telemetry", first: 2, last: 2 }, checksum: { a: 0, b: 0 } }],
  });
  expect([cuts(idOf(7), "telemetry"), cuts(idOf(9_999), "events"), cuts(idOf(10_000), "events")]).toEqual([
    [2, 3, 4],
    [2],
    [],
  ]);
});
