import { connect, createServer, type Socket } from "node:net";

export interface ThinLink {
  port: number;
  /** What went through, without what TCP adds: `up` from who connected. */
  bytes(): { up: number; down: number };
  /** Everybody is cut off; new connections are taken. */
  cut(): void;
  close(): Promise<void>;
}

/** Bytes that travel as one. */
const PACKET = 1_400;
/** What waits before the link at most; behind it the sockets' own buffers fill, which are much larger. */
const BUFFER = 64_000;

/** A TCP link on loopback to a port of loopback, as slow as told each way, on which every byte takes half the round trip besides. */
export async function openThinLink(target: number, bitsPerSecond: number, roundTripMs: number): Promise<ThinLink> {
  const carried = { up: 0, down: 0 };
  /** When all that was given to the line is out: all connections share it. */
  const free = { up: 0, down: 0 };
  const sockets = new Set<Socket>();

  function carry(from: Socket, to: Socket, way: "up" | "down"): void {
    const line: { at: number; bytes: Buffer }[] = [];
    let timer: NodeJS.Timeout | undefined;
    function deliver(): void {
      timer = undefined;
      const now = performance.now();
      while (line[0] !== undefined && line[0].at <= now) {
        const bytes = line.shift()?.bytes;
        if (bytes !== undefined && !to.destroyed) to.write(bytes);
      }
      if (from.isPaused() && queued() < BUFFER / 2) from.resume();
      const next = line[0];
      if (next !== undefined) timer = setTimeout(deliver, Math.max(1, next.at - now));
    }
    const queued = () => line.reduce((sum, { bytes }) => sum + bytes.length, 0);
    from.on("data", (chunk: Buffer) => {
      carried[way] += chunk.length;
      for (let at = 0; at < chunk.length; at += PACKET) {
        const bytes = chunk.subarray(at, at + PACKET);
        free[way] = Math.max(free[way], performance.now()) + (bytes.length * 8_000) / bitsPerSecond;
        line.push({ at: free[way] + roundTripMs / 2, bytes });
      }
      if (queued() >= BUFFER) from.pause();
      if (timer === undefined) deliver();
    });
    from.on("error", () => to.destroy());
    from.on("close", () => {
      clearTimeout(timer);
      sockets.delete(from);
      to.destroy();
    });
    sockets.add(from);
  }

  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port: target, host: "127.0.0.1", noDelay: true });
    carry(near, far, "up");
    carry(far, near, "down");
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: address.port,
    bytes: () => ({ ...carried }),
    cut,
    close() {
      cut();
      return new Promise((done, fail) => server.close((error) => (error ? fail(error) : done())));
    },
  };
}
