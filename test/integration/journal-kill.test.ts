import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { z } from "zod";
import { EpochRecord } from "../../shared/domain/event.ts";
import { rawNumber } from "../../shared/domain/reading.ts";
import { decodeEvents } from "../../shared/wire/events.ts";
import { decodeEventsFrame, decodeFrame } from "../../shared/wire/frame.ts";

let data: string;
let children: ChildProcess[] = [];
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "kill-"));
});
afterEach(async () => {
  await Promise.all(children.map((child) => end(child, "SIGKILL")));
  children = [];
  rmSync(data, { recursive: true });
});

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exited = once(child, "exit");
  child.kill(signal);
  await exited;
  return child.exitCode;
}

function start(file: string, args: string[], env: Record<string, string>): { child: ChildProcess; output(): string } {
  const child = spawn(process.execPath, [file, ...args], { env: { ...process.env, IDRILL_DATA: data, ...env } });
  children.push(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (text) => (output += String(text)));
  return { child, output: () => output };
}

async function startRig(): Promise<number> {
  const rig = start("test/rig/main.ts", ["--opcua-off"], { MODBUS_PORT: "0" });
  return vi.waitFor(
    () => z.object({ modbus: z.number() }).parse(JSON.parse(rig.output().split("\n")[0] ?? "")).modbus,
    10_000,
  );
}

/** The demo's Modbus devices, polled ten times a second. */
function configFor(port: number): string {
  const demo = JSON.parse(readFileSync("deploy/examples/demo-rig.json", "utf8"));
  const devices = demo.devices.filter(({ driver }: { driver: string }) => driver === "modbus");
  for (const device of devices) Object.assign(device, { port, pollMs: 100 });
  const path = join(data, "rig.json");
  writeFileSync(path, JSON.stringify({ ...demo, devices, tickMs: 100, cloud: undefined, scoring: undefined }));
  return path;
}

const Row = z.object({ key: z.number(), body: z.instanceof(Uint8Array) });

function journalOf(path: string) {
  const db = new Database(path, { readonly: true });
  const ids = z.array(z.object({ no: z.number() })).parse(db.prepare("select no from epoch order by no").all());
  const select = db.prepare("select key, body from frame where key between ? and ? order by key");
  const frames = (base: number) =>
    z
      .array(Row)
      .parse(select.all(base + 1, base + 2 ** 32 - 1))
      .map(({ key, body }) => ({ seq: key - base, body }));
  const epochs = ids.map(({ no }) => ({ telemetry: frames(no * 2 * 2 ** 32), events: frames((no * 2 + 1) * 2 ** 32) }));
  db.close();
  return epochs;
}

test("killed at any moment the daemon loses no name: seqs run without a hole in every epoch, and each epoch names the one before", async () => {
  const config = configFor(await startRig());
  for (let kill = 0; kill < 5; kill++) {
    const { child, output } = start("edge/main.ts", [config], { HMI_PORT: "0" });
    await vi.waitFor(() => expect(output()).toContain('"started"'), 20_000);
    await sleep(200 + Math.random() * 800);
    await end(child, "SIGKILL");
  }
  const last = start("edge/main.ts", [config], { HMI_PORT: "0" });
  await vi.waitFor(() => expect(last.output()).toContain('"started"'), 20_000);
  expect(await end(last.child, "SIGTERM")).toBe(0);

  const epochs = journalOf(join(data, "edge", "journal.db"));
  expect(epochs.length).toBeGreaterThan(1);
  let before: z.infer<typeof EpochRecord> | null = null;
  let ticks = 0;
  for (const { telemetry, events } of epochs) {
    for (const frames of [telemetry, events]) expect(frames.map(({ seq }) => seq)).toEqual(frames.map((_, i) => i + 1));
    const [record] = decodeEvents(decodeEventsFrame(events[0]?.body ?? new Uint8Array()).json);
    const parsed = EpochRecord.parse(record);
    if (before === null) expect(parsed.predecessor).toBeNull();
    else expect(parsed.predecessor).toMatchObject({ epoch: before.epoch });
    before = parsed;
    for (const { body } of telemetry) {
      const { readings } = decodeFrame(body);
      for (let i = 0; i < readings.length; i++) {
        // Tag 0 is the first device's own tick counter.
        if (readings.tag[i] !== 0 || (readings.status[i] ?? 0) !== 0) continue;
        expect(rawNumber(readings, i, "scaled")).toBeGreaterThanOrEqual(ticks);
        ticks = rawNumber(readings, i, "scaled");
      }
    }
  }
  expect(ticks).toBeGreaterThan(0);
}, 120_000);

test("a second daemon on the same data folder is refused with exit code 78", async () => {
  const config = configFor(await startRig());
  const first = start("edge/main.ts", [config], { HMI_PORT: "0" });
  await vi.waitFor(() => expect(first.output()).toContain('"started"'), 20_000);
  const second = start("edge/main.ts", [config], { HMI_PORT: "0" });
  await once(second.child, "exit");
  expect(second.child.exitCode).toBe(78);
  expect(second.output()).toContain("in use by another process");
});

test("with a broken configuration the daemon stays up, says what is wrong on the screen, and starts once it is repaired", async () => {
  const config = configFor(await startRig());
  const good = readFileSync(config, "utf8");
  writeFileSync(config, good.replace('"unitId"', '"unitid"'));
  const checked = start("edge/main.ts", ["--check", config], {});
  await once(checked.child, "exit");
  expect(checked.child.exitCode).toBe(78);
  expect(checked.output()).toContain("devices[0].unitid");
  const daemon = start("edge/main.ts", [config], { HMI_PORT: "0" });
  const port = await vi.waitFor(() => z.coerce.number().parse(/"port":(\d+)/.exec(daemon.output())?.[1]), 10_000);
  const snapshot = await (await fetch(`http://127.0.0.1:${port}/api/v1/hmi/snapshot`)).json();
  expect(snapshot).toMatchObject({ rig: null, fault: { errors: [{ path: "devices[0].unitid" }] } });
  writeFileSync(config, good);
  await vi.waitFor(() => expect(daemon.output()).toContain('"started"'), 20_000);
  expect(await end(daemon.child, "SIGTERM")).toBe(0);
});
