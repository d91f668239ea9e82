import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { z } from "zod";
import { type RunningDaemon, startDaemon } from "../../edge/daemon.ts";
import { AlarmState } from "../../shared/domain/alarm.ts";
import { openLog } from "../../shared/node/log.ts";
import { openSqliteReader } from "../../shared/node/sqlite.ts";
import { decodeEvents } from "../../shared/wire/events.ts";
import { decodeEventsFrame } from "../../shared/wire/frame.ts";

/** Shelving at the rig, through the daemon's own HTTP. Nothing listens where its devices are looked for, so that they raise their alarms. */
const Snapshot = z.object({ alarms: z.array(AlarmState) });
const Changes = z.object({ changes: z.array(AlarmState) });
const Answer = z.object({ alarm: AlarmState });
const Fields = z.object({ details: z.object({ errors: z.array(z.object({ field: z.string() })) }) });
const Refusal = z.object({ error: Fields });
const act = { "x-idrill-act": "1", "content-type": "application/json" };
const hour = 3_600_000;
const patience = { timeout: 40_000, interval: 200 };

let folder: string;
let daemon: RunningDaemon | null = null;
let cookie = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "shelving-"));
});
afterEach(async () => {
  await daemon?.stop();
  rmSync(folder, { recursive: true });
});

const api = (path: string) => `http://127.0.0.1:${daemon?.hmiPort}/api/v1/hmi/${path}`;
const post = (path: string, body?: unknown) =>
  fetch(api(path), { method: "POST", headers: { ...act, cookie }, body: JSON.stringify(body ?? {}) });

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
}

async function signIn(): Promise<void> {
  const response = await post("sign-in", { name: "operator", password: "drill and ream" });
  cookie = response.headers.get("set-cookie")?.split(";")[0] ?? "";
}

/** The alarm of this device, once it is in this state. */
async function alarmOf(name: string, state: AlarmState["state"]): Promise<AlarmState> {
  return vi.waitFor(async () => {
    const { alarms } = Snapshot.parse(await (await fetch(api("snapshot"))).json());
    const found = alarms.find((alarm) => alarm.name === name);
    expect(found?.state).toBe(state);
    return AlarmState.parse(found);
  }, patience);
}

/** What the newest run's record, seq 1 of its events, says was open when it began. */
function recordedAlarms(): AlarmState[] {
  const db = openSqliteReader(join(folder, "journal.db"));
  const events = "select body from frame where (key / 4294967296) % 2 = 1 order by key desc";
  const bodies = db.prepare<[], Uint8Array>(events).pluck().all();
  db.close();
  const all = bodies.flatMap((body) => decodeEvents(decodeEventsFrame(body).json));
  return all.find((event) => event.type === "epoch")?.openAlarms ?? [];
}

test("a signed-in person shelves within what the priority allows; it is stored whole, survives a restart and returns by hand", async () => {
  cookie = "";
  await start();
  const { alarm } = await alarmOf("pumps", "unacknowledged");
  const shelve = `alarms/${encodeURIComponent(alarm)}/shelve`;
  const ask = { forMs: hour, why: " Switch is being changed " };
  expect((await post(shelve, ask)).status).toBe(401);
  await signIn();
  for (const [body, field] of [
    [{ ...ask, forMs: hour + 1 }, "forMs"],
    [{ ...ask, forMs: 1 }, "forMs"],
    [{ ...ask, forMs: "long" }, "forMs"],
    [{ ...ask, why: "  " }, "why"],
  ] as const) {
    const refused = await post(shelve, body);
    expect([refused.status, Refusal.parse(await refused.json()).error.details.errors[0]?.field]).toEqual([422, field]);
  }
  expect((await post("alarms/none/shelve", ask)).status).toBe(409);

  const done = await post(shelve, ask);
  expect(done.status).toBe(200);
  const shelved = Answer.parse(await done.json()).alarm;
  expect(shelved).toMatchObject({
    state: "shelved",
    shelving: { who: "operator", why: "Switch is being changed", forMs: hour, active: true },
  });
  expect((shelved.shelving?.until ?? 0) - (shelved.shelving?.at ?? 0)).toBe(hour);
  expect((await post(`alarms/${encodeURIComponent(alarm)}/acknowledge`)).status).toBe(409);
  expect((await post(shelve, ask)).status).toBe(409);

  await daemon?.stop();
  await start();
  await vi.waitFor(() => expect(recordedAlarms().find((one) => one.alarm === alarm)).toEqual(shelved), patience);
  expect((await alarmOf("pumps", "shelved")).shelving).toMatchObject({ ...shelved.shelving, active: true });

  await signIn();
  const back = await post(`alarms/${encodeURIComponent(alarm)}/unshelve`);
  expect(Answer.parse(await back.json()).alarm).toMatchObject({
    state: "unacknowledged",
    unshelved: { who: "operator", why: "by hand" },
  });
  expect((await post(`alarms/${encodeURIComponent(alarm)}/unshelve`)).status).toBe(409);
  const now = Date.now();
  const history = await fetch(api(`alarms/history?from=${now - hour}&to=${now + 1_000}`));
  const told = Changes.parse(await history.json()).changes.filter((one) => one.alarm === alarm);
  expect(told.map(({ state }) => state)).toEqual(expect.arrayContaining(["unacknowledged", "shelved"]));
  expect(told.at(-1)?.unshelved?.who).toBe("operator");
}, 120_000);
