import { createServer, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { answerTo, type Request, requestsOf } from "./frame.ts";
import type { Image } from "./image.ts";
import { type Misbehaviour, type Sending, spoil } from "./misbehave.ts";

export interface ModbusServerOptions {
  /** What it serves. All registers of one answer are from one `show`. */
  image: Pick<Image, "read">;
  /** 0 takes a free one. */
  port?: number;
  host?: string;
  misbehave?: Misbehaviour;
  /** Told of each request, before its answer goes out: what was answered truthfully, and how it is spoilt. */
  onRequest?(request: Request, answered: boolean, spoilt: Misbehaviour["mode"]): void;
}

export interface ModbusServer {
  port: number;
  /** From now on answers so; after `times` answers (for ever unless told) rightly again. */
  misbehave(how: Misbehaviour, times?: number): void;
  /** Open connections now. */
  connections(): number;
  /** Cuts every connection, as a power loss does; new ones are taken. */
  cut(): void;
  close(): Promise<void>;
}

const right: Misbehaviour = { mode: "none", argument: 0 };

/** A Modbus TCP server on a plain socket: one that can also answer wrongly, on purpose. */
export async function startModbusServer(options: ModbusServerOptions): Promise<ModbusServer> {
  const { image, port = 0, host = "127.0.0.1", onRequest } = options;
  const sockets = new Set<Socket>();
  const stopped = new AbortController();
  let how = options.misbehave ?? right;
  let left = Number.POSITIVE_INFINITY;

  function sendingOf(request: Request): Sending {
    const answer = answerTo(request, (table) => image.read(request.unit, table, request.address, request.count));
    const spoilt = left > 0 ? how : right;
    if (spoilt.mode !== "none") left -= 1;
    onRequest?.(request, answer !== undefined && answer.readUInt8(7) < 0x80, spoilt.mode);
    return answer === undefined ? { parts: [], close: false } : spoil(answer, request, spoilt);
  }

  async function send(socket: Socket, sending: Sending): Promise<void> {
    for (const { afterMs, bytes } of sending.parts) {
      if (afterMs > 0) await pause(afterMs, undefined, { signal: stopped.signal });
      if (socket.writable) socket.write(bytes);
    }
    if (sending.close) socket.end();
  }

  const server = createServer({ noDelay: true }, (socket) => {
    let kept: Buffer = Buffer.alloc(0);
    let before: Promise<void> = Promise.resolve();
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    // A client that resets is no fault of the device.
    socket.on("error", () => socket.destroy());
    socket.on("data", (bytes: Buffer) => {
      kept = kept.length === 0 ? bytes : Buffer.concat([kept, bytes]);
      try {
        const { requests, rest } = requestsOf(kept);
        kept = rest;
        for (const request of requests) {
          const sending = sendingOf(request);
          // What goes out in pieces must not mix with the next answer.
          const turn = sending.parts.length > 1 ? before.then(() => send(socket, sending)) : send(socket, sending);
          before = turn.catch(() => socket.destroy()).then(() => {});
        }
      } catch {
        socket.destroy();
      }
    });
  });
  await new Promise<void>((done, failed) => {
    server.once("error", failed);
    server.listen(port, host, done);
  });
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : port,
    misbehave(next, times = Number.POSITIVE_INFINITY) {
      how = next;
      left = times;
    },
    connections: () => sockets.size,
    cut() {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    async close() {
      stopped.abort();
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}
