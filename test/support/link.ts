import { randomInt } from "node:crypto";
import { connect, createServer, type Server, type Socket } from "node:net";
import { openRepeats, type Repeats } from "./repeats.ts";

/**
 * How a link behaves: `drop` resets it and refuses; `silence` swallows bytes both ways with the sockets open, `no answers` only what comes back and `no sends` only
 * what goes out; `twice` resets it and then delivers every MQTT message twice and out of order, both ways.
 */
export type LinkMode = "up" | "drop" | "silence" | "no answers" | "no sends" | "twice";

/** A TCP link that a test can cut. */
export interface Link {
  port: number;
  mode(now: LinkMode): void;
  /** MQTT messages that were delivered again, while it was told to. */
  repeated(): number;
  close(): Promise<void>;
}

/** Opens a link on loopback to a port of loopback. `pick` chooses which messages come again (from 0 up to, not including, its argument). */
export async function openLink(target: number, pick: (below: number) => number = randomBelow): Promise<Link> {
  let mode: LinkMode = "up";
  const sockets = new Set<Socket>();
  const repeating: Repeats[] = [];
  const server: Server = createServer((near) => {
    if (mode === "drop") {
      near.resetAndDestroy();
      return;
    }
    const far = connect(target, "127.0.0.1");
    for (const [from, to, swallowed] of [
      [near, far, "no sends"],
      [far, near, "no answers"],
    ] as const) {
      sockets.add(from);
      from.setNoDelay(true);
      const repeats = mode === "twice" ? openRepeats((packet) => void to.write(packet), pick) : null;
      if (repeats !== null) repeating.push(repeats);
      from.on("data", (bytes) => {
        if (repeats !== null) repeats.take(bytes);
        else if (mode !== "silence" && mode !== swallowed) to.write(bytes);
      });
      from.on("error", () => to.destroy());
      from.on("close", () => {
        sockets.delete(from);
        repeats?.close();
        if (whole(mode)) to.destroy();
      });
    }
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    mode(now) {
      mode = now;
      if (whole(now)) for (const socket of sockets) socket.resetAndDestroy();
    },
    repeated: () => repeating.reduce((sum, one) => sum + one.repeated(), 0),
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((done, fail) => server.close((error) => (error ? fail(error) : done())));
    },
  };
}

/** Whether both ends of a connection see the same of it. */
const whole = (mode: LinkMode) => mode === "up" || mode === "drop" || mode === "twice";

const randomBelow = (below: number) => Math.floor(Math.random() * below);

/** Below where systems take ports for outgoing connections, so that none of those gets it before the part that it is for. */
const firstPort = 12_000;
const lastPort = 30_000;

const given = new Set<number>();

/** A port of loopback that was free a moment ago, and that this process did not give out before. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(firstPort, lastPort);
    const server = createServer();
    const free = await new Promise<boolean>((done) => {
      server.once("error", () => done(false));
      server.listen(port, "127.0.0.1", () => done(true));
    });
    if (!free || given.has(port)) continue;
    given.add(port);
    await new Promise((done) => server.close(done));
    return port;
  }
}
