import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ArchiveDamaged, type Damage } from "../../cloud/archive/damage.ts";
import { definitionsOf } from "../../cloud/archive/definitions.ts";
import { namesOf } from "../../cloud/archive/names.ts";
import { openArchiveFile } from "../../cloud/archive/open-file.ts";
import { salvage } from "../../cloud/archive/salvage.ts";
import { damagedNewest, scrubbing } from "../../cloud/archive/scrub.ts";
import { openSqliteArchive } from "../../cloud/archive/sqlite.ts";
import { openSqliteHistory } from "../../cloud/archive/sqlite-history.ts";
import type { RigEvent } from "../../shared/domain/event.ts";
import { isDamaged } from "../../shared/node/disk-errors.ts";
import { minus, rangesOf } from "../../shared/wire/ranges.ts";
import { Random } from "../sim/random.ts";
import { type HandRig, handRig, START, tagOf } from "../support/hand-rig.ts";
import { officeOf } from "../support/office.ts";
import { memoryRigKeys } from "../support/rig-keys.ts";
import { ask, flipBits, isSaid, lies, type Told } from "../support/rotten-archive.ts";

const tags = [tagOf("mud_pressure"), tagOf("hook_load"), tagOf("depth", { type: "double", scale: 1, offset: 0 })];
const ids = tags.map(({ id }) => id);
const FRAMES = 900;
const BEGAN = START + 50 * 60_000;
const END = BEGAN + FRAMES * 1_000;
/** Rows that are not in the order of their keys: who steps through them must not go in a circle. */
const OUT_OF_ORDER = 213;
/** `ROT_SEEDS=700` tries more, `ROT_SEED=195,279` these. */
const SEEDS = process.env.ROT_SEED?.split(",").map(Number) ?? [
  ...new Array(Number(process.env.ROT_SEEDS ?? 40)).keys(),
  OUT_OF_ORDER,
];

let folder: string;
let keys: ReturnType<typeof memoryRigKeys>;
let rig: HandRig;
let events: (readonly RigEvent[])[];
let truth: Told;
const path = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "rot-"));
  keys = memoryRigKeys();
  const archive = openSqliteArchive(path("whole.db"));
  const office = officeOf(archive, keys);
  rig = handRig("rig-a", keys.enrol("rig-a"), tags, { startedAt: BEGAN });
  events = [rig.foundation(), [noted("first")], [noted("second")]];
  await office.greet(rig, 0, 0);
  await office.take(rig.events(...events));
  for (let first = 1; first <= 800; first += 50) await office.take(rig.telemetry(first, first + 49));
  await archive.compact(60_000);
  for (let first = 801; first <= FRAMES; first += 20) await office.take(rig.telemetry(first, first + 19));
  await office.ingest.close();
  await archive.close();
  const history = openSqliteHistory(path("whole.db"), (damage) => {
    throw new Error(`found ${JSON.stringify(damage)}`);
  });
  truth = await ask(history, "rig-a", ids, END);
  history.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

function noted(text: string): RigEvent {
  const frames = { from: START, to: START };
  return {
    type: "gap",
    stream: "telemetry",
    ...frames,
    tags: [ids[0] ?? ""],
    count: 1,
    reason: text === "first" ? "evicted" : "overflow in RAM",
  };
}

/** Opens, or salvages and opens; takes out what a whole round of the scrubber finds. */
async function mended(file: string): Promise<void> {
  const open = async () => {
    try {
      return openSqliteArchive(file);
    } catch (error) {
      if (!isSaid(error) && !isDamaged(error)) throw error;
      await salvage(file);
      return openSqliteArchive(file);
    }
  };
  let archive = await open();
  for (let round = 0; round < 3; round++) {
    const found: Damage[] = [];
    let whole = false;
    try {
      const db = openArchiveFile(file);
      for (const _ of scrubbing(db, namesOf(db), definitionsOf(db), (damage) => found.push(damage)));
      db.close();
    } catch (error) {
      if (!isSaid(error)) throw error;
      whole = true;
    }
    if (found.length === 0 && !whole) break;
    if (!whole)
      try {
        await archive.mend(found);
      } catch (error) {
        if (!isSaid(error)) throw error;
        whole = true;
      }
    await archive.close().catch(() => undefined);
    if (whole) await salvage(file);
    archive = await open();
  }
  const office = officeOf(archive, keys);
  const { statements } = await office.greet(rig, FRAMES, events.length);
  const lacks = (stream: "telemetry" | "events", last: number) => {
    const said = statements.find((one) => one.stream === stream && one.epoch === rig.epoch);
    return minus([{ first: 1, last }], rangesOf((said?.ranges ?? []).filter(({ state }) => state === "stored")));
  };
  for (const { first, last } of lacks("events", events.length))
    for (let seq = first; seq <= last; seq++)
      await office.take(
        rig.batch(
          { lane: "events", firstSeq: seq },
          { stream: "events", frames: [rig.eventsFrame(events[seq - 1] ?? [])] },
        ),
      );
  for (const { first, last } of lacks("telemetry", FRAMES))
    for (let from = first; from <= last; from += 50)
      await office.take(rig.telemetry(from, Math.min(last, from + 49), "backfill"));
  const history = openSqliteHistory(file);
  for (const compacted of [false, true]) {
    if (compacted) await archive.compact(60_000);
    const told = await ask(history, "rig-a", ids, END);
    expect([...told.refused]).toEqual([]);
    expect(told.damaged).toEqual([]);
    for (const what of ["readings", "minutes", "events"] as const)
      expect([...told[what].keys()].sort()).toEqual([...truth[what].keys()].sort());
  }
  history.close();
  await office.ingest.close();
  await archive.close();
}

test("what is held and the list of damages are not read where a row is not as it was written", async () => {
  const file = path("held.db");
  copyFileSync(path("whole.db"), file);
  const archive = openSqliteArchive(file);
  const rotting = new Database(file);
  rotting.exec("update held set last = last - 1 where stream = 0; insert into damage values (1, 5, 9, 0, 0)");
  rotting.close();
  const found: Damage[] = [];
  const history = openSqliteHistory(file, (damage) => found.push(damage));
  expect(await history.facts()).toMatchObject({ damaged: 0 });
  expect(found).toEqual([{ type: "repeated", table: "damage" }]);
  history.close();
  const asked = archive.transaction((store) => store.epochs("rig-a", () => []));
  await expect(asked).rejects.toThrow("held 1/telemetry/1 is not as it was written");
  await archive.close();
});

test("after a failed write the newest events are read back too, and every index is checked against its table", async () => {
  const file = path("newest.db");
  copyFileSync(path("whole.db"), file);
  expect(damagedNewest(file)).toEqual([]);
  const rotting = new Database(file);
  rotting.exec("update event_frame set received = received + 1 where seq = 3");
  expect(damagedNewest(file)).toEqual([{ type: "repeated", table: "event_frame" }]);
  // An index that lacks rows: made over none, then said to be over all.
  rotting.unsafeMode();
  rotting.exec("drop index event_received; create index event_received on event (rig, received) where no < 0");
  rotting.pragma("writable_schema = on");
  rotting.exec(
    "update sqlite_master set sql = 'CREATE INDEX event_received on event (rig, received)' where name = 'event_received'",
  );
  rotting.close();
  const db = openArchiveFile(file);
  const found: Damage[] = [];
  for (const _ of scrubbing(db, namesOf(db), definitionsOf(db), (damage) => found.push(damage)));
  db.close();
  expect(found).toEqual([{ type: "repeated", table: "event_frame" }, { type: "lacking" }, { type: "index" }]);
});

test.each(SEEDS)(
  "seed %i: with bits flipped in the file no answer is wrong or silently short, and what the rig sends again makes it whole",
  async (seed) => {
    const random = new Random(seed);
    const file = path(`seed-${seed}.db`);
    copyFileSync(path("whole.db"), file);
    const places = flipBits(file, random, random.pick([1, 1, 1, 3, 20]) ?? 1);
    const found: Damage[] = [];
    try {
      const history = openSqliteHistory(file, (damage) => found.push(damage));
      const told = await ask(history, "rig-a", ids, END);
      history.close();
      expect({ places, lies: lies(told, truth, found).slice(0, 3) }).toEqual({ places, lies: [] });
    } catch (error) {
      if (!isSaid(error) || error instanceof ArchiveDamaged) throw error;
    }
    await mended(file);
    rmSync(file);
  },
  60_000,
);
