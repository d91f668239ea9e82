import {
  closeSync,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type RunningDaemon, startDaemon } from "../../edge/daemon.ts";
import { openIdentity } from "../../edge/identity.ts";
import { openLog } from "../../shared/node/log.ts";

let folder: string;
let daemon: RunningDaemon | null;
let ended: unknown;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "daemon-"));
  daemon = null;
  ended = null;
});
afterEach(async () => {
  await daemon?.stop();
  rmSync(folder, { recursive: true });
});

/** The demo's rig without its devices' answers: nothing listens where they are looked for. */
async function start(): Promise<void> {
  const demo = JSON.parse(readFileSync("deploy/examples/demo-rig.json", "utf8"));
  const devices = demo.devices.filter(({ driver }: { driver: string }) => driver === "modbus");
  for (const device of devices) device.port = 1;
  const file = join(folder, "rig.json");
  writeFileSync(file, JSON.stringify({ ...demo, devices, cloud: undefined, scoring: undefined }));
  daemon = await startDaemon({
    ...{ file, folder, software: "test", hmiPort: 0, web: folder, mqttUrl: undefined, claimToken: undefined },
    ...{ operatorPassword: "drill and ream", announce: () => undefined, log: openLog("edge", "silent") },
  });
  daemon.done.catch((error) => {
    ended = error;
  });
}

async function snapshot(): Promise<unknown> {
  return (await fetch(`http://127.0.0.1:${daemon?.hmiPort}/api/v1/hmi/snapshot`)).json();
}

test("with another rig's identity the screen says so and the rig starts once it is mended", async () => {
  openIdentity(folder, "another-rig");
  await start();
  const error = { path: "", message: expect.stringMatching(/is of rig another-rig, the configuration says/) };
  expect(await snapshot()).toMatchObject({ rig: null, fault: { kind: "start", errors: [error] } });
  rmSync(join(folder, "identity.json"));
  await vi.waitFor(async () => expect(await snapshot()).toMatchObject({ rig: {}, fault: null }), 10_000);
  expect(ended).toBeNull();
});

const alarmed = async (alarm: string, text: RegExp) =>
  vi.waitFor(
    async () =>
      expect(await snapshot()).toMatchObject({
        rig: {},
        fault: null,
        alarms: expect.arrayContaining([expect.objectContaining({ alarm, text: expect.stringMatching(text) })]),
      }),
    30_000,
  );
/** Waits until frames have reached the disk. */
const stored = async () =>
  vi.waitFor(() => {
    const db = new Database(join(folder, "journal.db"), { readonly: true });
    const frames = db.prepare("select count(*) from frame where (key / 4294967296) % 2 = 0").pluck().get();
    db.close();
    expect(frames).toBeGreaterThan(1);
  }, 30_000);

test("with a journal that cannot be opened the rig runs, an alarm says so, and what was read meanwhile is stored once it can", async () => {
  mkdirSync(join(folder, "journal.db"));
  await start();
  await alarmed("storage", /unable to open database file/);
  rmSync(join(folder, "journal.db"), { recursive: true });
  await stored();
  expect(ended).toBeNull();
}, 60_000);

function spoilPages(path: string, first: number, apart: number): void {
  const file = openSync(path, "r+");
  const { size } = fstatSync(file);
  for (let at = first; at + 4_096 <= size; at += apart) writeSync(file, Buffer.alloc(4_096, 0xa5), 0, 4_096, at);
  closeSync(file);
}

test("a journal that is damaged while the rig runs is set aside: the rig goes on in a new epoch, and an alarm says where the file is kept", async () => {
  await start();
  await stored();
  const path = join(folder, "journal.db");
  // Every page but the first, in the file and in what is logged of it: who reads what is not in memory comes upon it.
  spoilPages(path, 4_096, 4_096);
  spoilPages(`${path}-wal`, 32 + 24, 24 + 4_096);
  await alarmed("storage.damage", /is kept as .*journal\.db\.broken-/);
  await stored();
  expect(readdirSync(folder).some((name) => name.startsWith("journal.db.broken-"))).toBe(true);
  expect(ended).toBeNull();
}, 120_000);

test.each(["", "{", '{"rig":"demo"}', '{"people":[{"name":"operator","role":"operator","verifier":"x","madeAt":1}]}'])(
  "with identity.json and people.json as %j both are kept aside, the rig runs, and an alarm says to claim it again",
  async (content) => {
    for (const name of ["identity.json", "people.json"]) writeFileSync(join(folder, name), content);
    await start();
    await alarmed("storage.identity", /claimed again/);
    const kept = readdirSync(folder).filter((name) => name.includes(".json.broken-"));
    expect(kept.map((name) => name.split(".")[0]).sort()).toEqual(["identity", "people"]);
    await stored();
    expect(ended).toBeNull();
  },
  60_000,
);
