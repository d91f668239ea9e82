// `npm start`: the whole product on this machine. A simulated rig, the edge daemon and the cloud, each a process of its own, on embedded defaults.
import "../shared/node/guard.ts";
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const root = resolve(import.meta.dirname, "..");
const data = resolve(process.env.IDRILL_DATA ?? join(root, "data"));
const port = (name: string, standard: number) => Number(process.env[name] ?? standard);
const ports = {
  cloud: port("CLOUD_PORT", 8080),
  hmi: port("HMI_PORT", 8081),
  mqtt: port("MQTT_PORT", 1883),
  modbus: port("MODBUS_PORT", 1502),
  opcua: port("OPCUA_PORT", 4840),
};
const RIG = "rig-14";
const RESTARTS_A_MINUTE = 5;

const say = (line: string) => process.stdout.write(`${line}\n`);
const running = new Map<string, ChildProcess>();
let stopping = false;

mkdirSync(data, { recursive: true });

/** Runs one part with its output in <data>/<name>.log, and again when it ends unasked, as a service manager would. */
function supervise(name: string, args: string[], env: Record<string, string> = {}): void {
  const starts: number[] = [];
  const start = () => {
    const now = Date.now();
    starts.push(now);
    if (starts.filter((at) => now - at < 60_000).length > RESTARTS_A_MINUTE) {
      say(`${name} keeps ending; see ${join(data, `${name}.log`)}`);
      void stop(1);
      return;
    }
    const log = openSync(join(data, `${name}.log`), "a");
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, IDRILL_DATA: data, ...env },
      stdio: ["ignore", log, log],
    });
    running.set(name, child);
    child.once("exit", (code, signal) => {
      running.delete(name);
      if (stopping) return;
      say(`${name} ended (${signal ?? `exit code ${code}`}), starting it again`);
      setTimeout(() => !stopping && start(), 1_000);
    });
  };
  start();
}

async function answers(url: string, seconds: number): Promise<void> {
  const until = Date.now() + seconds * 1_000;
  for (;;) {
    try {
      if ((await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok) return;
    } catch (error) {
      if (Date.now() > until) throw new Error(`${url} does not answer; see the logs in ${data}`, { cause: error });
    }
    if (Date.now() > until) throw new Error(`${url} is not ready; see the logs in ${data}`);
    await sleep(150);
  }
}

/** The one-time token with which the rig introduces itself to this cloud. */
function claim(): Promise<string> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, ["cloud/main.ts", "--claim", RIG], {
      cwd: root,
      env: { ...process.env, IDRILL_DATA: data },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += String(chunk);
    });
    child.once("exit", (code) => {
      const token = output.trim().split("\n").at(-1) ?? "";
      if (code === 0 && token !== "") done(token);
      else fail(new Error(`cloud/main.ts --claim ended with exit code ${code}`));
    });
  });
}

/** The example configuration with this start's ports. */
function writeConfiguration(): string {
  const text = readFileSync(join(root, "deploy", "examples", "demo-rig.json"), "utf8")
    .replaceAll('"port": 1502', `"port": ${ports.modbus}`)
    .replaceAll("opc.tcp://127.0.0.1:4840", `opc.tcp://127.0.0.1:${ports.opcua}`)
    .replaceAll("http://127.0.0.1:8080", `http://127.0.0.1:${ports.cloud}`)
    .replaceAll("mqtt://127.0.0.1:1883", `mqtt://127.0.0.1:${ports.mqtt}`);
  const path = join(data, "demo-rig.json");
  writeFileSync(path, text);
  return path;
}

/** A password that is made and shown once, at the first start; one that the environment gives counts as chosen. */
function firstPassword(variable: string, file: string): { env: Record<string, string>; shown: string } {
  if (process.env[variable] !== undefined) return { env: {}, shown: `as given by ${variable}` };
  if (existsSync(file))
    return { env: {}, shown: `as printed at the first start; to set another: ${variable}=… npm start` };
  const made = randomBytes(12).toString("base64url");
  return { env: { [variable]: made }, shown: made };
}

async function stop(code: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  setTimeout(() => process.exit(1), 15_000).unref();
  for (const child of running.values()) child.kill("SIGTERM");
  while (running.size > 0) await sleep(50);
  process.exit(code);
}

for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => void stop(0));

const admin = firstPassword("IDRILL_ADMIN_PASSWORD", join(data, "cloud", "office.db"));
const operator = firstPassword("IDRILL_OPERATOR_PASSWORD", join(data, "edge", "people.json"));
const configuration = writeConfiguration();

supervise("rig", ["test/rig/main.ts", "--ledger", join(data, "ledger.jsonl"), ...process.argv.slice(2)]);
supervise("cloud", ["cloud/main.ts"], admin.env);
await answers(`http://127.0.0.1:${ports.cloud}/api/v1/health/ready`, 30);
const claimed = existsSync(join(data, "edge", "identity.json")) ? {} : { IDRILL_CLAIM: await claim() };
supervise("edge", ["edge/main.ts", configuration], { ...operator.env, ...claimed });
await answers(`http://127.0.0.1:${ports.hmi}/health`, 30);

say(`
i-Drill Edge runs. A simulated rig: every value on both screens is made up by its model, and marked so.

  the rig's screen   http://127.0.0.1:${ports.hmi}    to act: operator, password ${operator.shown}
  the office's       http://127.0.0.1:${ports.cloud}    sign in: admin, password ${admin.shown}

  data and logs in ${data}; Ctrl-C ends it
`);
