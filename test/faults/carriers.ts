import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { dirname, join } from "node:path";
import { until } from "../support/parts.ts";

/** The brokers that a rig's batches travel over: our own inside the cloud, and two that others made. */
export type Carrier = "embedded" | "mosquitto" | "nats";

export const allCarriers: readonly Carrier[] = ["embedded", "mosquitto", "nats"];

const programs: Record<Exclude<Carrier, "embedded">, string> = { mosquitto: "mosquitto", nats: "nats-server" };

/** Why a carrier cannot be had here; null where it can. */
export function carrierMissing(carrier: Carrier): string | null {
  if (carrier === "embedded") return null;
  const program = programs[carrier];
  return spawnSync("sh", ["-c", `command -v ${program}`]).status === 0 ? null : `no ${program} on this machine`;
}

/** A broker of its own process, on one port and in one folder, whatever becomes of it. */
export interface Broker {
  start(): Promise<void>;
  /** Ends it by a signal to its id and waits. */
  end(signal?: NodeJS.Signals): Promise<void>;
  pause(): void;
}

/** A broker that is not ours, as its makers ship it but for the port and the folder. Nothing runs yet. */
export function brokerOf(carrier: Exclude<Carrier, "embedded">, folder: string, port: number): Broker {
  mkdirSync(folder, { recursive: true });
  // Outside the folder: a fault of that disk is none of the settings.
  const file = join(dirname(folder), `${carrier}.conf`);
  const lines = {
    mosquitto: [
      `listener ${port} 127.0.0.1`,
      "allow_anonymous true",
      "persistence true",
      `persistence_location ${folder}/`,
      ...(process.getuid?.() === 0 ? ["user root"] : []),
    ],
    nats: [
      `server_name: faults`,
      `listen: "127.0.0.1:-1"`,
      `jetstream { store_dir: "${folder}" }`,
      `mqtt { listen: "127.0.0.1:${port}" }`,
    ],
  };
  writeFileSync(file, `${lines[carrier].join("\n")}\n`);
  let child: ChildProcess | null = null;
  let ended: Promise<unknown> = Promise.resolve();
  return {
    async start() {
      const running = spawn(programs[carrier], ["-c", file], { stdio: "ignore" });
      child = running;
      ended = new Promise((done) => running.once("exit", done));
      await until(
        () => answers(port),
        () => `${carrier} does not listen on ${port}`,
      );
    },
    async end(signal = "SIGTERM") {
      child?.kill(signal);
      await ended;
      child = null;
    },
    pause: () => void child?.kill("SIGSTOP"),
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = createConnection(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      done(true);
    });
    socket.once("error", () => done(false));
  });
}
