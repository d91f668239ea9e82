import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { dictionaryOf } from "../../edge/dictionary.ts";
import type { Committed, NewEvents, NewTelemetry, RunRecord } from "../../edge/journal/frames.ts";
import { type Journal, openJournal } from "../../edge/journal/journal.ts";
import { Block, GOOD } from "../../shared/domain/reading.ts";
import { newId } from "../../shared/node/id.ts";
import { addChecksums, noChecksum } from "../../shared/wire/checksum.ts";
import { decodeFrameHead, encodeFrame } from "../../shared/wire/frame.ts";
import type { Checksum } from "../../shared/wire/names.ts";

let folder: string;
let open: Journal[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "journal-"));
});
afterEach(async () => {
  await Promise.all(open.map((journal) => journal.close()));
  open = [];
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
  name: "mud_note",
  label: "A tag",
  unit: "psi" as const,
  kind: { type: "text" as const },
  limits: { onDelayS: 5, deadband: 0.02 },
  source: "pumps",
  validFrom: 0,
};
const dictionary = dictionaryOf([version], { defined: [], tags: [], dictionary: null });

async function journalOf(run: RunRecord, budgetBytes = 50_000_000, waitingBytes?: number) {
  const commits: Committed[] = [];
  const journal = await openJournal({
    path: path(),
    record: run,
    budgetBytes,
    ...(waitingBytes === undefined ? {} : { waitingBytes }),
  });
  journal.onCommitted((committed) => commits.push(committed));
  open.push(journal);
  return { journal, commits, stored: () => commits.flatMap((each) => each.stored) };
}

async function close(journal: Journal): Promise<void> {
  open = open.filter((each) => each !== journal);
  await journal.close();
}

const tags = { ids: new Uint32Array(2), representations: ["text" as const] };
let clock = 1_700_000_000_000;
/** A frame of one reading whose text makes it some `bytes` long. */
function telemetry(bytes = 100): NewTelemetry {
  clock += 1_000;
  const readings = new Block(16);
  readings.pushText(0, clock, `${clock}`.padEnd(bytes, "x"), GOOD, 0);
  const time = { receivedAt: clock, mono: clock - 1e12, clock: "free-running" as const };
  return {
    stream: "telemetry",
    ...time,
    dictionary: dictionary.hash,
    count: 1,
    body: encodeFrame(readings, tags, { ...time, dictionary: dictionary.hash }),
  };
}
function events(...list: NewEvents["events"]): NewEvents {
  clock += 1;
  return { stream: "events", receivedAt: clock, mono: clock - 1e12, clock: "free-running", events: list };
}
const sumOf = (frames: readonly NewTelemetry[]) =>
  frames.map(({ body }) => decodeFrameHead(body).checksum).reduce(addChecksums, noChecksum);
const define = () => events(...dictionary.untold.flat());
const acted = () => events({ type: "action", at: clock, who: "operator", station: "rig", what: "test" });

test("a run that stores nothing leaves no epoch", async () => {
  const { journal } = await journalOf(record());
  await close(journal);
  const { journal: next } = await journalOf(record());
  expect(next.opening.facts.epochs).toHaveLength(1);
  expect(next.opening.facts.epochs[0]?.predecessor).toBeNull();
});

test("the first frame brings the epoch's record along, as events seq 1, and seqs run from 1 without a hole", async () => {
  const run = record();
  const { journal, stored } = await journalOf(run);
  expect(
    await Promise.all([
      journal.append(acted()),
      journal.append(define()),
      journal.append(telemetry()),
      journal.append(telemetry()),
    ]),
  ).toEqual([true, true, true, true]);
  expect(stored().map(({ stream, seq, foundation }) => [stream, seq, foundation])).toEqual([
    ["events", 1, true],
    ["events", 2, false],
    ["events", 3, true],
    ["telemetry", 1, false],
    ["telemetry", 2, false],
  ]);
  expect(stored().every(({ epoch }) => epoch === run.epoch)).toBe(true);
});

test("the next run names the one before it, with the last seqs that it gave", async () => {
  const first = record();
  const { journal } = await journalOf(first);
  await journal.append(define());
  await journal.append(telemetry());
  await journal.append(telemetry());
  await close(journal);
  const { journal: next } = await journalOf(record());
  const predecessor = { epoch: first.epoch, last: { telemetry: 2, events: 2 } };
  expect(next.opening.facts.epochs.at(-1)?.predecessor).toEqual(predecessor);
  expect(next.opening.facts.owed).toEqual([
    { epoch: first.epoch, stream: "events", first: 1, last: 2, dictionary: null, foundation: true },
    { epoch: first.epoch, stream: "telemetry", first: 1, last: 2, dictionary: dictionary.hash, foundation: false },
  ]);
});

test("frames are freed only when the sum agrees, stay on the disk, and are owed again when the cloud lacks them", async () => {
  const run = record();
  const { journal } = await journalOf(run);
  await journal.append(define());
  const frames = [telemetry(), telemetry(), telemetry()];
  for (const frame of frames) await journal.append(frame);
  const sum = sumOf(frames.slice(0, 2));
  const range = { epoch: run.epoch, stream: "telemetry" as const, ranges: [{ first: 1, last: 2 }] };
  expect(await journal.settle([{ type: "free", undivided: false, ...range, checksum: { a: 0, b: 0 } }])).toEqual([
    {
      ...{ type: "differs", ...range, undivided: false, checksum: { a: 0, b: 0 } },
      parts: frames.slice(0, 2).map((frame, i) => ({ first: i + 1, last: i + 1, checksum: sumOf([frame]) })),
    },
  ]);
  expect(await journal.settle([{ type: "free", undivided: false, ...range, checksum: sum }])).toEqual([
    { type: "freed", ...range },
  ]);
  const [unfreed] = (await journal.settle([{ type: "unfree", ...range, ranges: [{ first: 2, last: 2 }] }])) ?? [];
  expect(unfreed).toMatchObject({ type: "unfreed", runs: [{ first: 2, last: 2 }] });
  await close(journal);
  const { journal: next } = await journalOf(record());
  expect(next.opening.facts.owed.filter(({ stream }) => stream === "telemetry")).toMatchObject([{ first: 2, last: 3 }]);
  expect(next.opening.facts.epochs[0]?.kept.telemetry).toEqual([{ first: 1, last: 3 }]);
});

test("frames that differ move to an epoch behind its record, owed there under new names; asked again, the same is said", async () => {
  const run = record();
  const { journal } = await journalOf(run);
  await journal.append(define());
  const frames = [telemetry(), telemetry(), telemetry(), telemetry()];
  for (const frame of frames) await journal.append(frame);
  await close(journal);
  const next = await journalOf(record());
  const theirs = { a: 1, b: 2 };
  const parts = [2, 4].map((seq) => ({ first: seq, last: seq, checksum: theirs }));
  const move = { type: "move", epoch: run.epoch, stream: "telemetry", frames: parts } as const;
  const [moved] = (await next.journal.settle([move])) ?? [];
  if (moved?.type !== "moved" || moved.to === null) throw new Error("nothing moved");
  expect(moved.to).toMatchObject({ predecessor: null, last: { telemetry: 2, events: 1 }, moved: true, told: null });
  expect(moved.runs).toMatchObject([
    { stream: "events", first: 1, last: 1, foundation: true },
    { stream: "telemetry", first: 1, last: 2, dictionary: dictionary.hash },
  ]);
  expect(await next.journal.settle([move])).toEqual([moved]);
  // What they had under the old names counts with the cloud's checksums.
  const whole = { epoch: run.epoch, stream: "telemetry" as const, ranges: [{ first: 1, last: 4 }] };
  const checksum = [sumOf(frames.slice(0, 1)), theirs, sumOf(frames.slice(2, 3)), theirs].reduce(addChecksums);
  const [freed] = (await next.journal.settle([{ type: "free", ...whole, checksum, undivided: false }])) ?? [];
  expect(freed).toEqual({ type: "freed", ...whole });
  await close(next.journal);
  const { opening } = (await journalOf(record())).journal;
  const old = opening.facts.epochs.find(({ epoch }) => epoch === run.epoch);
  expect(old?.kept.telemetry.map(({ first }) => first)).toEqual([1, 3]);
  expect(opening.facts.epochs.at(-1)?.predecessor).toMatchObject({ epoch: run.epoch });
});

test("past its budget the journal deletes delivered telemetry first, then undelivered with a gap event, and stays below it", async () => {
  const run = record();
  const budget = 10_000_000;
  const { journal, commits } = await journalOf(run, budget);
  await journal.append(define());
  const add = async (n: number) => {
    const frames = Array.from({ length: n }, () => telemetry(20_000));
    for (const frame of frames) await journal.append(frame);
    return frames;
  };
  const delivered = await add(200);
  const checksum = sumOf(delivered);
  await journal.settle([
    {
      type: "free",
      undivided: false,
      epoch: run.epoch,
      stream: "telemetry",
      ranges: [{ first: 1, last: 200 }],
      checksum,
    },
  ]);
  await add(300);
  const gone = () => commits.flatMap((each) => each.gone);
  const gaps = () =>
    commits.flatMap((each) => each.stored).filter(({ stream, seq }) => stream === "events" && seq > 2).length;
  expect(gone()[0]?.range.first).toBe(1);
  expect(gaps()).toBe(0);
  await add(300);
  expect(gaps()).toBeGreaterThan(0);
  const { disk } = journal.state();
  expect(disk.fileBytes).toBeLessThan(budget * 0.9);
  await close(journal);
  const { journal: next } = await journalOf(record(), budget);
  const facts = next.opening.facts.epochs[0];
  expect(facts?.last.telemetry).toBe(800);
  expect(facts?.kept.telemetry.at(-1)?.last).toBe(800);
  expect(facts?.kept.telemetry[0]?.first).toBe((gone().at(-1)?.range.last ?? 0) + 1);
});

test("what finds no room in RAM is told by a gap event with the next commit", async () => {
  const { journal, stored } = await journalOf(record(), 50_000_000, 10_000);
  await journal.append(define());
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => journal.append(telemetry(1_000))));
  const lost = outcomes.filter((kept) => !kept).length;
  expect(lost).toBeGreaterThan(0);
  await journal.append(telemetry());
  await close(journal);
  const db = new Database(path(), { readonly: true });
  const bodies = db.prepare<[], Buffer>("select body from frame where (key / 4294967296) % 2 = 1").pluck().all();
  db.close();
  expect(bodies.map((body) => body.toString()).join()).toContain(`"count":${lost}`);
  expect(stored().filter(({ stream }) => stream === "telemetry")).toHaveLength(21 - lost);
});

test("a file that is no journal any more is kept beside, and the run after it says that its past is unknown", async () => {
  writeFileSync(path(), "this is not a database, it only looks like a file of some length".repeat(100));
  const { journal } = await journalOf(record());
  expect(journal.state().damage?.file).toMatch(/broken/);
  expect(journal.opening.facts.epochs[0]?.predecessor).toBe("unknown");
});

test("a renewed run begins at seq 1 after the one that ran", async () => {
  const first = record();
  const { journal, stored } = await journalOf(first);
  await journal.append(define());
  await journal.append(telemetry());
  const second = record();
  const facts = await journal.renew(second);
  expect(facts.predecessor).toEqual({ epoch: first.epoch, last: { telemetry: 1, events: 2 } });
  await journal.append(telemetry());
  expect(
    stored()
      .slice(-2)
      .map(({ epoch, stream, seq }) => [epoch, stream, seq]),
  ).toEqual([
    [second.epoch, "events", 1],
    [second.epoch, "telemetry", 1],
  ]);
});

test("a dictionary that is told again stands on the new events, and is known at the next start", async () => {
  const run = record();
  const { journal, commits } = await journalOf(run);
  await journal.append(define());
  expect(commits[0]?.dictionaries).toEqual([{ hash: dictionary.hash, needs: [{ epoch: run.epoch, seq: 2 }] }]);
  await journal.append(telemetry());
  await journal.tellAgain(dictionary.hash, { receivedAt: clock, mono: 0, clock: "free-running" });
  expect(commits.at(-1)?.dictionaries).toEqual([{ hash: dictionary.hash, needs: [{ epoch: run.epoch, seq: 3 }] }]);
  await close(journal);
  const { journal: next } = await journalOf(record());
  expect(next.opening.facts.dictionaries).toEqual([{ hash: dictionary.hash, needs: [{ epoch: run.epoch, seq: 3 }] }]);
  expect(next.opening.dictionary).toMatchObject({ hash: dictionary.hash });
  expect(next.opening.tags).toMatchObject([{ name: "mud_note" }]);
});

test("alarms that are open when a run ends stand in the next run's record, and only those", async () => {
  const { journal } = await journalOf(record());
  const alarm = (name: string, state: "unacknowledged" | "normal") =>
    events({
      type: "alarm",
      state: {
        ...{ alarm: name, tag: "000000000000000a", name: "mud_pressure", text: "low", condition: "l", priority: 2 },
        ...{ state, value: 1, limit: 2, unit: "psi", raisedAt: clock, changedAt: clock, cannotJudge: false },
        ...{ acknowledgedAt: null, acknowledgedBy: null },
      },
    });
  await journal.append(alarm("a:l", "unacknowledged"));
  await journal.append(alarm("b:l", "unacknowledged"));
  await journal.append(alarm("a:l", "normal"));
  await close(journal);
  const { journal: next } = await journalOf(record());
  expect(next.opening.openAlarms.map((each) => each.alarm)).toEqual(["b:l"]);
});

test("a frame of a dictionary that was never told is a bug, and ends the journal", async () => {
  const { journal } = await journalOf(record());
  open = [];
  await expect(journal.append(telemetry())).rejects.toThrow(/was not told/);
  await expect(journal.died).rejects.toThrow(/the journal stopped/);
});

test("undelivered events never go: when they fill the budget storing fails, says so, and goes on by itself once a receipt frees them", async () => {
  const run = record();
  const { journal, stored } = await journalOf(run, 400_000, 2_000_000);
  const long = () => events({ type: "action", at: clock, who: "a", station: "b", what: "x".repeat(5_000) });
  await journal.append(define());
  for (let n = 0; n < 90; n++) void journal.append(long());
  await vi.waitFor(() => expect(journal.state().failed?.code).toBe("SQLITE_FULL"));
  const late = journal.append(telemetry());
  const last = stored().at(-1)?.seq ?? 0;
  const db = new Database(path(), { readonly: true });
  const rows = db.prepare<[], Checksum>("select a, b from frame where (key / 4294967296) % 2 = 1 order by key").all();
  db.close();
  expect(rows).toHaveLength(last);
  const checksum = rows.reduce(addChecksums, noChecksum);
  await journal.settle([
    { type: "free", undivided: false, epoch: run.epoch, stream: "events", ranges: [{ first: 1, last }], checksum },
  ]);
  expect(await late).toBe(true);
  expect(journal.state().failed).toBeNull();
  const seqs = stored()
    .filter(({ stream }) => stream === "events")
    .map(({ seq }) => seq);
  expect(seqs).toEqual(seqs.map((_, i) => i + 1));
});
