import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

test.each([
  {
    what: "another rig's identity",
    spoil: () => void openIdentity(folder, "another-rig"),
    mend: () => rmSync(join(folder, "identity.json")),
    says: /is of rig another-rig, the configuration says/,
  },
  {
    what: "a journal that cannot be opened",
    spoil: () => mkdirSync(join(folder, "journal.db")),
    mend: () => rmSync(join(folder, "journal.db"), { recursive: true }),
    says: /unable to open database file/,
  },
])("with $what the screen says so and the rig starts once it is mended", async ({ spoil, mend, says }) => {
  spoil();
  await start();
  const error = { path: "", message: expect.stringMatching(says) };
  expect(await snapshot()).toMatchObject({ rig: null, fault: { kind: "start", errors: [error] } });
  mend();
  await vi.waitFor(async () => expect(await snapshot()).toMatchObject({ rig: {}, fault: null }), 10_000);
  expect(ended).toBeNull();
});
