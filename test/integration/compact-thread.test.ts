import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Archive } from "../../cloud/archive/archive.ts";
import { compactorOf } from "../../cloud/archive/compact.ts";
import { definitionsOf } from "../../cloud/archive/definitions.ts";
import type { History } from "../../cloud/archive/history.ts";
import { namesOf } from "../../cloud/archive/names.ts";
import { openArchiveFile } from "../../cloud/archive/open-file.ts";
import { openSqliteArchive } from "../../cloud/archive/sqlite.ts";
import { openSqliteHistory } from "../../cloud/archive/sqlite-history.ts";
import { startCompacting } from "../../cloud/compact-thread.ts";
import { type HandRig, handRig, START, tagOf } from "../support/hand-rig.ts";
import { officeOf } from "../support/office.ts";

let folder: string;
let path: string;
let archive: Archive;
let history: History;
let office: ReturnType<typeof officeOf>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "compact-"));
  path = join(folder, "archive.db");
  archive = openSqliteArchive(path);
  history = openSqliteHistory(path);
  office = officeOf(archive);
});
afterEach(async () => {
  await office.ingest.close();
  history.close();
  await archive.close();
  rmSync(folder, { recursive: true });
});

async function greeted(name: string): Promise<HandRig> {
  const rig = handRig(name, office.keys.enrol(name), [tagOf("mud_pressure"), tagOf("hookload")]);
  await office.greet(rig, 0, 0);
  await office.take(rig.events(rig.foundation()));
  return rig;
}

async function valuesOf(rig: HandRig): Promise<number[]> {
  const tags = rig.tags.map(({ id }) => id);
  const { series } = await history.readings(rig.rig, tags, START, START + 86_400_000, { limit: 10_000 });
  return series.flatMap(({ readings }) => [...readings.value.subarray(0, readings.length)]);
}

/** Nothing of these files is damaged. */
function noDamage(damage: unknown): never {
  throw new Error(`found ${JSON.stringify(damage)}`);
}

test("while batches land, the thread beside compacts them, and the readings stay what they were", async () => {
  const rigs = [await greeted("rig-a"), await greeted("rig-b"), await greeted("rig-c")];
  const thread = startCompacting({ path, settleMs: 0 }, archive, () => undefined, noDamage);
  for (let first = 1; first <= 600; first += 50)
    for (const rig of rigs) await office.take(rig.telemetry(first, first + 49));
  const before = await Promise.all(rigs.map(valuesOf));
  await vi.waitFor(async () => expect((await history.facts()).waiting).toBe(0), 10_000);
  expect(await Promise.all(rigs.map(valuesOf))).toEqual(before);
  expect(before[0]).toHaveLength(1_200);
  await thread.close();
});

test("what was worked out of a batch is applied once: a second time the archive stops, unchanged", async () => {
  const rig = await greeted("rig-a");
  await office.take(rig.telemetry(1, 100));
  const reader = openArchiveFile(path);
  const compaction = compactorOf(reader, namesOf(reader), definitionsOf(reader), noDamage).next(Date.now());
  reader.close();
  if (compaction === null) throw new Error("nothing was due");
  await archive.apply(compaction);
  const before = await valuesOf(rig);
  await expect(archive.apply(compaction)).rejects.toThrow(/compacted twice/);
  expect(await valuesOf(rig)).toEqual(before);
});
