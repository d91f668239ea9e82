import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { RigConfig } from "../shared/domain/rig-config.ts";
import { type Log, openLog } from "../shared/node/log.ts";
import { type LinkBudget, openLinkBudget } from "./link-budget.ts";
import { SpendingRecord } from "./uplink/spending.ts";

const config = RigConfig.parse(
  JSON.parse(readFileSync(new URL("../deploy/examples/demo-rig.json", import.meta.url), "utf8")),
);
const clock = {
  now: () => ({ receivedAt: Date.now(), mono: performance.now(), clock: "synchronised" as const }),
  watch: () => null,
};

let folder: string;
let open: LinkBudget[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "budget-"));
});
afterEach(async () => {
  for (const each of open) await each.close();
  open = [];
  rmSync(folder, { recursive: true, force: true });
});

function budget(boot = "b1", log: Log = openLog("edge", "silent")): LinkBudget {
  const opened = openLinkBudget({ config, folder, boot, clock, log, saveMs: 20 });
  open.push(opened);
  return opened;
}

function savedBytes(): number {
  const { cells } = SpendingRecord.parse(JSON.parse(readFileSync(join(folder, "spending.json"), "utf8")));
  return cells.reduce((sum, { bytes }) => sum + bytes, 0);
}

test("what was spent is there after a restart, also one without a goodbye, and after a reboot", async () => {
  const first = budget();
  first.governor.add(5_000, 1_000, true);
  await first.close();
  const second = budget();
  expect(second.spent()).toMatchObject({ hour: { bytes: 5_000, backfill: 1_000 }, month: { bytes: 5_000 } });
  second.governor.add(700, 0, true);
  await vi.waitFor(() => expect(savedBytes()).toBe(5_700));
  expect(budget("b2").spent()).toMatchObject({ hour: { bytes: 5_700, backfill: 1_000 }, day: { bytes: 5_700 } });
});

test("a book that cannot be read is begun anew, and what is missing is said; the rig runs", async () => {
  const first = budget();
  first.governor.add(5_000, 0, true);
  await first.close();
  writeFileSync(join(folder, "spending.json"), '{"format": 1, "boot');
  const again = budget();
  expect(again.spent().hour.bytes).toBe(0);
  expect(again.spent().hour.since).toBeGreaterThan(Date.now() - 60_000);
});

test("a book of which a digit has changed is not believed, and kept beside", async () => {
  const first = budget();
  first.governor.add(5_000, 0, true);
  await first.close();
  const path = join(folder, "spending.json");
  writeFileSync(path, readFileSync(path, "utf8").replaceAll("5000", "5001"));
  expect(budget().spent().hour.bytes).toBe(0);
  expect(readdirSync(folder).filter((name) => name.startsWith("spending.json.broken-"))).toHaveLength(1);
});

test("where it cannot be saved counting goes on, and it is saved once it can be", async () => {
  const said: string[] = [];
  const error = (_: unknown, text?: string) => said.push(text ?? "");
  const first = budget("b1", { ...openLog("edge", "silent"), error });
  rmSync(folder, { recursive: true });
  first.governor.add(5_000, 0, true);
  await vi.waitFor(() => expect(said).toEqual([expect.stringMatching(/cannot be saved/)]));
  expect(first.spent().hour.bytes).toBe(5_000);
  mkdirSync(folder);
  await vi.waitFor(() => expect(existsSync(join(folder, "spending.json"))).toBe(true));
});
