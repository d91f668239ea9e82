import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";

/** TCP's way of finding out how much a link bears; it decides what a lossy link gives. */
export const congestions = ["cubic", "bbr", "reno"] as const;
export type Congestion = (typeof congestions)[number];

/** Each way. What is not told is as test/faults/satellite.py has it: 300 ms, 20 ms, 1 %, 512 kbit/s, 200 packets. */
export interface SatelliteSettings {
  congestion: Congestion;
  /** One way. */
  delay_ms?: number;
  jitter_ms?: number;
  /** Percent of packets. */
  loss?: number;
  /** Of IP packets. */
  rate_kbit?: number;
  /** Packets that wait for the line; more are dropped. */
  queue?: number;
  seed?: number;
}

const Way = z.object({
  carried: z.number(),
  bytes: z.number(),
  payload: z.number(),
  lost: z.number(),
  overflowed: z.number(),
});
/** Packets so far, `up` from the rig: `bytes` are those of IP packets that arrived, `payload` TCP's own, each counted once. */
export const Carried = z.object({ up: Way, down: Way });
export type Carried = z.infer<typeof Carried>;

/** Two network namespaces of a test's own with nothing but a satellite link between them. */
export interface Satellite {
  /** The command under which a program runs at that end; it keeps its process id. */
  under: Record<"rig" | "cloud", readonly string[]>;
  /** The cloud's address, as the rig reaches it. */
  cloudHost: string;
  settings: SatelliteSettings;
  /** Lets programs outside reach a port of that end's loopback under the same number. */
  door(end: "rig" | "cloud", port: number): Promise<void>;
  /** `half`: nothing comes back from the cloud. Sockets stay as they are. */
  mode(now: "up" | "cut" | "half"): Promise<void>;
  carried(): Promise<Carried>;
  close(): Promise<void>;
}

const program = join(import.meta.dirname, "..", "faults", "satellite.py");

/** Why a satellite link cannot be had here; null where it can. */
export function satelliteMissing(): string | null {
  if (process.getuid?.() !== 0) return "network namespaces need root";
  if (!existsSync("/dev/net/tun")) return "no /dev/net/tun";
  for (const [command, word] of [
    ["python3", "--version"],
    ["ip", "-V"],
  ] as const)
    if (spawnSync(command, [word]).status !== 0) return `no ${command}`;
  // A kernel may have the device and refuse it, or lack namespaces: only a trial tells.
  const name = `${nameOf()}-try`;
  const tried = spawnSync("ip", ["netns", "add", name], { encoding: "utf8" });
  if (tried.status !== 0) return `no network namespaces: ${tried.stderr.trim()}`;
  spawnSync("ip", ["netns", "del", name]);
  return null;
}

/** Makes namespaces and link; they go at `close`, or when this process ends in whatever way. */
export async function openSatellite(settings: SatelliteSettings): Promise<Satellite> {
  const words = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
  const child = spawn("python3", [program, nameOf(), ...words], { stdio: ["pipe", "pipe", "pipe"] });
  const ended = new Promise((done) => child.once("close", done));
  let problem = "";
  child.stderr.on("data", (text) => {
    problem += String(text);
  });
  child.stdin.on("error", () => undefined);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  let last: Promise<unknown> = Promise.resolve();

  async function answer(): Promise<unknown> {
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`the satellite link ended: ${problem}`);
    const said: unknown = JSON.parse(String(value));
    const error = z.object({ error: z.string() }).safeParse(said);
    if (error.success) throw new Error(`satellite link: ${error.data.error}`);
    return said;
  }
  function command(line: string): Promise<unknown> {
    const next = last.then(() => {
      child.stdin.write(`${line}\n`);
      return answer();
    });
    last = next.catch(() => undefined);
    return next;
  }

  const { rig, cloud } = z.object({ rig: z.string(), cloud: z.string() }).parse(await answer());
  return {
    under: { rig: ["ip", "netns", "exec", rig], cloud: ["ip", "netns", "exec", cloud] },
    cloudHost: "10.77.0.1",
    settings,
    async door(end, port) {
      await command(`door ${end} ${port}`);
    },
    async mode(now) {
      await command(now);
    },
    carried: async () => Carried.parse(await command("stats")),
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}

/** Others may do the same at this moment. */
function nameOf(): string {
  return `idrill-${randomBytes(4).toString("hex")}`;
}
