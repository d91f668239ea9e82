import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { addChecksums, noChecksum } from "../../shared/wire/checksum.ts";
import type { Checksum } from "../../shared/wire/names.ts";
import { framesOf, openSmallJournal, recordOf, sumOf } from "../support/small-journal.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "disputed-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const range = { first: 1, last: 6 };
const right = sumOf(framesOf(range));
const wrong = addChecksums(right, { a: 1, b: 1 });

/** What the next run finds told of an epoch, after an answer that states its telemetry with this checksum. */
function toldAfter(checksum: Checksum, undivided = false) {
  const path = join(folder, "journal.db");
  const { store, epoch, append } = openSmallJournal(path);
  append(range);
  const none = { last: 0, whole: noChecksum, thinned: noChecksum };
  const sum = { telemetry: { last: 6, whole: checksum, thinned: noChecksum }, events: none };
  store.settle([
    { type: "free", undivided, epoch, stream: "telemetry", ranges: [range], checksum },
    { type: "note", note: { incarnation: "00000000000000aa", number: 1 }, told: [{ epoch, sum }] },
  ]);
  store.close();
  const next = openSmallJournal(path, recordOf());
  const facts = next.store.opening.facts.epochs.find((each) => each.epoch === epoch);
  next.store.close();
  return { facts, sum };
}

test("what was told of an epoch with which the disk agrees is there for the next run", () => {
  const { facts, sum } = toldAfter(right);
  expect(facts?.told).toEqual(sum);
});

test("what was told of an epoch whose frames differ is not kept, so that the next run names it and goes on comparing", () => {
  expect(toldAfter(wrong).facts?.told).toBeNull();
});

test("where the office cannot tell of parts there is nothing to go on with: what was told is kept", () => {
  const { facts, sum } = toldAfter(wrong, true);
  expect(facts?.told).toEqual(sum);
});
