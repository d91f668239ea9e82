import type { Server } from "node:http";
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

/** Serves routes and sockets. Rejects when the port is taken. */
export async function serveApp(app: Api, where: { port: number; host: string }): Promise<ApiServer> {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: longestMessage, perMessageDeflate: false });
  // The same thing to both packages, whose types disagree about optional fields.
  const upgrading = sockets as unknown as NonNullable<Options["websocket"]>["server"];
  const server = createAdaptorServer({
    fetch: app.fetch,
    websocket: { server: upgrading },
    serverOptions: { ...slownessBounds },
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
