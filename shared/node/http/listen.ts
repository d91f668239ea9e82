import type { Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { boundOf } from "../bound.ts";

/** Connections of one address, and in all. */
export interface SocketBound {
  each: number;
  all: number;
}

/** For a server's options: slow headers and bodies end within seconds, and are looked for every second. */
export const slownessBounds = {
  headersTimeout: 5_000,
  requestTimeout: 15_000,
  keepAliveTimeout: 20_000,
  connectionsCheckingInterval: 1_000,
} as const;

/** What is neither read nor written for so long is ended, ms: a client that does not take its answer keeps it no longer. */
const idleMs = 120_000;
/** A refused peer may read why for so long. */
const refusedMs = 1_000;
const refusal =
  "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 10\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: 21\r\n\r\ntoo many connections\n";

/** Listens; connections beyond the bound get 503 and are closed before anything of them is read. Gives the port; rejects when it is taken. */
export async function listenBounded(server: Server, where: { port: number; host: string }, most: SocketBound) {
  boundSockets(server, most);
  server.maxHeadersCount = 100;
  server.setTimeout(idleMs);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(where.port, where.host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}

function boundSockets(server: Server, most: SocketBound): void {
  const bound = boundOf(most);
  // The server's own listener is the parser's: what is refused never reaches it.
  const take = server.listeners("connection");
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    const leave = bound.enter(socket.remoteAddress ?? "unknown");
    if (leave === null) return refuse(socket);
    socket.once("close", leave);
    for (const listener of take) listener.call(server, socket);
  });
}

function refuse(socket: Socket): void {
  socket.on("error", () => socket.destroy());
  socket.resume();
  socket.end(refusal);
  setTimeout(() => socket.destroy(), refusedMs).unref();
}
