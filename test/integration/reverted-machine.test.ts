import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openContents } from "../../cloud/archive/contents.ts";
import { openSqliteArchive } from "../../cloud/archive/sqlite.ts";
import { openIngest } from "../../cloud/ingest.ts";
import { dictionaryOf } from "../../edge/dictionary.ts";
import type { NewTelemetry, RunRecord } from "../../edge/journal/frames.ts";
import { openHistory } from "../../edge/journal/history.ts";
import { openJournal } from "../../edge/journal/journal.ts";
import { openCloudLink } from "../../edge/uplink/link.ts";
import type { UplinkEvents } from "../../edge/uplink/uplink.ts";
import { Block, GOOD, rawNumber } from "../../shared/domain/reading.ts";
import { newId } from "../../shared/node/id.ts";
import { openLog } from "../../shared/node/log.ts";
import { decodeAnswer } from "../../shared/wire/answer.ts";
import { encodeFrame } from "../../shared/wire/frame.ts";
import { encodeHello } from "../../shared/wire/hello.ts";
import { decodeReceipt } from "../../shared/wire/receipt.ts";
import { parseDownTopic } from "../../shared/wire/topics.ts";
import { memoryRigKeys } from "../support/rig-keys.ts";

const keys = memoryRigKeys();
const rig = "rig-1";
const key = keys.enrol(rig);
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "reverted-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const version = {
  id: "000000000000000a",
  name: "bit_depth",
  label: "A tag",
  unit: "psi" as const,
  kind: { type: "scaled" as const, bits: 32 as const, signed: true, scale: 1, offset: 0 },
  limits: { onDelayS: 5, deadband: 0.02 },
  source: "pumps",
  validFrom: 0,
};
const { list, hash, untold } = dictionaryOf([version], { defined: [], tags: [], dictionary: null });
const record: RunRecord = {
  ...{ epoch: newId(), boot: "00000000000000aa", software: "test", origin: "simulated", startedAt: 1_000 },
  ...{ rigName: "Rig 1", well: null, timeZone: "UTC" },
};

let clock = 1_700_000_000_000;
/** A frame whose one value no other has. */
function frame(value: number): NewTelemetry {
  clock += 1_000;
  const readings = new Block(1);
  readings.push(0, clock, value, GOOD, 0);
  const time = { receivedAt: clock, mono: clock - 1e12, clock: "synchronised" as const, dictionary: hash };
  return { stream: "telemetry", ...time, count: 1, body: encodeFrame(readings, list, time) };
}

/** The office's ingest over its real archive; `down` is where the connected rig listens. */
function startOffice(clockTrue = false) {
  const archive = openSqliteArchive(join(folder, "archive.db"));
  let down: UplinkEvents["message"] = () => undefined;
  const ingest = openIngest({
    archive,
    keys,
    log: openLog("cloud", "silent"),
    version: "test",
    receiptMs: 0,
    clockTrue: () => clockTrue,
    landed: () => undefined,
    async publish(topic, bytes) {
      const parsed = parseDownTopic(topic);
      if (parsed !== null) down(parsed.topic, bytes);
    },
  });
  return {
    ingest,
    connect(listener: UplinkEvents["message"]) {
      down = listener;
    },
    async close() {
      await ingest.close();
      await archive.close();
    },
  };
}

/** The rig as it runs with this file: as one epoch, also where a file is put back, for its memory went back too. */
async function startRig(path: string, office: ReturnType<typeof startOffice>) {
  const journal = await openJournal({ path, record, budgetBytes: 50_000_000 });
  const history = openHistory({ path, rig, pem: key.pem });
  const moved: string[] = [];
  const renewals: string[] = [];
  const times: number[] = [];
  const link = openCloudLink({
    rig,
    key: key.id,
    software: "test",
    books: {
      facts: journal.opening.facts,
      onCommitted: journal.onCommitted,
      settle: journal.settle,
      encode: history.encode,
      closedBetween: history.closedBetween,
      report: () => Promise.reject(new Error("nobody asked for anything")),
      tellAgain: (dictionary) => journal.tellAgain(dictionary, { receivedAt: clock, mono: 0, clock: "synchronised" }),
      renew(reason) {
        renewals.push(reason);
        return journal.renew({ ...record, epoch: newId() });
      },
    },
    encodeHello: (page) => encodeHello(page, key.sign),
    open: (topic, bytes) => (topic === "hello" ? { answer: decodeAnswer(bytes) } : { receipt: decodeReceipt(bytes) }),
    openUplink(events) {
      office.connect(events.message);
      setTimeout(events.up, 0);
      return {
        async publish(topic, payload) {
          await office.ingest.receive({ topic: `rig/${rig}/${topic}`, payload });
          return true;
        },
        state: () => ({
          up: true,
          reason: null,
          sentBytes: 0,
          oversized: 0,
          receivedBytes: 0,
          since: 0,
          roundTripMs: null,
        }),
        close: async () => undefined,
      };
    },
    governor: null,
    onTime: (at) => times.push(at),
    onMoved: ({ frames }) => moved.push(...frames.map(({ first, last }) => `${first}..${last}`)),
    onChange: () => undefined,
  });
  return {
    journal,
    moved,
    renewals,
    times,
    async delivered() {
      await vi.waitFor(() => expect(link.state().owed).toEqual({ events: 0, live: 0, backfill: 0 }), {
        timeout: 60_000,
        interval: 50,
      });
    },
    async close() {
      await link.stop();
      // The last one to close writes the log back into the file.
      await history.close();
      await journal.close();
    },
  };
}

/** The rig goes on measuring while the link is down. */
async function measureAlone(path: string, values: readonly number[]): Promise<void> {
  const journal = await openJournal({ path, record, budgetBytes: 50_000_000 });
  for (const value of values) await journal.append(frame(value));
  await journal.close();
}

/** Every value that the archive holds, by epoch. */
function stored(): Map<string, number[]> {
  const contents = openContents(join(folder, "archive.db"));
  const values = new Map<string, number[]>();
  for (const { frames, pieces } of contents.telemetry(rig))
    for (const { frame: of, readings, start, end } of pieces.values())
      for (let i = start; i < end; i++) {
        const from = frames[of[i] ?? 0];
        if (from === null || from === undefined) continue;
        values.set(from.epoch, [...(values.get(from.epoch) ?? []), rawNumber(readings, i, "scaled")]);
      }
  contents.close();
  return values;
}

test("a machine that is put back with its memory uses names again: exactly the frames that differ move, and none is lost or doubled", {
  timeout: 180_000,
}, async () => {
  const path = join(folder, "journal.db");
  const office = startOffice();
  let run = await startRig(path, office);
  await run.journal.append({
    stream: "events",
    receivedAt: clock,
    mono: 0,
    clock: "synchronised",
    events: untold.flat(),
  });
  for (const value of [1, 2, 3]) await run.journal.append(frame(value));
  await run.delivered();
  await run.close();
  copyFileSync(path, `${path}.copy`);

  run = await startRig(path, office);
  for (const value of [4, 5, 6]) await run.journal.append(frame(value));
  await run.delivered();
  await run.close();
  copyFileSync(`${path}.copy`, path);

  await measureAlone(path, [104, 105, 106, 107]);
  run = await startRig(path, office);
  await run.delivered();
  expect(run.renewals).toHaveLength(1);
  expect(run.moved).toEqual(["4..4", "5..5", "6..6"]);
  await run.close();
  await office.close();

  const all = stored();
  expect([...all.values()].flat().sort((x, y) => x - y)).toEqual([1, 2, 3, 4, 5, 6, 104, 105, 106, 107]);
  const old = all.get(record.epoch);
  expect(old?.slice(0, 6)).toEqual([1, 2, 3, 4, 5, 6]);
  expect([...all.values()]).toContainEqual([104, 105, 106]);
});

test("put back once more, the frames move to the same names again", { timeout: 180_000 }, async () => {
  const path = join(folder, "journal.db");
  const office = startOffice();
  let run = await startRig(path, office);
  await run.journal.append({
    stream: "events",
    receivedAt: clock,
    mono: 0,
    clock: "synchronised",
    events: untold.flat(),
  });
  await run.journal.append(frame(1));
  await run.delivered();
  await run.close();
  copyFileSync(path, `${path}.copy`);

  run = await startRig(path, office);
  await run.journal.append(frame(2));
  await run.delivered();
  await run.close();
  copyFileSync(`${path}.copy`, path);

  // The other timeline, not yet told of: a copy that is put back twice.
  await measureAlone(path, [102, 103]);
  copyFileSync(path, `${path}.other`);
  for (const _ of ["once", "again"]) {
    copyFileSync(`${path}.other`, path);
    run = await startRig(path, office);
    await run.delivered();
    expect(run.moved).toContain("2..2");
    await run.close();
  }
  await office.close();
  expect([...stored().values()].flat().sort((x, y) => x - y)).toEqual([1, 2, 102, 103]);
});

test.each([true, false])(
  "an office's word on the time is taken only where it says that its clock is true: %s",
  {
    timeout: 60_000,
  },
  async (clockTrue) => {
    const office = startOffice(clockTrue);
    const run = await startRig(join(folder, "journal.db"), office);
    const time = { receivedAt: clock, mono: 0, clock: "synchronised" as const };
    await run.journal.append({ stream: "events", ...time, events: untold.flat() });
    await run.delivered();
    expect(run.times.length > 0).toBe(clockTrue);
    await run.close();
    await office.close();
  },
);
