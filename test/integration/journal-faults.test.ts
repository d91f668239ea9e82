import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type * as Threads from "node:worker_threads";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { dictionaryOf } from "../../edge/dictionary.ts";
import type { Committed, NewTelemetry, RunRecord } from "../../edge/journal/frames.ts";
import { type Journal, openJournal } from "../../edge/journal/journal.ts";
import { Block, GOOD } from "../../shared/domain/reading.ts";
import { newId } from "../../shared/node/id.ts";
import { decodeFrame, encodeFrame } from "../../shared/wire/frame.ts";

/** The journal's own thread, with a disk that reports trouble after the commit has landed. */
vi.mock("node:worker_threads", async (original) => {
  const threads = await original<typeof Threads>();
  const late = new URL("../support/late-fault.ts", import.meta.url).href;
  class Worker extends threads.Worker {
    constructor(url: string | URL, options?: Threads.WorkerOptions) {
      super(url, { ...options, execArgv: ["--import", late] });
    }
  }
  return { ...threads, Worker };
});

let folder: string;
let journal: Journal;
let commits: Committed[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "faults-"));
  commits = [];
  journal = await openJournal({ path: path(), record: record(), budgetBytes: 50_000_000 });
  journal.onCommitted((committed) => commits.push(committed));
  for (const events of dictionary.untold) {
    await journal.append({ stream: "events", receivedAt: clock, mono: 0, clock: "free-running", events });
  }
});
afterEach(async () => {
  await journal.close();
  rmSync(folder, { recursive: true });
});

const path = () => join(folder, "journal.db");
const record = (): RunRecord => ({
  epoch: newId(),
  boot: "00000000000000aa",
  software: "test",
  origin: "simulated",
  startedAt: 1_000,
  rigName: "Rig 1",
  well: null,
  timeZone: "UTC",
});
const version = {
  id: "000000000000000a",
  name: "mud_flow",
  label: "A tag",
  unit: "gpm" as const,
  kind: { type: "double" as const, scale: 1, offset: 0 },
  limits: { onDelayS: 5, deadband: 0.02 },
  source: "pumps",
  validFrom: 0,
};
const dictionary = dictionaryOf([version], { defined: [], tags: [], dictionary: null });

let clock = 1_700_000_000_000;
function telemetry(): NewTelemetry {
  clock += 1_000;
  const readings = new Block(1);
  readings.push(0, clock, 7, GOOD, 0);
  const time = { receivedAt: clock, mono: 0, clock: "free-running" as const };
  const body = encodeFrame(readings, dictionary.list, { ...time, dictionary: dictionary.hash });
  return { stream: "telemetry", ...time, dictionary: dictionary.hash, count: 1, body };
}

/** The next commit lands and is reported as failed; gives what `work` comes to, in a box so that it is not awaited. */
async function landedLate<T>(work: () => Promise<T>): Promise<{ outcome: Promise<T> }> {
  writeFileSync(`${path()}.fault`, "");
  const outcome = work();
  await vi.waitFor(() => expect(journal.state().failed?.code).toBe("SQLITE_IOERR_FSYNC"));
  return { outcome };
}

/** Close times of the telemetry frames on the disk, in the order of their names. */
function onDisk(): number[] {
  const db = new Database(path(), { readonly: true });
  const rows = db.prepare<[], Buffer>("select body from frame where (key / 4294967296) % 2 = 0 order by key");
  const times = rows.pluck().all();
  db.close();
  return times.map((body) => decodeFrame(body).receivedAt);
}

const tellAgain = () => journal.tellAgain(dictionary.hash, { receivedAt: clock, mono: 0, clock: "free-running" });
const stored = () => commits.flatMap((each) => each.stored);

test("a frame that landed although its sync failed keeps its one name, whatever is asked before it is tried again", async () => {
  const frame = telemetry();
  const { outcome } = await landedLate(() => journal.append(frame));
  await tellAgain();
  expect(await outcome).toBe(true);
  expect(onDisk()).toEqual([frame.receivedAt]);
  expect(stored().map(({ stream, seq }) => [stream, seq])).toEqual([
    ["events", 1],
    ["events", 2],
    ["telemetry", 1],
    ["events", 3],
  ]);
});

test("a frame behind a dictionary that landed although its sync failed is stored, not taken for it", async () => {
  const { outcome } = await landedLate(tellAgain);
  const frame = telemetry();
  expect(await journal.append(frame)).toBe(true);
  await outcome;
  expect(onDisk()).toEqual([frame.receivedAt]);
  expect(stored().map(({ stream, seq }) => [stream, seq])).toEqual([
    ["events", 1],
    ["events", 2],
    ["events", 3],
    ["telemetry", 1],
  ]);
});

test("a frame that landed although its sync failed is not stored again in an epoch that begins meanwhile", async () => {
  const frame = telemetry();
  const { outcome } = await landedLate(() => journal.append(frame));
  const facts = await journal.renew(record());
  expect(await outcome).toBe(true);
  expect(facts.predecessor).toMatchObject({ last: { telemetry: 1, events: 2 } });
  expect(onDisk()).toEqual([frame.receivedAt]);
});

test("while the disk refuses, what closes with the journal is stored or told as not stored, once", async () => {
  const [first, second] = [telemetry(), telemetry()];
  const { outcome } = await landedLate(() => journal.append(first));
  const outcomes = [outcome, journal.append(second)];
  await journal.close();
  expect(await Promise.all(outcomes)).toEqual([true, true]);
  expect(onDisk()).toEqual([first.receivedAt, second.receivedAt]);
  journal = await openJournal({ path: path(), record: record(), budgetBytes: 50_000_000 });
});
