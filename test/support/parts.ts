import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Session } from "../../shared/domain/api.ts";
import { freePort } from "./link.ts";

const root = join(import.meta.dirname, "..", "..");

/** A part of the product, run as the process that a user would run. */
export interface Part {
  name: string;
  pid: number;
  /** The exit code, or the name of the signal that ended it. */
  ended: Promise<number | string>;
  /** Ends it by a signal to its id and waits; gives what `ended` gives. */
  end(signal?: NodeJS.Signals): Promise<number | string>;
}

/** One rig, its edge and its cloud on free ports and in a folder of their own. */
export interface Scene {
  data: string;
  ledger: string;
  ports: { cloud: number; hmi: number; mqtt: number; modbus: number; opcua: number };
  startRig(args?: string[], env?: Record<string, string>): Promise<Part>;
  startCloud(env?: Record<string, string>): Promise<Part>;
  /**
   * `through` are the ports that the edge uses instead of the cloud's own, where a test wants to cut a link; `example` is its configuration in
   * deploy/examples, the demo's unless told; `edit` changes its text before it is written; `under` is a command that runs it, and keeps its process id;
   * `wait: false` gives it before it answers.
   */
  startEdge(options?: {
    through?: { cloud?: number; mqtt?: number };
    env?: Record<string, string>;
    example?: string;
    under?: readonly string[];
    wait?: boolean;
    edit?: (text: string) => string;
  }): Promise<Part>;
  /** Runs a part to its end; gives its exit code and what it printed. */
  run(args: string[], env?: Record<string, string>): Promise<{ code: number; output: string }>;
  /** Asks the cloud's API as its admin; gives the body of an answer that is well. */
  ask(path: string): Promise<unknown>;
  /** What a part printed so far, for a failure's message. */
  logOf(name: string): string;
  /** `before` is called when all parts have ended and their folder is still there. */
  close(before?: () => void): Promise<void>;
}

const sideBySide: Places = { under: { rig: [], cloud: [] }, cloudHost: "127.0.0.1" };

export const passwords = { admin: "Correct-horse-7-battery", operator: "Correct-horse-8-battery" };

/** Where the parts run, if not side by side on this machine. */
export interface Places {
  /** Commands that run the rig with its edge, and the cloud, where they belong; they keep the process id. */
  under: Record<"rig" | "cloud", readonly string[]>;
  /** The cloud's address, as the edge reaches it. */
  cloudHost: string;
}

/** How long a part may take to its first answer, s: a machine may have much else to do. */
const START_S = 120;

/** Makes a scene; nothing runs yet. Everything that was started is ended, by id, at `close`. */
export async function openScene({ under: places, cloudHost }: Places = sideBySide): Promise<Scene> {
  const data = mkdtempSync(join(tmpdir(), "idrill-"));
  const ports = {
    cloud: await freePort(),
    hmi: await freePort(),
    mqtt: await freePort(),
    modbus: await freePort(),
    opcua: await freePort(),
  };
  const ledger = join(data, "ledger.jsonl");
  const children = new Set<ChildProcess>();
  const environment = {
    // Shared, since each scene would compile everything anew.
    NODE_COMPILE_CACHE: join(root, "node_modules", ".cache", "idrill-code"),
    ...process.env,
    IDRILL_DATA: data,
    // What runs here goes by this machine's time, and nobody in a container can be asked about it.
    IDRILL_CLOCK_TRUE: "yes",
    CLOUD_PORT: String(ports.cloud),
    HMI_PORT: String(ports.hmi),
    MQTT_PORT: String(ports.mqtt),
    MODBUS_PORT: String(ports.modbus),
    OPCUA_PORT: String(ports.opcua),
    IDRILL_ADMIN_PASSWORD: passwords.admin,
    IDRILL_OPERATOR_PASSWORD: passwords.operator,
  };

  function start(name: string, args: string[], env: Record<string, string> = {}, under: readonly string[] = []): Part {
    const log = openSync(join(data, `${name}.log`), "a");
    const [command = process.execPath, ...words] = [...under, process.execPath, ...args];
    const child = spawn(command, words, {
      cwd: root,
      env: { ...environment, ...env },
      stdio: ["ignore", log, log],
    });
    children.add(child);
    const ended = new Promise<number | string>((done) => {
      child.once("exit", (code, signal) => {
        children.delete(child);
        done(code ?? signal ?? -1);
      });
    });
    if (child.pid === undefined) throw new Error(`${name} did not start`);
    return {
      name,
      pid: child.pid,
      ended,
      end(signal = "SIGTERM") {
        child.kill(signal);
        return ended;
      },
    };
  }

  async function run(args: string[], env: Record<string, string> = {}) {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...environment, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    children.add(child);
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        output += String(chunk);
      });
    }
    const code = await new Promise<number>((done) => child.once("close", (exit) => done(exit ?? -1)));
    children.delete(child);
    return { code, output };
  }

  const logOf = (name: string) =>
    readFileSync(join(data, `${name}.log`), "utf8")
      .split("\n")
      .slice(-30)
      .join("\n");

  async function startCloud(env: Record<string, string> = {}) {
    const part = start("cloud", ["cloud/main.ts"], env, places.cloud);
    await answers(`http://127.0.0.1:${ports.cloud}/api/v1/health/live`, () => logOf("cloud"));
    return part;
  }

  async function startEdge({
    through = {},
    env = {},
    example = "demo-rig.json",
    under = [],
    wait = true,
    edit = (text: string) => text,
  }: Parameters<Scene["startEdge"]>[0] = {}) {
    const text = readFileSync(join(root, "deploy", "examples", example), "utf8")
      .replaceAll('"port": 1502', `"port": ${ports.modbus}`)
      .replaceAll("opc.tcp://127.0.0.1:4840", `opc.tcp://127.0.0.1:${ports.opcua}`)
      .replaceAll("http://127.0.0.1:8080", `http://${cloudHost}:${through.cloud ?? ports.cloud}`)
      .replaceAll("mqtt://127.0.0.1:1883", `mqtt://${cloudHost}:${through.mqtt ?? ports.mqtt}`);
    const path = join(data, "rig.json");
    writeFileSync(path, edit(text));
    const part = start("edge", ["edge/main.ts", path], env, [...places.rig, ...under]);
    if (wait) await answers(`http://127.0.0.1:${ports.hmi}/health`, () => logOf("edge"));
    return part;
  }

  async function startRig(args: string[] = [], env: Record<string, string> = {}) {
    const part = start("rig", ["test/rig/main.ts", "--ledger", ledger, ...args], env, places.rig);
    await until(
      async () => /"modbus"/.test(logOf("rig")),
      () => logOf("rig"),
      START_S,
    );
    return part;
  }

  let token: Promise<string> | undefined;
  async function ask(path: string): Promise<unknown> {
    const asked = async () => {
      token ??= adminToken(`http://127.0.0.1:${ports.cloud}`);
      const headers = { authorization: `Bearer ${await token}` };
      return fetch(`http://127.0.0.1:${ports.cloud}/api/v1/${path}`, { headers });
    };
    let response = await asked();
    if (response.status === 401) {
      // A long run outlives its first sign-in.
      token = undefined;
      response = await asked();
    }
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  return {
    data,
    ledger,
    ports,
    startRig,
    startCloud,
    startEdge,
    run,
    ask,
    logOf,
    async close(before) {
      // One may be started meanwhile.
      while (children.size > 0) {
        for (const child of children) child.kill("SIGKILL");
        await sleep(20);
      }
      before?.();
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** The demo's configuration without what its link may cost. */
export function unmetered(config: string): string {
  return config.replace(/"uplink": \{.*?\n {2}\},/s, "");
}

/** Signs in to a cloud as its admin; gives the access token. */
export async function adminToken(cloud: string): Promise<string> {
  const response = await fetch(`${cloud}/api/v1/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username: "admin", password: passwords.admin }),
  });
  return Session.parse(await response.json()).access_token;
}

/** Waits until something holds; throws with what `explain` says after the time. */
export async function until(holds: () => Promise<boolean>, explain: () => string, seconds = 30): Promise<void> {
  const end = Date.now() + seconds * 1_000;
  let problem: unknown;
  for (;;) {
    try {
      if (await holds()) return;
    } catch (error) {
      problem = error;
    }
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${explain()}`, { cause: problem });
    await sleep(100);
  }
}

function answers(url: string, explain: () => string): Promise<void> {
  return until(
    async () => (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok,
    () => `${url} is not ready\n${explain()}`,
    START_S,
  );
}
