import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { type RunningDaemon, startDaemon } from "../../edge/daemon.ts";
import type { HmiCoverage, HmiSnapshot } from "../../shared/domain/hmi.ts";
import { openLog } from "../../shared/node/log.ts";
import { openLedger } from "../rig/ledger.ts";
import { optionsOf } from "../rig/options.ts";
import { type Running, startRig } from "../rig/rig.ts";

/** A daemon before real devices whose configuration is broken and mended while it runs and while it does not. */
let devices: Running;
let ledger: string;
let good: string;
beforeAll(async () => {
  ledger = mkdtempSync(join(tmpdir(), "way-back-rig-"));
  const options = optionsOf([], { MODBUS_PORT: "0", OPCUA_PORT: "0", IDRILL_DATA: ledger });
  devices = await startRig(options, openLedger(join(ledger, "ledger.jsonl")));
  const demo = JSON.parse(readFileSync("deploy/examples/demo-rig.json", "utf8"));
  const modbus = demo.devices
    .filter(({ driver }: { driver: string }) => driver === "modbus")
    .map((device: object) => ({ ...device, port: devices.ports.modbus }));
  good = JSON.stringify({ ...demo, devices: modbus, cloud: undefined, scoring: undefined, tickMs: 100 }, null, 2);
});
afterAll(async () => {
  await devices.stop();
  rmSync(ledger, { recursive: true, force: true });
});

let folder: string;
let file: string;
let daemon: RunningDaemon | null = null;
let ended: unknown;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "way-back-"));
  file = join(folder, "rig.json");
  writeFileSync(file, good);
  ended = null;
});
afterEach(async () => {
  await daemon?.stop();
  daemon = null;
  rmSync(folder, { recursive: true });
  expect(ended).toBeNull();
});

async function start(): Promise<void> {
  daemon = await startDaemon({
    ...{ file, folder, software: "test", hmiPort: 0, web: folder, mqttUrl: undefined, claimToken: undefined },
    ...{ operatorPassword: "drill and ream", announce: () => undefined, log: openLog("edge", "silent") },
  });
  daemon.done.catch((error) => {
    ended = error;
  });
}

async function restart(): Promise<void> {
  await daemon?.stop();
  await start();
}

const broken = () => good.replace('"order": "CDAB"', '"order": "CDBA"');
const slower = () => good.replaceAll('"pollMs": 1000', '"pollMs": 900');
/** As editors do: a new file takes the old one's place. */
function save(text: string): void {
  writeFileSync(`${file}~`, text);
  renameSync(`${file}~`, file);
}

const api = (path: string) => `http://127.0.0.1:${daemon?.hmiPort}/api/v1/hmi/${path}`;
async function asked<T>(path: string): Promise<T> {
  const answer: T = JSON.parse(await (await fetch(api(path))).text());
  return answer;
}
const snapshot = () => asked<HmiSnapshot>("snapshot");
const epochOf = async () => (await snapshot()).rig?.epoch;
const act = { "x-idrill-act": "1", "content-type": "application/json" };
const post = (path: string, cookie = "", body: object = {}) =>
  fetch(api(path), { method: "POST", headers: { ...act, cookie }, body: JSON.stringify(body) });
async function signedIn(): Promise<string> {
  const answer = await post("sign-in", "", { name: "operator", password: "drill and ream" });
  expect(answer.status).toBe(200);
  return answer.headers.get("set-cookie")?.split(";")[0] ?? "";
}
const refusal = async (answer: Response) => `${answer.status} ${JSON.parse(await answer.text()).error?.message}`;
const until = (what: () => Promise<void>) => vi.waitFor(what, { timeout: 20_000, interval: 100 });
async function untilGood(): Promise<void> {
  await until(async () => expect((await snapshot()).values.quality).toContain("good"));
  // The look that keeps it comes now and then.
  await until(async () => expect(readFileSync(join(folder, "configuration-kept.json"), "utf8")).toContain("rig-14"));
}

test("a rig whose file was broken goes back to what ran, keeps the file, says so, and does it again after a restart", async () => {
  await start();
  await untilGood();
  await daemon?.stop();
  save(broken());
  await start();
  const { fault, rig, alarms } = await snapshot();
  const line = broken().slice(0, broken().indexOf("CDBA")).split("\n").length;
  expect(fault).toMatchObject({
    kind: "configuration",
    errors: [{ line, nearest: "CDAB" }],
    notKept: null,
    devices: 3,
  });
  expect(fault?.valuesUntil).toBeGreaterThan(Date.now() - 60_000);
  expect(fault?.kept?.until).toBeGreaterThanOrEqual(fault?.kept?.from ?? Number.NaN);
  expect(rig).toMatchObject({ id: "rig-14", origin: "simulated" });
  expect(alarms).toMatchObject([{ alarm: "configuration", priority: 1, state: "unacknowledged" }]);

  // A time without values is a gap once it is longer than a few ticks.
  await until(async () => {
    const open = await asked<HmiCoverage>(`coverage?from=${Date.now() - 600_000}&to=${Date.now()}`);
    expect(open.gaps.at(-1)).toMatchObject({ to: open.to, count: null, why: expect.stringContaining("configuration") });
  });

  for (const path of ["configuration/back", "configuration/file"]) {
    expect(await refusal(await post(path))).toMatch(/^401 /);
    const foreign = await fetch(api(path), { method: "POST", headers: { cookie: await signedIn() } });
    expect(foreign.status).toBe(403);
  }
  const cookie = await signedIn();
  expect((await post("configuration/back", cookie)).status).toBe(200);
  const after = await snapshot();
  expect(after).toMatchObject({ fault: null, alarms: [] });
  expect(after.configuration).toMatchObject({ state: "broken", errors: [{ line }], earlier: { by: "operator" } });
  const health = JSON.parse(await (await fetch(`http://127.0.0.1:${daemon?.hmiPort}/health`)).text());
  expect(health.configuration).toBe("an earlier one runs, the file has 1 error");
  await untilGood();
  expect(readFileSync(file, "utf8")).toBe(broken());

  await restart();
  expect((await snapshot()).configuration).toMatchObject({ state: "broken", earlier: { by: "operator" } });
  await untilGood();

  // Mended: the running rig is not touched until somebody says so.
  const epoch = await epochOf();
  expect(await refusal(await post("configuration/file", await signedIn()))).toMatch(/^409 The file has errors/);
  save(slower());
  await until(async () => expect((await snapshot()).configuration?.state).toBe("differs"));
  expect(await epochOf()).toBe(epoch);
  expect((await post("configuration/file", await signedIn())).status).toBe(200);
  const mended = await snapshot();
  expect(mended.configuration).toMatchObject({ state: "same", earlier: null });
  expect(mended.rig?.epoch).not.toBe(epoch);
  await restart();
  expect((await snapshot()).configuration).toMatchObject({ state: "same", earlier: null });

  // Nothing was lost on the way, and the time without values is a gap.
  const coverage = await asked<HmiCoverage>(`coverage?from=${Date.now() - 600_000}&to=${Date.now()}`);
  expect(coverage.gaps.length).toBeGreaterThan(0);
  expect(coverage.gaps.map(({ count }) => count)).toEqual(coverage.gaps.map(() => null));
  expect(coverage.gaps.map(({ why }) => why)).toContainEqual(expect.stringContaining("configuration"));
}, 60_000);

test("while the configuration is broken a lost key and a journal that cannot be opened are alarms too, and are over once they are mended", async () => {
  await start();
  await untilGood();
  await daemon?.stop();
  save(broken());
  writeFileSync(join(folder, "identity.json"), "{");
  const journal = join(folder, "journal.db");
  renameSync(journal, `${journal}~`);
  mkdirSync(journal);
  await start();
  const shown = async () => (await snapshot()).alarms.map(({ alarm, state }) => `${alarm} ${state}`).sort();
  const unseen = ["configuration unacknowledged", "storage unacknowledged", "storage.identity unacknowledged"];
  await until(async () => expect(await shown()).toEqual(unseen));
  rmSync(journal, { recursive: true });
  renameSync(`${journal}~`, journal);
  await until(async () => expect(await shown()).toContain("storage returned"));
  const cookie = await signedIn();
  for (const alarm of ["storage", "storage.identity"])
    expect((await post(`alarms/${alarm}/acknowledge`, cookie)).status).toBe(200);
  expect(await shown()).toEqual(["configuration unacknowledged", "storage.identity acknowledged"]);
}, 60_000);

test("a file that is mended while nothing is read starts the rig by itself", async () => {
  save("{");
  await start();
  expect(await snapshot()).toMatchObject({ rig: null, fault: { kind: "configuration", kept: null } });
  expect((await snapshot()).fault?.notKept).toMatch(/no configuration/);
  const cookie = await signedIn();
  expect(await refusal(await post("configuration/back", cookie))).toMatch(/^409 No earlier configuration/);
  save(good);
  await until(async () => expect(await snapshot()).toMatchObject({ fault: null, configuration: { state: "same" } }));
  await untilGood();
}, 60_000);

test("a rig that runs is not touched by its file: errors, another content, no file; and it is the same again once it is put back", async () => {
  await start();
  await untilGood();
  const epoch = await epochOf();
  for (const [change, state] of [
    [() => save(broken()), "broken"],
    [() => save(slower()), "differs"],
    [() => rmSync(file), "broken"],
    [() => save(good), "same"],
  ] as const) {
    change();
    await until(async () => expect((await snapshot()).configuration?.state).toBe(state));
  }
  expect(await snapshot()).toMatchObject({ fault: null, configuration: { errors: [], earlier: null, kept: null } });
  expect(await epochOf()).toBe(epoch);
}, 60_000);

test("a file that parses but gives no value leaves the way back open, and what was chosen ends when the file gives values", async () => {
  await start();
  await untilGood();
  const elsewhere = good.replaceAll(`"port": ${devices.ports.modbus}`, '"port": 1');
  save(elsewhere);
  await until(async () => expect((await snapshot()).configuration?.state).toBe("differs"));
  const cookie = await signedIn();
  expect((await post("configuration/file", cookie)).status).toBe(200);
  expect((await snapshot()).configuration).toMatchObject({ state: "same", earlier: null });
  expect((await snapshot()).configuration?.kept).not.toBeNull();
  expect((await post("configuration/back", cookie)).status).toBe(200);
  expect((await snapshot()).configuration).toMatchObject({ state: "differs", earlier: { by: "operator" } });
  await restart();
  expect((await snapshot()).configuration).toMatchObject({ state: "differs", earlier: { by: "operator" } });
  save(good);
  await until(async () => expect((await snapshot()).configuration).toMatchObject({ state: "same", earlier: null }));
  expect(await refusal(await post("configuration/back", await signedIn()))).toMatch(/^409 That configuration runs/);
}, 60_000);

test("a start that fails is no fault of the configuration, and the way back is open where the file was changed", async () => {
  await start();
  await untilGood();
  await daemon?.stop();
  save(good.replace('"rig": "rig-14"', '"rig": "rig-15"'));
  await start();
  expect(await snapshot()).toMatchObject({ fault: { kind: "start", errors: [{ message: /is of rig rig-14/ }] } });
  expect((await snapshot()).fault?.kept).not.toBeNull();
  expect((await post("configuration/back", await signedIn())).status).toBe(200);
  await restart();
  expect(await snapshot()).toMatchObject({ rig: { id: "rig-14" }, configuration: { state: "differs", earlier: {} } });
}, 60_000);

test("a file that parses but does not start leaves what ran running, in a run of its own", async () => {
  await start();
  await untilGood();
  const epoch = await epochOf();
  save(good.replace('"rig": "rig-14"', '"rig": "rig-15"'));
  await until(async () => expect((await snapshot()).configuration?.state).toBe("differs"));
  const answer = await post("configuration/file", await signedIn());
  expect(await refusal(answer)).toMatch(/^409 It could not be started, so what ran before was started again: .*rig-14/);
  expect(await snapshot()).toMatchObject({ fault: null, rig: { id: "rig-14" }, configuration: { state: "differs" } });
  expect(await epochOf()).not.toBe(epoch);
  await untilGood();
}, 60_000);
