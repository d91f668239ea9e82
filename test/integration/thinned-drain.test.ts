import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openSqliteHistory } from "../../cloud/archive/sqlite-history.ts";
import { openFleet } from "../../cloud/fleet/fleet.ts";
import { type IngestThread, startIngest } from "../../cloud/ingest-thread.ts";
import { floatOfTick } from "../../cloud/verify/ticks.ts";
import { verify } from "../../cloud/verify/verify.ts";
import { type Block, GOOD, realBits } from "../../shared/domain/reading.ts";
import type { TagVersion } from "../../shared/domain/tag.ts";
import { openDayJournal } from "../bench/day-journal.ts";
import { enrol, openRigLink } from "../bench/rig-link.ts";

/** The edge's own journal, sender and uplink and the cloud's own broker and ingest; the link is down until the disk is full. */
const BUDGET = 3_000_000;
const ROWS = 20_000;
const SWINGS = 40;

const tagOf = (
  id: number,
  name: string,
  kind: TagVersion["kind"],
  limits: Partial<TagVersion["limits"]>,
): TagVersion => ({
  ...{ id: id.toString(16).padStart(16, "0"), name, label: name, unit: "psi", kind, source: "test", validFrom: 0 },
  limits: { onDelayS: 5, deadband: 0.02, ...limits },
});
const real = { type: "real", scale: 1, offset: 0 } as const;
const tags: TagVersion[] = [
  tagOf(1, "rig.tick", { type: "scaled", bits: 32, signed: false, scale: 1, offset: 0 }, {}),
  tagOf(2, "rig.tick_proof", real, {}),
  ...Array.from({ length: SWINGS }, (_, i) => tagOf(i + 3, `swing_${i}`, real, { normal: [0, 1_000] })),
];
const start = Date.UTC(2026, 1, 18);
const tickOf = (row: number) => 1_000 + row;
const swingOf = (tag: number, row: number) =>
  500 + 300 * Math.sin(row / 700 + tag) + ((row * 7_919 + tag * 31) % 97) / 97;
const series = {
  ...{ rows: 86_400, start, tags, raw: (tag: number, row: number) => swingOf(tag, row) },
  fill(into: Block, row: number, at: number): void {
    into.push(0, at, tickOf(row), GOOD, 0);
    into.pushBits(1, at, realBits(floatOfTick(tickOf(row))), 0, GOOD, 0);
    for (let tag = 0; tag < SWINGS; tag++) into.pushBits(tag + 2, at, realBits(swingOf(tag, row)), 0, GOOD, 0);
  },
};

let folder: string;
let ingest: IngestThread;
let closers: (() => Promise<unknown>)[] = [];
const files = () => ({
  ledger: join(folder, "ledger.jsonl"),
  edge: join(folder, "journal.db"),
  cloud: join(folder, "archive.db"),
});
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "thinned-drain-"));
  const fleetPath = join(folder, "fleet.db");
  openFleet(fleetPath).close();
  const settings = { archivePath: files().cloud, fleetPath, host: "127.0.0.1", port: 0, version: "test" };
  ingest = await startIngest(settings, () => undefined);
  closers = [ingest.close];
});
afterEach(async () => {
  for (const close of closers.reverse()) await close();
  rmSync(folder, { recursive: true });
});

test("a disk that fills while the link is down is thinned, then drops its oldest; drained, all balances, and its room comes back", async () => {
  const line = (row: number) => JSON.stringify({ k: "served", at: start + row * 1_000, tick: tickOf(row) });
  writeFileSync(files().ledger, `${Array.from({ length: ROWS }, (_, row) => line(row)).join("\n")}\n`);
  const before = await openDayJournal(files().edge, series, 500, BUDGET);
  for (let row = 0; row < ROWS; row += 500) {
    await before.write(row, row + 499);
    expect(statSync(files().edge).size).toBeLessThan(BUDGET * 0.9);
  }
  const full = before.journal.state().disk;
  await before.journal.close();

  const day = await openDayJournal(files().edge, series, 500, BUDGET);
  closers.push(day.journal.close);
  const fleet = openFleet(join(folder, "fleet.db"));
  const rig = openRigLink(enrol(fleet, "rig-1"), day, files().edge, fleet.cloudKey().publicKey, ingest.port ?? 0);
  closers.push(async () => fleet.close(), rig.close);
  const owes = ({ events, live, backfill }: { events: number; live: number; backfill: number }) =>
    events + live + backfill;
  await vi.waitFor(() => expect(rig.link.state().lastAnswerAt).not.toBeNull(), { timeout: 30_000 });
  await vi.waitFor(() => expect(owes(rig.link.state().owed)).toBe(0), { timeout: 120_000, interval: 200 });

  const report = verify(files());
  expect(report.problems).toEqual([]);
  const telemetry = report.streams.find(({ stream, epoch }) => stream === "telemetry" && epoch === before.record.epoch);
  expect(telemetry).toMatchObject({ made: ROWS, missing: 0, doubled: 0, owed: 0 });
  expect(telemetry?.thinned).toBeGreaterThan(1_000);
  expect(telemetry?.lost).toBeGreaterThan(0);
  expect((telemetry?.lost ?? 0) + (telemetry?.stored ?? 0)).toBe(ROWS);
  // Every count of the counter is there, or in a gap that says so.
  expect(report.ticks).toMatchObject({ served: ROWS, thinned: 0, unexplained: 0 });

  const history = openSqliteHistory(files().cloud);
  const spans = (await history.coverage("rig-1", start, start + ROWS * 1_000, null)).spans;
  history.close();
  expect(spans.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["missing", "thinned"]));
  await vi.waitFor(() => expect(day.journal.state().disk.usedBytes).toBeLessThan(full.usedBytes), { timeout: 60_000 });
  const [first, thinned] = [spans.find(({ kind }) => kind === "missing"), spans.find(({ kind }) => kind === "thinned")];
  expect(first?.reason).toBe("evicted");
  expect(thinned?.reason).toContain("within 0.5 %");
  console.log(
    `${ROWS} frames of ${tags.length} tags on ${BUDGET / 1e6} MB: ${telemetry?.lost} dropped, ${telemetry?.thinned} thinned, ${(telemetry?.stored ?? 0) - (telemetry?.thinned ?? 0)} whole`,
  );
}, 300_000);
