import { existsSync } from "node:fs";
import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { serveStatic } from "@hono/node-server/serve-static";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { answerErrors, HttpError, notFound, tooLarge } from "../../shared/node/http/errors.ts";
import { secured } from "../../shared/node/http/headers.ts";
import { listenBounded, slownessBounds } from "../../shared/node/http/listen.ts";
import { traced } from "../../shared/node/http/trace.ts";
import type { Log } from "../../shared/node/log.ts";
import { openChanges } from "./changes.ts";
import { openFeed } from "./events.ts";
import { guard, type HmiEnv } from "./guard.ts";
import type { People } from "./people.ts";
import { Refused, type RigView } from "./rig-view.ts";
import { actRoutes } from "./routes-act.ts";
import { readRoutes } from "./routes-read.ts";
import { openSessions } from "./sessions.ts";

/** A handful of screens, each with a stream and some questions. */
const mostSockets = { each: 96, all: 256 };

export interface HmiOptions {
  daemon: RigView;
  people: People;
  log: Log;
  /** Address to listen on; the box's own by default. */
  host?: string;
  /** 0 takes a free one. */
  port: number;
  /** Folder of the built page. */
  web: string;
}

export interface Hmi {
  port: number;
  /** Something that is no reading changed: alarms, link, state, fault. Readings announce themselves. */
  changed(): void;
  close(): Promise<void>;
}

/** Serves the rig's screen. Reads from memory and the journal's reader alone, so it works with the cloud gone and the configuration broken. */
export async function startHmi({ daemon, people, log, host = "127.0.0.1", port, web }: HmiOptions): Promise<Hmi> {
  const changes = openChanges(daemon);
  const feed = openFeed(changes);
  const sessions = openSessions();
  // The listener moves to the new table when a repaired configuration brings one.
  let latest = daemon.latest();
  latest?.onShow(feed.wake);
  function changed() {
    if (daemon.latest() !== latest) {
      latest = daemon.latest();
      latest?.onShow(feed.wake);
    }
    feed.wake();
  }

  const app = new Hono<HmiEnv>();
  const answer = answerErrors(log);
  app.onError((error, c) => answer(error instanceof Refused ? refusal(error) : error, c));
  app.use(traced, secured, guard({ host, sessions }));
  app.use(bodyLimit({ maxSize: 4_096, onError: tooLarge }));
  app.route("/", readRoutes({ daemon, changes, feed }));
  app.route("/api/v1/hmi", actRoutes({ daemon, people, sessions, changed }));
  app.all("/api/*", () => {
    throw notFound("route");
  });
  app.use(serveStatic({ root: web, precompressed: true, onFound: cacheForGood }));
  app.notFound(() => {
    if (existsSync(web)) throw notFound("page");
    throw new HttpError(503, "SERVICE_UNAVAILABLE", "The screen is not built: run npm run build.");
  });

  const server = createAdaptorServer({ fetch: app.fetch, serverOptions: { ...slownessBounds } }) as Server;
  const bound = await listenBounded(server, { port, host }, mostSockets);
  return {
    port: bound,
    changed,
    async close() {
      feed.close();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** 409, or 422 with the field where what was asked does not fit. */
function refusal({ message, field }: Refused): HttpError {
  if (field === undefined) return new HttpError(409, "CONFLICT", message);
  return new HttpError(422, "UNPROCESSABLE", message, { errors: [{ field, message, type: "refused" }], count: 1 });
}

/** Built assets carry their hash in the name; the page itself is asked for anew. */
function cacheForGood(path: string, c: { header(name: string, value: string): void }): void {
  c.header("Cache-Control", path.includes("/assets/") ? "public, max-age=31536000, immutable" : "no-cache");
}
