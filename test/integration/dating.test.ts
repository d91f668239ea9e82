import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Archive } from "../../cloud/archive/archive.ts";
import { openContents } from "../../cloud/archive/contents.ts";
import type { History } from "../../cloud/archive/history.ts";
import { openSqliteArchive } from "../../cloud/archive/sqlite.ts";
import { openSqliteHistory } from "../../cloud/archive/sqlite-history.ts";
import type { ClockAnchor } from "../../shared/domain/dating.ts";
import type { RigEvent } from "../../shared/domain/event.ts";
import { AT_SOURCE, DATED, GOOD, UNDATED } from "../../shared/domain/reading.ts";
import type { ClockState, Lane, SeqRange } from "../../shared/wire/names.ts";
import { type HandRig, handRig, START, tagOf } from "../support/hand-rig.ts";
import { type Office, officeOf } from "../support/office.ts";

let folder: string;
let archive: Archive;
let history: History;
let office: Office;
const tag = tagOf("mud_pressure");
const own = tagOf("hook_load");
const FAR = START + 100 * 86_400_000;
const DAY = START - 6 * 3_600_000;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "dating-"));
  archive = openSqliteArchive(join(folder, "archive.db"));
  history = openSqliteHistory(join(folder, "archive.db"));
  office = officeOf(archive);
});
afterEach(async () => {
  await office.ingest.close();
  history.close();
  await archive.close();
  rmSync(folder, { recursive: true });
});

/** A boot that began at `bootedAt`; its wall clock says that it is `wrongBy` ms away from the truth. Frame n closes `n` s after the boot. */
interface Boot {
  rig: HandRig;
  boot: string;
  bootedAt: number;
  wrongBy: number;
}
const since1970 = (bootedAt: number) => 3_600_000 - bootedAt;

function bootOf(
  bootedAt: number,
  wrongBy: number,
  before: Boot | null = null,
  last = { telemetry: 0, events: 0 },
): Boot {
  const key = keyOf();
  const predecessor = before === null ? null : { epoch: before.rig.epoch, last };
  const rig = handRig("rig-a", key, [tag, own], {
    startedAt: bootedAt + wrongBy,
    predecessor,
    fill(readings, seq, at) {
      readings.push(0, at, seq, GOOD, 0);
      // A source with a clock of its own, which is right.
      readings.push(1, at - wrongBy, seq, GOOD | AT_SOURCE, 0);
    },
  });
  return { rig, boot: (++boots).toString(16).padStart(16, "b"), bootedAt, wrongBy };
}
let boots = 0;
let key: ReturnType<Office["keys"]["enrol"]> | null = null;
function keyOf() {
  key ??= office.keys.enrol("rig-a");
  return key;
}
beforeEach(() => {
  key = null;
});

function telemetry({ rig }: Boot, first: number, last: number, clock: ClockState, lane: Lane = "live"): Uint8Array {
  const frames = Array.from({ length: last - first + 1 }, (_, i) => ({ ...rig.telemetryFrame(first + i), clock }));
  return rig.batch({ lane, firstSeq: first }, { stream: "telemetry", frames, representations: rig.representations });
}

function events(
  { rig, boot }: Boot,
  firstSeq: number,
  clock: ClockState,
  ...lists: (readonly RigEvent[])[]
): Uint8Array {
  const named = lists.map((list) => list.map((event) => (event.type === "epoch" ? { ...event, boot } : event)));
  const frames = named.map((list) => ({ ...rig.eventsFrame(list), clock }));
  return rig.batch({ lane: "events", firstSeq }, { stream: "events", frames });
}

/** The office's word `seconds` after the boot, right to the ms unless told otherwise. */
function word({ bootedAt, wrongBy }: Boot, seconds: number, error = 0): RigEvent {
  // Hand-made frames have 5 s more on their monotonic clock, and frame 1 closes with the boot.
  const mono = 6_000 + seconds * 1_000;
  const at = bootedAt + seconds * 1_000;
  const correction: ClockAnchor = { at: at + error, mono, uncertainty: 300, by: "office" };
  return { type: "clock", at: at + wrongBy, mono, step: 0, state: "unknown", correction };
}

async function begin(one: Boot, clock: ClockState): Promise<void> {
  await office.greet(one.rig, 0, 0);
  await office.take(events(one, 1, clock, one.rig.foundation()));
}

type Row = [value: number, at: number, mark: number];
async function rows(id = tag.id): Promise<Row[]> {
  const { series, next } = await history.readings("rig-a", [id], 0, FAR, { limit: 1_000_000 });
  expect(next).toBeNull();
  return series.flatMap(({ readings }) =>
    Array.from({ length: readings.length }, (_, i): Row => {
      return [readings.value[i] ?? 0, readings.at[i] ?? 0, (readings.status[i] ?? 0) & (DATED | UNDATED)];
    }),
  );
}
const expected = ({ bootedAt }: Boot, first: number, last: number, mark: number): Row[] =>
  Array.from({ length: last - first + 1 }, (_, i): Row => [first + i, bootedAt + (first + i - 1) * 1_000, mark]);

async function counted(): Promise<[at: number, count: number][]> {
  const [found] = await history.buckets("rig-a", [tag.id], DAY, DAY + 86_400_000, 60_000);
  return [...(found?.buckets.count.entries() ?? [])].flatMap(([i, count]): [number, number][] =>
    count === 0 ? [] : [[DAY + i * 60_000, count]],
  );
}
const minutesOf = (list: readonly Row[]) => {
  const minutes = new Map<number, number>();
  for (const [, at] of list) minutes.set(at - (at % 60_000), (minutes.get(at - (at % 60_000)) ?? 0) + 1);
  return [...minutes];
};

/** Frames as they were signed, whatever time they have now. */
function originals(): string[] {
  const contents = openContents(join(folder, "archive.db"));
  const found: string[] = [];
  for (const { frames, pieces } of contents.telemetry("rig-a"))
    for (const { frame, readings, start, end } of pieces.values())
      for (let i = start; i < end; i++) {
        const entry = frames[frame[i] ?? 0];
        if (entry != null)
          found.push(`${entry.epoch} ${entry.seq} ${entry.receivedAt} ${readings.at[i]} ${readings.value[i]}`);
      }
  contents.close();
  return found.sort();
}

async function bothWays(check: () => Promise<void>): Promise<void> {
  await check();
  const before = originals();
  await archive.compact(10_000);
  expect(originals()).toEqual(before);
  await check();
}

const coverage = (from: number, to: number) => history.coverage("rig-a", from, to, null);

test("frames of a box that booted in 1970 wait without a time, and get theirs when the office's word has landed", async () => {
  const one = bootOf(START, since1970(START));
  await begin(one, "unknown");
  await office.take(telemetry(one, 1, 300, "unknown"));
  await bothWays(async () => {
    expect(await rows()).toEqual([]);
    expect(await rows(own.id)).toEqual(expected(one, 1, 300, 0));
    expect(await counted()).toEqual([]);
    const { undated, completeTo } = await coverage(0, FAR);
    expect(undated).toMatchObject([{ first: 1, last: 300, from: null, to: null, frames: 300, over: false }]);
    expect(completeTo).toBeNull();
    const latest = await history.latest("rig-a");
    expect(latest.find(({ version }) => version.id === tag.id)).toMatchObject({ seq: 300 });
    const status = latest.map(({ reading, version }) => [version.name, (reading.status[0] ?? 0) & UNDATED]);
    expect(Object.fromEntries(status)).toEqual({ mud_pressure: UNDATED, hook_load: 0 });
  });
  await office.take(events(one, 2, "unknown", [word(one, 400)]));
  await bothWays(async () => {
    expect(await rows()).toEqual(expected(one, 1, 300, DATED));
    expect(await rows(own.id)).toEqual(expected(one, 1, 300, 0));
    expect(await counted()).toEqual(minutesOf(expected(one, 1, 300, DATED)));
    const { undated, spans, completeTo } = await coverage(START - 1_000, START + 400_000);
    expect(undated).toEqual([]);
    expect(completeTo).toBe(START + 299_000);
    expect(spans).toMatchObject([
      { kind: "not known", to: START },
      { kind: "held", from: START, to: START + 299_000, reason: "dated afterwards", frames: 300 },
      { kind: "not known" },
    ]);
    const latest = await history.latest("rig-a");
    expect(latest.find(({ version }) => version.id === tag.id)?.reading.at[0]).toBe(START + 299_000);
  });
});

test("frames that land after the word are dated as they land; the events of the boot stand in their place too", async () => {
  const one = bootOf(START, since1970(START));
  await begin(one, "unknown");
  await office.take(events(one, 2, "unknown", [word(one, 10)]), telemetry(one, 1, 100, "unknown"));
  await bothWays(async () => expect(await rows()).toEqual(expected(one, 1, 100, DATED)));
  const { rows: told } = await history.events("rig-a", { limit: 100 });
  expect(new Set(told.map(({ at }) => at))).toEqual(new Set([START - 1_000]));
});

test("when a clock is set in the middle of a batch, its frames keep their order and none is written over", async () => {
  const one = bootOf(START, -7_200_000);
  await begin(one, "free-running");
  await office.take(telemetry(one, 1, 1, "unknown"));
  const { rig } = one;
  const frames = Array.from({ length: 100 }, (_, i) => {
    const frame = rig.telemetryFrame(2 + i);
    return { ...frame, clock: i < 50 ? ("unknown" as const) : ("free-running" as const) };
  });
  await office.take(
    rig.batch({ lane: "live", firstSeq: 2 }, { stream: "telemetry", frames, representations: rig.representations }),
  );
  // What a free-running clock says is believed.
  const wrong = expected({ ...one, bootedAt: START - 7_200_000 }, 52, 101, 0);
  await bothWays(async () => expect(await rows()).toEqual(wrong));
  await office.take(events(one, 2, "unknown", [word(one, 200)]));
  await bothWays(async () => expect(await rows()).toEqual([...wrong, ...expected(one, 1, 51, DATED)]));
});

test("a boot that ended without a word is bounded by the runs around it, and its frames stay without a time", async () => {
  const first = bootOf(START, 0);
  await begin(first, "synchronised");
  await office.take(telemetry(first, 1, 60, "synchronised"));
  const second = bootOf(START + 600_000, since1970(START), first, { telemetry: 60, events: 1 });
  await begin(second, "unknown");
  await office.take(telemetry(second, 1, 40, "unknown"));
  const open = await coverage(START, START + 3_600_000);
  expect(open.undated).toMatchObject([{ from: START + 59_000, to: null, frames: 40, over: false }]);
  expect(open.completeTo).toBe(START + 59_000);
  const third = bootOf(START + 1_200_000, 0, second, { telemetry: 40, events: 1 });
  await begin(third, "synchronised");
  await office.take(telemetry(third, 1, 10, "synchronised"));
  await bothWays(async () => {
    expect(await rows()).toEqual([...expected(first, 1, 60, 0), ...expected(third, 1, 10, 0)]);
    const { undated, spans, completeTo } = await coverage(START, START + 1_209_000);
    expect(undated).toMatchObject([{ from: START + 59_000, to: START + 1_200_000, frames: 40, over: true }]);
    expect(spans.map(({ kind, frames }) => [kind, frames])).toEqual([
      ["held", 60],
      ["undated", 40],
      ["held", 10],
    ]);
    expect(completeTo).toBe(START + 1_209_000);
  });
  expect((await history.facts()).waiting).toBe(0);
});

test("a later word moves nothing that has its time already, and dates what follows", async () => {
  const one = bootOf(START, since1970(START));
  await begin(one, "unknown");
  await office.take(events(one, 2, "unknown", [word(one, 10, 250)]), telemetry(one, 1, 50, "unknown"));
  await office.take(events(one, 3, "unknown", [word(one, 7_200)]), telemetry(one, 51, 100, "unknown"));
  const late = expected(one, 1, 50, DATED).map(([value, at, mark]): Row => [value, at + 250, mark]);
  await bothWays(async () =>
    expect(await rows()).toEqual([...late, ...expected({ ...one, bootedAt: START + 250 }, 51, 100, DATED)]),
  );
  // What closed before it goes by the first word whenever it lands, as on the rig.
  await office.take(telemetry(one, 7_181, 7_230, "unknown"));
  await bothWays(async () =>
    expect((await rows()).slice(-50)).toEqual([
      ...expected({ ...one, bootedAt: START + 250 }, 7_181, 7_201, DATED),
      ...expected(one, 7_202, 7_230, DATED),
    ]),
  );
});

test("frames that land again, and an archive that is opened anew, keep the time that was given", async () => {
  const one = bootOf(START, since1970(START));
  await begin(one, "unknown");
  await office.take(telemetry(one, 1, 50, "unknown"), events(one, 2, "unknown", [word(one, 10)]));
  await office.take(telemetry(one, 1, 50, "unknown", "backfill"), telemetry(one, 40, 60, "unknown", "backfill"));
  await bothWays(async () => expect(await rows()).toEqual(expected(one, 1, 60, DATED)));
  await archive.mend([{ type: "repeated", table: "dating" }]);
  await archive.close();
  archive = openSqliteArchive(join(folder, "archive.db"));
  expect(await rows()).toEqual(expected(one, 1, 60, DATED));
});

test("what waited is cut where a surer word begins, when several words land at once", async () => {
  const one = bootOf(START, since1970(START));
  await begin(one, "unknown");
  for (let first = 1; first < 300; first += 50) await office.take(telemetry(one, first, first + 49, "unknown"));
  const sure = word(one, 100, -120);
  if (sure.type !== "clock" || sure.correction === undefined) throw new Error("no word");
  const surer: RigEvent = { ...sure, correction: { ...sure.correction, uncertainty: 150 } };
  await office.take(events(one, 2, "unknown", [word(one, 10)], [surer]));
  await bothWays(async () =>
    expect(await rows()).toEqual([
      ...expected(one, 1, 100, DATED),
      // Time stands at its moment: the frame that closed then is no earlier than the first word has it.
      ...expected(one, 101, 101, DATED),
      ...expected({ ...one, bootedAt: START - 120 }, 102, 300, DATED),
    ]),
  );
});

interface NamedRun {
  epoch: string;
  last: { telemetry: number; events: number };
  /** What of its events is still on the disk. */
  events?: SeqRange[];
}

/** A run that goes on after others, which its hello names; then its record and ten frames land. */
async function goOn(one: Boot, epochs: readonly NamedRun[] = []) {
  const nothing = { telemetry: [], events: [] };
  const own = { epoch: one.rig.epoch, predecessor: null, last: { telemetry: 0, events: 0 }, ranges: nothing };
  const others = epochs.map(({ epoch, last, events = [] }) => {
    return { epoch, predecessor: null, last, ranges: { telemetry: [], events } };
  });
  await office.send(
    "rig/rig-a/hello",
    one.rig.hello({ telemetry: 0, events: 0 }, nothing, { epochs: [own, ...others] }),
  );
  one.rig.under(office.answers.at(-1)?.answer ?? "");
  await office.take(events(one, 1, "synchronised", one.rig.foundation()));
  await office.take(telemetry(one, 1, 10, "synchronised"));
}

/** A boot in 1970 whose frames nobody could date. */
async function undatedBoot(): Promise<Boot> {
  const one = bootOf(START, since1970(START));
  await begin(one, "unknown");
  await office.take(telemetry(one, 1, 40, "unknown"));
  return one;
}

const settled = async () => {
  const { undated } = await coverage(0, FAR);
  await archive.compact(10_000);
  return { over: undated.map(({ over }) => over), waiting: (await history.facts()).waiting };
};

test("a run whose events are lost can name its boot no more, and keeps no other boot's frames waiting", async () => {
  await undatedBoot();
  const ghost = { epoch: "00000000000000f1", last: { telemetry: 0, events: 3 } };
  await goOn(bootOf(START + 1_200_000, 0), [ghost]);
  expect(await settled()).toEqual({ over: [true], waiting: 0 });
});

test("a run that was named and stored nothing keeps no other boot's frames waiting once another runs", async () => {
  await undatedBoot();
  const empty = bootOf(START + 600_000, 0);
  await office.greet(empty.rig, 0, 0);
  expect(await settled()).toEqual({ over: [false], waiting: 1 });
  await goOn(bootOf(START + 1_200_000, 0));
  expect(await settled()).toEqual({ over: [true], waiting: 0 });
});

test("frames of a run whose own record is quarantined or lost stay undated for good once another boot runs", async () => {
  const first = bootOf(START, 0);
  await begin(first, "synchronised");
  const second = bootOf(START + 600_000, since1970(START), first, { telemetry: 0, events: 1 });
  await office.greet(second.rig, 0, 0);
  await office.take(telemetry(second, 1, 40, "unknown"));
  expect(await settled()).toEqual({ over: [false], waiting: 1 });
  await goOn(bootOf(START + 1_200_000, 0), [{ epoch: second.rig.epoch, last: { telemetry: 40, events: 1 } }]);
  expect(await settled()).toEqual({ over: [true], waiting: 0 });
});

test("a run whose events are under way may still date what waits, and holds it back until they have landed", async () => {
  const one = await undatedBoot();
  const ghost = bootOf(START + 600_000, since1970(START));
  ghost.boot = one.boot;
  await office.send(
    "rig/rig-a/hello",
    ghost.rig.hello({ telemetry: 0, events: 2 }, { telemetry: [], events: [{ first: 1, last: 2 }] }),
  );
  const third = bootOf(START + 1_200_000, 0);
  await goOn(third, [{ epoch: ghost.rig.epoch, last: { telemetry: 0, events: 2 }, events: [{ first: 1, last: 2 }] }]);
  expect(await settled()).toEqual({ over: [false], waiting: 1 });
  await office.take(events(ghost, 1, "unknown", ghost.rig.foundation()), events(ghost, 2, "unknown", [word(one, 600)]));
  expect((await rows()).slice(0, 40)).toEqual(expected(one, 1, 40, DATED));
});

test("what waits is settled in the step that tells the last events lost, without another frame", async () => {
  await undatedBoot();
  const ghost = { epoch: "00000000000000f1", last: { telemetry: 0, events: 3 } };
  const next = bootOf(START + 1_200_000, 0);
  const nothing = { telemetry: [], events: [] };
  const named = { ...ghost, predecessor: null, ranges: { telemetry: [], events: [{ first: 1, last: 3 }] } };
  const own = { epoch: next.rig.epoch, predecessor: null, last: { telemetry: 0, events: 0 }, ranges: nothing };
  const hello = (epochs: Parameters<HandRig["hello"]>[2]) =>
    office.send("rig/rig-a/hello", next.rig.hello({ telemetry: 0, events: 0 }, nothing, epochs));
  await hello({ epochs: [own, named] });
  next.rig.under(office.answers.at(-1)?.answer ?? "");
  await office.take(events(next, 1, "synchronised", next.rig.foundation()));
  expect((await settled()).over).toEqual([false]);
  await hello({ epochs: [own, { ...named, ranges: nothing }] });
  expect(await settled()).toEqual({ over: [true], waiting: 0 });
});

const eventsTo = async () =>
  (await coverage(0, FAR)).streams.find(({ stream }) => stream === "events")?.completeTo ?? null;

test("events without a time neither raise nor lower up to when events are complete; dated ones count by the time that they were given", async () => {
  const first = bootOf(START, 0);
  await begin(first, "synchronised");
  expect(await eventsTo()).toBe(START);
  // Undated, of a clock that is years ahead, and of one that says 1970.
  const ahead = bootOf(START + 600_000, 10 * 365 * 86_400_000, first, { telemetry: 0, events: 1 });
  await begin(ahead, "unknown");
  expect(await eventsTo()).toBe(START);
  const behind = bootOf(START + 1_200_000, since1970(START + 1_200_000), ahead, { telemetry: 0, events: 1 });
  await begin(behind, "unknown");
  expect(await eventsTo()).toBe(START);
  await office.take(events(behind, 2, "unknown", [word(behind, 10)]));
  // Hand-made events close a second before the boot's first frame.
  expect(await eventsTo()).toBe(START + 1_200_000 - 1_000);
});

test("a run of which only events without a time are here, and more under way, leaves it unknown up to when they are complete", async () => {
  const one = bootOf(START, since1970(START));
  await begin(one, "unknown");
  expect(await eventsTo()).toBeNull();
  await office.take(events(one, 4, "unknown", [word(one, 10)]));
  expect(await eventsTo()).toBe(START - 1_000);
  const next = bootOf(START + 600_000, since1970(START + 600_000), one, { telemetry: 0, events: 4 });
  await begin(next, "unknown");
  await office.take(events(next, 4, "unknown", [{ type: "clock", at: 0, mono: 0, step: 900, state: "unknown" }]));
  expect(await eventsTo()).toBeNull();
});

test("events whose doubted clock proves to have been right have their time from then on, and a later word leaves them there", async () => {
  const one = bootOf(START, 0);
  const closedAt = () => {
    const contents = openContents(join(folder, "archive.db"));
    const found = [...contents.events("rig-a")].map((event) => event.closedAt);
    contents.close();
    return found;
  };
  await begin(one, "unknown");
  expect([await eventsTo(), closedAt()]).toEqual([null, [null]]);
  // Hand-made events close a second before the boot's first frame by the monotonic clock, and at the same time by the wall clock.
  await office.take(events(one, 2, "unknown", [word(one, 10, 1_000)]));
  expect([await eventsTo(), closedAt()]).toEqual([START, [START, START]]);
  await office.take(events(one, 3, "unknown", [word(one, -100)]));
  expect(closedAt().slice(0, 2)).toEqual([START, START]);
});
