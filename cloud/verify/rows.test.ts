import { expect, test } from "vitest";
import { AT_SOURCE, BAD, Block, GOOD, reasonCode } from "../../shared/domain/reading.ts";
import { TagVersion } from "../../shared/domain/tag.ts";
import type { Source } from "../archive/merge.ts";
import type { LedgerRow, Told } from "./ledger.ts";
import { openRowCheck } from "./rows.ts";

const tag = (id: number, name: string) =>
  TagVersion.parse({
    id: `${id}`.padStart(16, "0"),
    name,
    label: name,
    unit: "count",
    kind: { type: "double" },
    source: "plc",
    validFrom: 0,
  });
const versions = [tag(1, "drilling.count"), tag(2, "hook_load")];
const versionOf = (no: number) => versions[no] ?? tag(9, "none");

const ROWS = 5;
/** A row a second, its own time a day before. */
const DAY = 86_400_000;
const START = 1_800_000_000_000;
const hook = (count: number): Told => (count === 4 ? "nan" : 100);
const row = (count: number): LedgerRow => ({
  at: START + count * 1_000,
  record: "drilling",
  count,
  source: START - DAY + count * 1_000,
  cells: new Map<string, Told>([
    ["count", count],
    ["hook_load", hook(count)],
  ]),
});
const rows = Array.from({ length: ROWS }, (_, i) => row(i + 1));

/** What is stored where each of these rows came in a frame of its own; `told` by a subscription, else by a poll. */
function stored(counts: readonly number[], how: "polled" | "told", over: { hook?: number } = {}): Source {
  const blocks = [new Block(), new Block()] as const;
  for (const count of counts) {
    const at = how === "told" ? START - DAY + count * 1_000 : START + count * 1_000 + 200;
    const stamp = how === "told" ? AT_SOURCE : 0;
    blocks[0].push(0, at, count, GOOD | stamp, 0);
    if (hook(count) === "nan") blocks[1].push(1, at, over.hook ?? Number.NaN, BAD | stamp, reasonCode("not a number"));
    else blocks[1].push(1, at, 100, GOOD | stamp, 0);
  }
  const frames = counts.map((count, i) => ({
    epoch: "a",
    seq: i + 1,
    dictionary: "d",
    receivedAt: START + count * 1_000,
    mono: i,
    clock: 0,
    late: false,
    thinned: null,
    shift: 0,
  }));
  const frame = Uint32Array.from(counts, (_, i) => i);
  const pieces = new Map(
    blocks.map((readings, no) => [no, { frame, readings, start: 0, end: readings.length }] as const),
  );
  return { frames, pieces };
}

const answers = rows.map(({ at, record, count }) => ({ at, record, tick: count, spoilt: false }));
function check(sources: readonly Source[], rowsServed = answers) {
  const check = openRowCheck({ rows, rowsServed });
  for (const source of sources) check.take(source, versionOf);
  return check.reports({ dead: [], owed: [], stated: [], thinned: [], ledgerTo: null });
}

test.each(["polled", "told"] as const)("rows that are stored once each are right when %s", (how) => {
  const { rows: reports } = check([stored([1, 2, 3, 4, 5], how)]);
  expect(reports).toMatchObject([
    { stored: 5, unexplained: 0, doubled: 0, foreign: 0, cellsMissing: 0, cellsWrong: 0, unread: [] },
  ]);
  expect(reports[0]?.cells["nan: bad, not a number"]).toBe(1);
});

test.each(["polled", "told"] as const)("a row that is not stored is found when %s", (how) => {
  const { rows: reports } = check([stored([1, 2, 4, 5], how)]);
  expect(reports).toMatchObject([{ stored: 4, unexplained: 1 }]);
});

test.each(["polled", "told"] as const)("a zero in place of a missing value is found when %s", (how) => {
  const { rows: reports } = check([stored([1, 2, 3, 4, 5], how, { hook: 0 })]);
  expect(reports).toMatchObject([{ cellsWrong: 1, wrong: ["drilling 4 hook_load reads 0, was NaN"] }]);
});

test("a change that is stored twice is found, and an answer that is stored more often than it was given", () => {
  const all = [1, 2, 3, 4, 5];
  expect(check([stored(all, "told"), stored([5], "told")]).rows).toMatchObject([{ doubled: 2 }]);
  expect(check([stored(all, "polled"), stored([5], "polled")]).answers).toMatchObject([{ doubled: 1, stored: 6 }]);
});

test("a row that nobody served is foreign, and rows that no tag counts are not stored", () => {
  expect(check([stored([1, 2, 3, 4, 5, 6], "polled")]).rows).toMatchObject([{ foreign: 1 }]);
  expect(check([]).rows).toMatchObject([{ device: "no device", rows: 5, unexplained: 5 }]);
});
