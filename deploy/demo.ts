// `npm start`: the whole product on this machine. A simulated rig, the edge daemon and the cloud, each a process of its own, on embedded defaults.
import "../shared/node/guard.ts";
import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
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
/** A part that ends unasked is begun anew after so long, doubling while it keeps ending. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

const say = (line: string) => process.stdout.write(`${line}\n`);
const running = new Map<string, ChildProcess>();
let stopping = false;

mkdirSync(data, { recursive: true });

/**
 * Runs one part, and again when it ends unasked, as a service manager would; the others go on meanwhile. What it logs goes to <data>/<name>.log;
 * what it says to people (a password that it made and shows once) is shown here, and written nowhere.
 */
function supervise(name: string, args: string[], env: Record<string, string> = {}): void {
  let pause = FIRST_PAUSE_MS;
  const start = () => {
    const since = Date.now();
    const log = createWriteStream(join(data, `${name}.log`), { flags: "a", mode: 0o600 });
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, IDRILL_DATA: data, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    running.set(name, child);
    child.stderr.pipe(log, { end: false });
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (line.startsWith("{")) log.write(`${line}\n`);
      else say(`${name}: ${line}`);
    });
    child.once("close", (code, signal) => {
      running.delete(name);
      log.end();
      if (stopping) return;
      const wait = Date.now() - since > LONGEST_PAUSE_MS ? FIRST_PAUSE_MS : pause;
      pause = Math.min(LONGEST_PAUSE_MS, wait * 2);
      say(
        `${name} ended (${signal ?? `exit code ${code}`}; see ${join(data, `${name}.log`)}), again in ${wait / 1_000} s`,
      );
      setTimeout(() => !stopping && start(), wait);
    });
  };
  start();
}

/** Says which port is taken and ends, rather than show another program's pages as ours. */
async function needPorts(): Promise<void> {
  for (const [name, wanted] of Object.entries(ports)) {
    const free = await new Promise<boolean>((done) => {
      const probe = createServer();
      probe.once("error", () => done(false));
      probe.listen(wanted, "127.0.0.1", () => probe.close(() => done(true)));
    });
    if (free) continue;
    say(`port ${wanted} is taken; give another by ${name.toUpperCase()}_PORT=…, or end what uses it`);
    process.exit(1);
  }
}

/** Whether the edge has made itself known to a cloud: it keeps its key before it is, so the file alone does not tell. */
function isEnrolled(): boolean {
  const file = join(data, "edge", "identity.json");
  return existsSync(file) && JSON.parse(readFileSync(file, "utf8")).enrolment !== null;
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

async function stop(code: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  setTimeout(() => process.exit(1), 15_000).unref();
  for (const child of running.values()) child.kill("SIGTERM");
  while (running.size > 0) await sleep(50);
  process.exit(code);
}

for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => void stop(0));

await needPorts();
const configuration = writeConfiguration();
const password = (variable: string) =>
  process.env[variable] === undefined
    ? `shown above at the first start; another: ${variable}=… npm start`
    : `as ${variable} says`;

supervise("rig", ["test/rig/main.ts", "--ledger", join(data, "ledger.jsonl"), ...process.argv.slice(2)]);
supervise("cloud", ["cloud/main.ts"]);
await answers(`http://127.0.0.1:${ports.cloud}/api/v1/health/ready`, 30);
const claimed = isEnrolled() ? undefined : { IDRILL_CLAIM: await claim() };
supervise("edge", ["edge/main.ts", configuration], claimed);
await answers(`http://127.0.0.1:${ports.hmi}/health`, 30);

say(`
i-Drill Edge runs. A simulated rig: every value on both screens is made up by its model, and marked so.

  the rig's screen   http://127.0.0.1:${ports.hmi}    to act: operator, password ${password("IDRILL_OPERATOR_PASSWORD")}
  the office's       http://127.0.0.1:${ports.cloud}    sign in: admin, password ${password("IDRILL_ADMIN_PASSWORD")}

  data and logs in ${data}; Ctrl-C ends it
`);
