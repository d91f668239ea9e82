import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { openContents } from "../../cloud/archive/contents.ts";
import type { History } from "../../cloud/archive/history.ts";
import { openSqliteArchive } from "../../cloud/archive/sqlite.ts";
import { openSqliteHistory } from "../../cloud/archive/sqlite-history.ts";
import type { RigEvent } from "../../shared/domain/event.ts";
import { Block, DATED, GOOD } from "../../shared/domain/reading.ts";
import { checksumOf } from "../../shared/wire/checksum.ts";
import { tagListOf } from "../../shared/wire/dictionary.ts";
import type { ClockState } from "../../shared/wire/names.ts";
import { handRig, START, tagOf } from "../support/hand-rig.ts";
import { officeOf } from "../support/office.ts";

const tag = tagOf("mud_pressure");
const list = tagListOf([tag]);
const FRAMES = 240;
const HOUR = 3_600_000;
/** What the office's word may be off by, ms, and the greatest drift of the monotonic clock. */
const UNSURE = 400;
const DRIFT = 5e-5;

/** A rig's clock over one boot: from a second on it is off by so much, and its state says so or not. */
const stretch = fc.record({
  from: fc.integer({ min: 1, max: FRAMES }),
  off: fc.oneof(fc.constant(0), fc.integer({ min: -30 * HOUR, max: 30 * HOUR }), fc.constant(HOUR - START)),
  state: fc.constantFrom<ClockState>("unknown", "free-running"),
});
const life = fc.record({
  drift: fc.double({ min: -DRIFT, max: DRIFT, noNaN: true }),
  clock: fc.array(stretch, { maxLength: 4 }),
  startsUnknown: fc.boolean(),
  words: fc.array(fc.tuple(fc.integer({ min: 1, max: FRAMES }), fc.integer({ min: -UNSURE, max: UNSURE })), {
    maxLength: 3,
  }),
  cuts: fc.array(fc.integer({ min: 2, max: FRAMES }), { maxLength: 6 }),
  order: fc.array(fc.nat(1_000), { minLength: 12, maxLength: 12 }),
  compactions: fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
});
type Life = typeof life extends fc.Arbitrary<infer T> ? T : never;

const truthOf = (seq: number) => START + seq * 1_000;

/** What the rig's clocks say when frame `seq` closes. */
function timeOf({ drift, clock, startsUnknown }: Life, seq: number) {
  const first = { from: 0, off: startsUnknown ? HOUR - START : 0, state: startsUnknown ? "unknown" : "free-running" };
  const here = [first, ...clock]
    .filter(({ from }) => from <= seq)
    .sort((one, other) => one.from - other.from)
    .at(-1);
  const state: ClockState = here?.state === "unknown" ? "unknown" : "free-running";
  // A clock that is believed is off by what it drifted at most.
  const off = state === "unknown" ? (here?.off ?? 0) : 0;
  return { receivedAt: truthOf(seq) + off, mono: Math.round(50_000 + seq * 1_000 * (1 + drift)), clock: state };
}

async function landed(life: Life, archive: ReturnType<typeof openSqliteArchive>): Promise<void> {
  const office = officeOf(archive);
  const rig = handRig("rig-a", office.keys.enrol("rig-a"), [tag], { startedAt: timeOf(life, 0).receivedAt });
  await office.greet(rig, 0, 0);
  const events = (seq: number, at: number, told: readonly RigEvent[]) =>
    rig.batch(
      { lane: "events", firstSeq: seq },
      { stream: "events", frames: [{ ...rig.eventsFrame(told), ...timeOf(life, at) }] },
    );
  const frame = (seq: number) => {
    const time = timeOf(life, seq);
    const readings = new Block(1);
    readings.push(0, time.receivedAt, seq, GOOD, 0);
    return { ...rig.telemetryFrame(seq), ...time, readings, checksum: checksumOf(readings, list) };
  };
  await office.take(events(1, 0, rig.foundation()));
  const edges = [...new Set([1, ...life.cuts, FRAMES + 1])].sort((one, other) => one - other);
  const batches = edges.slice(1).map((end, i) => () => {
    const first = edges[i] ?? 1;
    const frames = Array.from({ length: end - first }, (_, k) => frame(first + k));
    return rig.batch(
      { lane: "backfill", firstSeq: first },
      { stream: "telemetry", frames, representations: rig.representations },
    );
  });
  // Events go in their order, telemetry in any.
  let eventSeq = 1;
  const words = life.words.map(([seq, error]) => () => {
    const { receivedAt, mono, clock } = timeOf(life, seq);
    const correction = { at: truthOf(seq) + error, mono, uncertainty: UNSURE, by: "office" as const };
    return events(++eventSeq, seq, [{ type: "clock", at: receivedAt, mono, step: 0, state: clock, correction }]);
  });
  const all = [...batches, ...words].map((make, i) => ({ make, key: life.order[i] ?? i }));
  for (const [i, { make }] of all.sort((one, other) => one.key - other.key).entries()) {
    await office.take(make());
    if (life.compactions[i]) await archive.compact(10_000);
  }
  await office.ingest.close();
}

async function check(life: Life, history: History): Promise<void> {
  const { series } = await history.readings("rig-a", [tag.id], START - 400 * HOUR, START + 400 * HOUR, {
    limit: 1_000_000,
  });
  const rows = series.flatMap(({ readings }) =>
    Array.from({ length: readings.length }, (_, i) => ({
      seq: readings.value[i] ?? 0,
      at: readings.at[i] ?? 0,
      isDated: ((readings.status[i] ?? 0) & DATED) !== 0,
    })),
  );
  const seqs = Array.from({ length: FRAMES }, (_, i) => i + 1);
  const isUnknown = (seq: number) => timeOf(life, seq).clock === "unknown";
  const isTold = life.words.length > 0;
  // Each once, and nothing that was not made.
  const expected = seqs.filter((seq) => isTold || !isUnknown(seq));
  expect(rows.map(({ seq }) => seq).sort((one, other) => one - other)).toEqual(expected);
  for (const { seq, at, isDated } of rows) {
    if (!isUnknown(seq)) expect(at).toBe(timeOf(life, seq).receivedAt);
    else {
      expect(Math.abs(at - truthOf(seq))).toBeLessThanOrEqual(UNSURE + FRAMES * 1_000 * DRIFT + 2);
      expect(isDated || at === timeOf(life, seq).receivedAt).toBe(true);
    }
  }
  const minutes = new Map<number, number>();
  for (const { at } of rows) minutes.set(at - (at % 60_000), (minutes.get(at - (at % 60_000)) ?? 0) + 1);
  const [buckets] = await history.buckets("rig-a", [tag.id], START - HOUR, START + HOUR, 60_000);
  const counted = [...(buckets?.buckets.count.entries() ?? [])].flatMap(([i, count]): [number, number][] =>
    count === 0 ? [] : [[START - HOUR + i * 60_000, count]],
  );
  expect(counted).toEqual([...minutes].sort(([one], [other]) => one - other));
  const { undated } = await history.coverage("rig-a", START - HOUR, START + HOUR, null);
  expect(undated.reduce((sum, { frames }) => sum + frames, 0)).toBe(seqs.filter(isUnknown).length * (isTold ? 0 : 1));
}

/** Frames lie as they were signed. */
function checkOriginals(life: Life, path: string): void {
  const contents = openContents(path);
  const found = new Map<number, number>();
  for (const { frames } of contents.telemetry("rig-a"))
    for (const entry of frames) if (entry !== null) found.set(entry.seq, entry.receivedAt);
  contents.close();
  expect(found.size).toBe(FRAMES);
  for (const [seq, receivedAt] of found) expect(receivedAt).toBe(timeOf(life, seq).receivedAt);
}

test("whatever a clock does, and in whatever order frames and words come, each frame is dated as true as the word, once, and kept as it came", async () => {
  await fc.assert(
    fc.asyncProperty(life, async (life) => {
      const folder = mkdtempSync(join(tmpdir(), "dating-any-"));
      const path = join(folder, "archive.db");
      const archive = openSqliteArchive(path);
      const history = openSqliteHistory(path);
      try {
        await landed(life, archive);
        await check(life, history);
        await archive.compact(10_000);
        await check(life, history);
        checkOriginals(life, path);
      } finally {
        history.close();
        await archive.close();
        rmSync(folder, { recursive: true });
      }
    }),
    { numRuns: 60 },
  );
}, 120_000);
