import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Archive } from "../../cloud/archive/archive.ts";
import { compactorOf } from "../../cloud/archive/compact.ts";
import { definitionsOf } from "../../cloud/archive/definitions.ts";
import type { History } from "../../cloud/archive/history.ts";
import { type SpanLimits, widest } from "../../cloud/archive/hour-parts.ts";
import { minutesAnew } from "../../cloud/archive/minutes-anew.ts";
import { namesOf } from "../../cloud/archive/names.ts";
import { openArchiveFile } from "../../cloud/archive/open-file.ts";
import { RigFailed } from "../../cloud/archive/rigs-aside.ts";
import { scrubbing } from "../../cloud/archive/scrub.ts";
import { openSqliteArchive } from "../../cloud/archive/sqlite.ts";
import { openSqliteHistory } from "../../cloud/archive/sqlite-history.ts";
import { startCompacting } from "../../cloud/compact-thread.ts";
import { Block, GOOD } from "../../shared/domain/reading.ts";
import { addChecksums, checksumOf, noChecksum } from "../../shared/wire/checksum.ts";
import { tagListOf } from "../../shared/wire/dictionary.ts";
import type { TelemetryFrame } from "../../shared/wire/frame.ts";
import { type HandRig, handRig, START, tagOf } from "../support/hand-rig.ts";
import { officeOf } from "../support/office.ts";

const tags = [tagOf("mud_pressure"), tagOf("message", { type: "text" })];
const list = tagListOf(tags);
const HOUR = 3_600_000;
/** All dates there are. */
const EVER = 8.64e15;

let folder: string;
let path: string;
let archive: Archive;
let history: History;
let office: ReturnType<typeof officeOf>;
let rigs = 0;

const begin = () => {
  folder = mkdtempSync(join(tmpdir(), "compact-any-"));
  path = join(folder, "archive.db");
  archive = openSqliteArchive(path);
  history = openSqliteHistory(path);
  office = officeOf(archive);
};
const end = async () => {
  await office.ingest.close();
  history.close();
  await archive.close();
  rmSync(folder, { recursive: true });
};
beforeEach(begin);
afterEach(end);

async function greeted(): Promise<HandRig> {
  const name = `rig-${++rigs}`;
  const rig = handRig(name, office.keys.enrol(name), tags);
  await office.greet(rig, 0, 0);
  await office.take(rig.events(rig.foundation()));
  return rig;
}

interface AnyFrame {
  receivedAt: number;
  readings: { at: number; says: number | string }[];
}

function frameOf(rig: HandRig, { receivedAt, readings: all }: AnyFrame): TelemetryFrame {
  const readings = new Block(all.length);
  for (const { at, says } of all.toSorted((x, y) =>
    typeof x.says === typeof y.says ? 0 : typeof x.says === "number" ? -1 : 1,
  )) {
    if (typeof says === "string") readings.pushText(1, at, says, GOOD, 0);
    else readings.push(0, at, says, GOOD, 0);
  }
  const checksum = checksumOf(readings, list);
  return { receivedAt, mono: 0, clock: "free-running", dictionary: rig.dictionary, checksum, thinned: null, readings };
}

/** Lands frames as one batch that begins at `firstSeq`; thinned ones tell the checksums of their originals. */
async function land(rig: HandRig, firstSeq: number, frames: readonly AnyFrame[], originals?: readonly AnyFrame[]) {
  const told = frames.map((frame, i) => {
    const original = originals?.[i];
    const own = frameOf(rig, frame);
    return original === undefined ? own : { ...own, thinned: 0.5, checksum: frameOf(rig, original).checksum };
  });
  const { representations } = rig;
  const thinned = originals === undefined ? null : 0.5;
  await office.take(
    rig.batch({ lane: "backfill", firstSeq, thinned }, { stream: "telemetry", frames: told, representations }),
  );
}

/** Everything that is due, as the thread beside does it. */
async function compacted(limits: SpanLimits): Promise<void> {
  const noDamage = (damage: unknown) => {
    throw new Error(`found ${JSON.stringify(damage)}`);
  };
  const db = openArchiveFile(path);
  try {
    const [names, definitions] = [namesOf(db), definitionsOf(db)];
    const compactor = compactorOf(db, names, definitions, noDamage, limits);
    const anew = minutesAnew(db, definitions, names.epochOf, noDamage);
    const next = () => compactor.next(Date.now() + HOUR) ?? anew(new Set());
    for (let one = next(); one !== null; one = next()) await archive.apply(one);
    expect(compactor.waiting()).toBe(0);
    for (const _ of scrubbing(db, names, definitions, noDamage));
  } finally {
    db.close();
  }
}

/** All that history has of a rig, in an order of its own. */
async function all(rig: HandRig, from = -EVER, to = EVER + 1): Promise<string[]> {
  const found: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = { limit: 100_000, ...(cursor === undefined ? {} : { cursor }) };
    const { series, next } = await history.readings(
      rig.rig,
      tags.map(({ id }) => id),
      from,
      to,
      page,
    );
    for (const { version, readings } of series)
      for (let i = 0; i < readings.length; i++) {
        const value = version.kind.type === "text" ? readings.texts[readings.value[i] ?? 0] : readings.value[i];
        found.push(`${version.name} ${readings.at[i]} ${value}`);
      }
    if (next === null) return found.sort();
    cursor = next;
  }
}

const linesOf = (frames: readonly AnyFrame[]) =>
  frames
    .flatMap(({ readings }) =>
      readings.map(({ at, says }) => `${typeof says === "string" ? "message" : "mud_pressure"} ${at} ${says}`),
    )
    .sort();

const moment = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: START, max: START + 2 * HOUR }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 100 * HOUR }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(-EVER, EVER, -1, Date.UTC(2000, 0, 1), Date.UTC(2300, 0, 1), Date.UTC(4000, 0, 1)),
  },
  { weight: 1, arbitrary: fc.integer({ min: -EVER, max: EVER }) },
);
const reading = fc.record({
  at: fc.oneof(moment, fc.double({ min: -1e13, max: 1e13, noNaN: true })),
  says: fc.oneof(fc.integer({ min: -1e6, max: 1e6 }), fc.string({ maxLength: 20 })),
});
const frames = fc.array(fc.record({ receivedAt: moment, readings: fc.array(reading, { maxLength: 6 }) }), {
  minLength: 1,
  maxLength: 12,
});

test("whatever lands is compacted, and history stays what landed", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(frames, { minLength: 1, maxLength: 5 }),
      fc.record({ frames: fc.integer({ min: 4, max: 12 }), readings: fc.integer({ min: 6, max: 12 }) }),
      fc.boolean(),
      async (batches, limits, between) => {
        await end();
        begin();
        const rig = await greeted();
        let seq = 1;
        for (const batch of batches) {
          await land(rig, seq, batch);
          seq += batch.length;
          if (between) await compacted(limits);
        }
        const landed = linesOf(batches.flat());
        expect(await all(rig)).toEqual(landed);
        await compacted(limits);
        expect(await all(rig)).toEqual(landed);
      },
    ),
    { numRuns: 40 },
  );
}, 120_000);

test("frames of their originals take the place of thinned ones, in whatever part of the hour they are", async () => {
  const rig = await greeted();
  const limits = { frames: 4, readings: 100 };
  const told = (n: number, says: number): AnyFrame => ({
    receivedAt: START + n * 1_000,
    readings: [{ at: START + n * 1_000, says }],
  });
  const thinned = Array.from({ length: 20 }, (_, n) => told(n, 1));
  const originals = thinned.map((_, n) => told(n, 2));
  await land(rig, 1, thinned, originals);
  await compacted(limits);
  expect(await all(rig)).toEqual(linesOf(thinned));
  await land(rig, 1, originals);
  await compacted(limits);
  expect(await all(rig)).toEqual(linesOf(originals));
});

test("compacted, thinned frames keep their originals' checksums: some originals take their place, the others stay and are stated so", async () => {
  const rig = await greeted();
  const told = (n: number, says: number): AnyFrame => ({
    receivedAt: START + n * 1_000,
    readings: [{ at: START + n * 1_000, says }],
  });
  const thinned = Array.from({ length: 20 }, (_, n) => told(n, 1));
  const originals = thinned.map((_, n) => told(n, 2));
  const sumOf = (from: number, to: number) =>
    originals
      .slice(from - 1, to)
      .map((frame) => frameOf(rig, frame).checksum)
      .reduce(addChecksums, noChecksum);
  const stated = async () => {
    const { statements } = await office.greet(rig, 20, 1);
    return statements.find(({ stream, epoch }) => stream === "telemetry" && epoch === rig.epoch)?.ranges;
  };
  await land(rig, 1, thinned, originals);
  await compacted(widest);
  await land(rig, 6, originals.slice(5, 10));
  for (const again of [false, true]) {
    if (again) await compacted(widest);
    expect(await stated()).toEqual([
      { first: 1, last: 5, state: "thinned", checksum: sumOf(1, 5) },
      { first: 6, last: 10, state: "stored", checksum: sumOf(6, 10) },
      { first: 11, last: 20, state: "thinned", checksum: sumOf(11, 20) },
    ]);
    const mixed = thinned.map((frame, n) => (n >= 5 && n < 10 ? (originals[n] ?? frame) : frame));
    expect(await all(rig)).toEqual(linesOf(mixed));
  }
});

test("an hour with more readings of a tag than a span may have has several spans", async () => {
  const rig = await greeted();
  const burst = (n: number): AnyFrame => ({
    receivedAt: START + n * 1_000,
    readings: Array.from({ length: 120_000 }, () => ({ at: START + n * 1_000, says: 5 })),
  });
  for (let n = 0; n < 3; n++) await land(rig, n + 1, [burst(n)]);
  await compacted(widest);
  expect((await all(rig, START, START + HOUR)).length).toBe(360_000);
}, 120_000);

test("three days of a clock that stands at 1970 are compacted", async () => {
  const rig = await greeted();
  const each = 2_600;
  for (let first = 1; first <= 265_200; first += each) {
    const frames = Array.from({ length: each }, (_, i) => ({
      receivedAt: (first + i) * 1_000,
      readings: [{ at: (first + i) * 1_000, says: 5 }],
    }));
    await land(rig, first, frames);
  }
  await compacted(widest);
  expect(await all(rig, 265_100_000, HOUR * 80)).toHaveLength(101);
}, 120_000);

test("an hour of new texts that are more bytes than a segment may have is compacted", async () => {
  const rig = await greeted();
  const says = () => randomBytes(650).toString("hex");
  const frames = Array.from({ length: 3_600 }, (_, n) => ({
    receivedAt: START + n * 1_000,
    readings: [{ at: START + n * 1_000, says: says() }],
  }));
  for (let n = 0; n < frames.length; n += 15) await land(rig, n + 1, frames.slice(n, n + 15));
  await compacted(widest);
  expect(await all(rig, START, START + HOUR)).toEqual(linesOf(frames));
}, 120_000);

test("what one rig's batches throw holds up no other rig; they stay whole and readable", async () => {
  const [one, other] = [await greeted(), await greeted()];
  const frames = Array.from({ length: 20 }, (_, n) => ({
    receivedAt: START + n * 1_000,
    readings: [{ at: START + n * 1_000, says: n }],
  }));
  await land(one, 1, frames);
  await land(other, 1, frames.slice(0, 5));
  const db = openArchiveFile(path);
  const unexpected = (damage: unknown) => expect(damage).toBeNull();
  // More spans of one frame than an hour may have.
  const limits = { frames: 1, readings: 1 };
  const compactor = compactorOf(db, namesOf(db), definitionsOf(db), unexpected, limits);
  const next = () => compactor.next(Date.now() + HOUR);
  expect(next).toThrow(RigFailed);
  for (let more = next(); more !== null; more = null) await archive.apply(more);
  expect(compactor.waiting()).toBe(1);
  db.close();
  expect(await all(one)).toEqual(linesOf(frames));
  expect(await all(other)).toEqual(linesOf(frames.slice(0, 5)));
});

test("what the archive does not take of one rig ends neither the thread nor the archive, and is named", async () => {
  const [one, other] = [await greeted(), await greeted()];
  const told = (receivedAt: number): AnyFrame => ({ receivedAt, readings: [{ at: START, says: 1 }] });
  await land(one, 1, [told(START)], [told(START)]);
  await compacted(widest);
  // The same frame in another hour: no rig says so in good faith.
  await land(one, 1, [told(START + HOUR)]);
  await land(other, 1, [told(START)]);
  const thread = startCompacting(
    { path, settleMs: 0 },
    archive,
    () => undefined,
    (damage) => expect(damage).toBeNull(),
  );
  await vi.waitFor(
    () => expect(thread.aside()).toMatchObject([{ rig: one.rig, problem: expect.stringMatching(/UNIQUE/) }]),
    20_000,
  );
  await vi.waitFor(async () => expect((await history.facts()).waiting).toBe(1), 20_000);
  await land(other, 2, [told(START + 1_000)]);
  await vi.waitFor(async () => expect((await history.facts()).waiting).toBe(1), 20_000);
  expect(await all(other)).toHaveLength(2);
  await thread.close();
}, 60_000);
