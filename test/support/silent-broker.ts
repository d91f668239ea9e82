import { createServer, type Server, type Socket } from "node:net";
import { Aedes } from "aedes";

/** A real broker on a free port. `silent` swallows what it would send back from then on, as a dead link does. */
export interface TestBroker {
  url: string;
  aedes: Aedes;
  /** Topics and bytes that came in from clients, in order. */
  published: { topic: string; bytes: Uint8Array; client: string }[];
  silent(on: boolean): void;
  /** Connections that were made so far. */
  connections(): number;
  /** Ends the connection of that client, or every one; new ones are taken. */
  cut(client?: string): void;
  close(): Promise<void>;
}

/** `takes`: which clients may connect, by their id; all unless told. */
export async function startBroker(port = 0, takes: (client: string) => boolean = () => true): Promise<TestBroker> {
  const aedes = await Aedes.createBroker({
    preConnect: (_client, packet, done) => done(null, takes(packet.clientId)),
  });
  const sockets = new Set<Socket>();
  let muted = false;
  let count = 0;
  const server: Server = createServer((socket) => {
    count += 1;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    const write = socket.write.bind(socket);
    // Only this socket's own writes: the broker believes that they went out.
    socket.write = ((...given: Parameters<Socket["write"]>) => (muted ? true : write(...given))) as Socket["write"];
    aedes.handle(socket);
  });
  const clients = new Map<string, unknown>();
  aedes.on("client", ({ id, conn }) => clients.set(id, conn));
  const published: TestBroker["published"] = [];
  aedes.on("publish", (packet, client) => {
    if (client === null) return;
    published.push({ topic: packet.topic, bytes: new Uint8Array(packet.payload as Buffer), client: client.id });
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `mqtt://127.0.0.1:${address.port}`,
    aedes,
    published,
    silent: (on) => {
      muted = on;
    },
    connections: () => count,
    cut: (client) => {
      for (const socket of sockets) if (client === undefined || clients.get(client) === socket) socket.destroy();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
    },
  };
}
