import { createServer, type Server, type Socket } from "node:net";
import { Aedes } from "aedes";

/** A real broker on a free port. `silent` swallows what it would send back from then on, as a dead link does. */
export interface TestBroker {
  url: string;
  aedes: Aedes;
  /** Topics and bytes that came in from clients, in order. */
  published: { topic: string; bytes: Uint8Array }[];
  silent(on: boolean): void;
  /** Connections that were made so far. */
  connections(): number;
  /** Ends every connection; new ones are taken. */
  cut(): void;
  close(): Promise<void>;
}

export async function startBroker(port = 0): Promise<TestBroker> {
  const aedes = await Aedes.createBroker();
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
  const published: TestBroker["published"] = [];
  aedes.on("publish", (packet, client) => {
    if (client !== null) published.push({ topic: packet.topic, bytes: new Uint8Array(packet.payload as Buffer) });
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
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
    },
  };
}
