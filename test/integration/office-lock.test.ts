import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Keeping } from "../../cloud/archive/keeping.ts";
import { readEnvironment } from "../../cloud/environment.ts";
import { openFleet } from "../../cloud/fleet/fleet.ts";
import { startIngest } from "../../cloud/ingest-thread.ts";
import { type Office, startOffice } from "../../cloud/office.ts";
import { openLog } from "../../shared/node/log.ts";
import { canMount } from "../support/small-disk.ts";

/** An office that does not hold the lock of its folder writes nothing there, whatever the disk would take. */
let data: string;
let office: Office | undefined;
const closing: (() => unknown)[] = [];
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "lock-"));
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await office?.stop();
  office = undefined;
  rmSync(data, { recursive: true });
});

const mounts = canMount();
if (!mounts) console.warn("skipped: an office without its lock (mounting takes root)");
const log = openLog("cloud", "silent");
const patience = { timeout: 60_000, interval: 100 };

const start = () =>
  startOffice(
    readEnvironment({
      ...{ IDRILL_DATA: data, CLOUD_PORT: "0", MQTT_PORT: "0" },
      IDRILL_ADMIN_PASSWORD: "Correct-horse-7-battery",
    }),
    log,
  );
const path = (file: string) => join(data, "cloud", file);

function incarnation(): unknown {
  const db = new Database(path("archive.db"), { readonly: true });
  const found = db.prepare("select value from note where name = 'incarnation'").pluck().get();
  db.close();
  return found;
}

/** Its lock alone cannot be written, as where a disk comes back and another process is about to be first. */
function refuseLock(): () => void {
  const mount = (...args: string[]) => {
    if (spawnSync("mount", args).status !== 0) throw new Error(`mount ${args.join(" ")} failed`);
  };
  mount("--bind", path("lock"), path("lock"));
  mount("-o", "remount,ro,bind", path("lock"));
  return () => void spawnSync("umount", ["-l", path("lock")]);
}

async function landingUp(): Promise<string | undefined> {
  const answer = await fetch(`http://127.0.0.1:${office?.ports.cloud}/metrics`);
  return /^idrill_landing_up (\d)$/m.exec(await answer.text())?.[1];
}

test.skipIf(!mounts)(
  "an office whose disk takes writes, but whose lock it does not hold, lands nothing and changes no database until it does",
  async () => {
    await (await start()).stop();
    const before = incarnation();
    const free = refuseLock();
    closing.push(free);
    office = await start();
    expect(await landingUp()).toBe("0");
    expect(incarnation()).toBe(before);
    const signedIn = await fetch(`http://127.0.0.1:${office.ports.cloud}/api/v1/auth/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username: "admin", password: "Correct-horse-7-battery" }),
    });
    expect(signedIn.status).toBe(503);
    free();
    await vi.waitFor(async () => expect(await landingUp()).toBe("1"), patience);
    expect(incarnation()).not.toBe(before);
  },
  120_000,
);

test("ingest that is not told that its folder is locked makes no archive, however often it looks, and opens one once it is", async () => {
  const [archivePath, fleetPath] = [join(data, "archive.db"), join(data, "fleet.db")];
  openFleet(fleetPath).close();
  const told: Keeping[] = [];
  const options = { archivePath, fleetPath, host: "127.0.0.1", port: 0, version: "test", unlocked: "not locked yet" };
  const ingest = await startIngest(
    options,
    () => {},
    (state) => told.push(state),
  );
  closing.push(ingest.close);
  await vi.waitFor(() => expect(told.length).toBeGreaterThan(2), patience);
  expect(told.filter(({ incarnation, problem }) => incarnation !== null || problem !== "not locked yet")).toEqual([]);
  expect(existsSync(archivePath)).toBe(false);
  ingest.locked();
  await vi.waitFor(() => expect(ingest.incarnation).not.toBeNull(), patience);
  // Its fleet.db is the real one from the first moment: what an admin revokes in it counts.
  expect(told.filter(({ problem }) => problem !== null && problem !== "not locked yet")).toEqual([]);
}, 120_000);
