import type { IncomingMessage, Server } from "node:http";
import type { Socket } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { WebSocketServer } from "ws";
import { listenBounded, slownessBounds } from "../../shared/node/http/listen.ts";
import type { Api } from "./answers.ts";

/** The server; `stop` lets requests under way end, for a while, and closes the rest. */
export type ApiServer = Server & { stop(): Promise<void> };

type Options = Parameters<typeof createAdaptorServer>[0];

/** No message of a client's is longer. */
const longestMessage = 16 * 1024;
/** Many people may come from one address; no more than this, and none takes all. */
const mostSockets = { each: 500, all: 2_000 };
const graceMs = 3_000;
/** From a request for a WebSocket until it is open, or refused and gone: the server's own time limits end where an upgrade begins. */
const upgradeMs = 5_000;

/** Serves routes and sockets. Rejects when the port is taken. */
export async function serveApp(app: Api, where: { port: number; host: string }): Promise<ApiServer> {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: longestMessage, perMessageDeflate: false });
  // The same thing to both packages, whose types disagree about optional fields.
  const upgrading = sockets as unknown as NonNullable<Options["websocket"]>["server"];
  const server = createAdaptorServer({
    fetch: app.fetch,
    websocket: { server: upgrading },
    serverOptions: { ...slownessBounds, shouldUpgradeCallback: upgradesOf(sockets) },
  }) as Server;
  await listenBounded(server, where, mostSockets);
  return Object.assign(server, {
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets.clients) socket.close(1001);
      const cut = setTimeout(() => {
        for (const socket of sockets.clients) socket.terminate();
        server.closeAllConnections();
      }, graceMs);
      server.closeIdleConnections();
      await closed;
      clearTimeout(cut);
    },
  });
}

/**
 * Whether a request becomes a WebSocket; any other `Upgrade` is ignored and the request answered as it is. No socket stays long between the
 * two: one that is refused ends once its answer is out, one that nobody takes is cut. (A listener of "upgrade" of our own would keep the library
 * from answering what it refuses.)
 */
function upgradesOf(sockets: WebSocketServer): (request: IncomingMessage) => boolean {
  const opened = new WeakMap<Socket, () => void>();
  sockets.on("connection", (_, { socket }) => opened.get(socket)?.());
  return ({ headers, socket }) => {
    if (headers.upgrade?.toLowerCase() !== "websocket") return false;
    const late = setTimeout(() => socket.destroy(), upgradeMs);
    // What the peer still says is not looked at, but its end is.
    const drain = () => void socket.resume();
    const done = () => {
      clearTimeout(late);
      socket.off("finish", drain);
    };
    opened.set(socket, done);
    socket.once("finish", drain);
    socket.once("close", done);
    return true;
  };
}
