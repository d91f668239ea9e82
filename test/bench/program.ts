import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { freePort } from "../support/link.ts";
import { until } from "./office.ts";

const root = join(import.meta.dirname, "..", "..");
export const password = "Correct-horse-7-battery";

/** A program that was started; ended by its id. */
export interface Program {
  pid: number;
  /** User and system time so far, s; all threads. */
  cpuS(): number;
  /** Resident memory now, MB. */
  rssMb(): number;
  end(signal?: NodeJS.Signals): Promise<void>;
}

/** A data folder of its own with free ports, and the programs that were started in it. */
export interface Stage {
  data: string;
  ports: { cloud: number; hmi: number; mqtt: number };
  /** Starts a program of this repository under this Node. */
  start(name: string, args: string[], env?: Record<string, string>): Program;
  /** Runs a program to its end; gives what it printed. */
  run(args: string[], env?: Record<string, string>): Promise<string>;
  /** The last lines that a program printed, for a failure's message. */
  logOf(name: string): string;
  close(): Promise<void>;
}

/** Opens a stage; all that is started on it ends at `close`, and its folder goes. */
export async function openStage(): Promise<Stage> {
  const data = mkdtempSync(join(tmpdir(), "idrill-bench-"));
  const ports = { cloud: await freePort(), hmi: await freePort(), mqtt: await freePort() };
  const running = new Set<Program>();
  const own = {
    ...process.env,
    IDRILL_DATA: data,
    CLOUD_PORT: String(ports.cloud),
    HMI_PORT: String(ports.hmi),
    MQTT_PORT: String(ports.mqtt),
    IDRILL_ADMIN_PASSWORD: password,
    IDRILL_OPERATOR_PASSWORD: password,
  };
  return {
    data,
    ports,
    start(name, args, env = {}) {
      const log = openSync(join(data, `${name}.log`), "a");
      const child = spawn(process.execPath, args, { cwd: root, env: { ...own, ...env }, stdio: ["ignore", log, log] });
      const program = programOf(child, () => running.delete(program));
      running.add(program);
      return program;
    },
    async run(args, env = {}) {
      const child = spawn(process.execPath, args, { cwd: root, env: { ...own, ...env }, stdio: ["ignore", "pipe", 2] });
      let output = "";
      child.stdout?.on("data", (chunk) => {
        output += String(chunk);
      });
      const code = await new Promise((done) => child.once("close", done));
      if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}: ${output}`);
      return output;
    },
    logOf(name) {
      const path = join(data, `${name}.log`);
      return existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(-20).join("\n") : "";
    },
    async close() {
      for (const program of running) await program.end("SIGKILL");
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** Of getconf CLK_TCK, which Linux fixes for programs. */
const TICKS_A_SECOND = 100;

function programOf(child: ChildProcess, gone: () => void): Program {
  const { pid } = child;
  if (pid === undefined) throw new Error("the program did not start");
  const ended = new Promise<void>((done) =>
    child.once("exit", () => {
      gone();
      done();
    }),
  );
  return {
    pid,
    cpuS() {
      // Behind the name in brackets, which may hold spaces: fields 14 and 15 of proc(5).
      const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
      return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
    },
    rssMb: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_024,
    end(signal = "SIGTERM") {
      child.kill(signal);
      return ended;
    },
  };
}

/** Starts the cloud and waits until it answers. */
export async function startCloud(stage: Stage, env: Record<string, string> = {}): Promise<Program> {
  const cloud = stage.start("cloud", ["cloud/main.ts"], env);
  await answers(`http://127.0.0.1:${stage.ports.cloud}/api/v1/health/ready`, () => stage.logOf("cloud"));
  return cloud;
}

/** Starts the edge with a configuration and waits until its screen is served. */
export async function startEdge(stage: Stage, config: string, env: Record<string, string> = {}): Promise<Program> {
  const edge = stage.start("edge", ["edge/main.ts", config], env);
  await answers(`http://127.0.0.1:${stage.ports.hmi}/health`, () => stage.logOf("edge"));
  return edge;
}

/** What the daemon says of itself, as text. */
export async function healthOf(stage: Stage): Promise<string> {
  return (await fetch(`http://127.0.0.1:${stage.ports.hmi}/health`)).text();
}

/** Waits until the edge is enrolled and connected to the cloud. */
export async function connected(stage: Stage): Promise<void> {
  await until("the rig is connected", async () => (await healthOf(stage)).includes('"state":"up"'));
}

async function answers(url: string, log: () => string): Promise<void> {
  for (const end = performance.now() + 30_000; ; ) {
    const answer = await fetch(url).catch(() => null);
    await answer?.body?.cancel();
    if (answer?.ok) return;
    if (performance.now() > end) throw new Error(`${url} does not answer\n${log()}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

/** An access token of the cloud's admin. */
export async function signIn(stage: Stage): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${stage.ports.cloud}/api/v1/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username: "admin", password }),
  });
  return z.object({ access_token: z.string() }).parse(await response.json()).access_token;
}
