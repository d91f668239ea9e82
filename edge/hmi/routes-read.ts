import type { HttpBindings } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { z } from "zod";
import type { HmiHistory } from "../../shared/domain/hmi.ts";
import { Id } from "../../shared/domain/id.ts";
import { type Changes, cursorOf } from "./changes.ts";
import type { Daemon } from "./daemon.ts";
import type { Feed } from "./events.ts";
import { jsonError, type Variables } from "./guard.ts";
import { healthOf } from "./health.ts";
import { trackOf } from "./history.ts";
import { isLoopback } from "./stations.ts";

/** Longest span that one question may ask for. */
const MOST_MS = 7 * 24 * 3_600_000;

const Span = z
  .object({ from: z.coerce.number().int(), to: z.coerce.number().int() })
  .refine(({ from, to }) => to > from && to - from <= MOST_MS, {
    path: ["to"],
    message: "after from, by at most 7 days",
  });
const HistoryQuery = z
  .object({
    from: z.coerce.number().int(),
    to: z.coerce.number().int(),
    tags: z
      .string()
      .transform((text) => text.split(","))
      .pipe(z.array(Id).min(1).max(16)),
    points: z.coerce.number().int().min(10).max(1_000).default(360),
  })
  .refine(({ from, to }) => to > from && to - from <= 24 * 3_600_000, {
    path: ["to"],
    message: "after from, by at most 24 hours",
  });

type Env = { Bindings: HttpBindings; Variables: Variables };

/** What a paired station may see without anybody signed in. */
export function readRoutes({ daemon, changes, feed }: { daemon: Daemon; changes: Changes; feed: Feed }): Hono<Env> {
  const app = new Hono<Env>();
  app.get("/health", (c) => c.json(healthOf(daemon, feed)));
  app.get("/metrics", async (c) => {
    if (!isLoopback(c.env.incoming.socket.remoteAddress)) return jsonError(c, 403, "Only this box itself may ask.");
    // Loaded by the first question: a rig that nobody watches has no use for it.
    const { metricsOf } = await import("./metrics.ts");
    const { text, contentType } = await metricsOf(daemon);
    return fresh(c).body(text, 200, { "Content-Type": contentType });
  });
  app.get("/api/v1/hmi/snapshot", (c) => {
    changes.look();
    return fresh(c).json(changes.snapshot());
  });
  app.get("/api/v1/hmi/me", (c) => fresh(c).json({ person: c.get("person") }));
  app.get("/api/v1/hmi/events", (c) => {
    const stream = feed.open(cursorOf(c.req.header("last-event-id") ?? c.req.query("after")));
    if (stream === null) return jsonError(c, 503, "Too many screens are open.");
    return c.body(stream, 200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
  });
  app.get("/api/v1/hmi/history", async (c) => {
    const query = HistoryQuery.safeParse(c.req.query());
    if (!query.success) return refuse(c, query.error);
    const { tags, from, to, points } = query.data;
    const found = await daemon.readings(tags, from, to);
    const history: HmiHistory = { from, to, tracks: found.map((readings) => trackOf(readings, from, to, points)) };
    return fresh(c).json(history);
  });
  app.get("/api/v1/hmi/coverage", async (c) => {
    const query = Span.safeParse(c.req.query());
    if (!query.success) return refuse(c, query.error);
    return fresh(c).json(await daemon.coverage(query.data.from, query.data.to));
  });
  app.get("/api/v1/hmi/alarms/history", async (c) => {
    const query = Span.safeParse(c.req.query());
    if (!query.success) return refuse(c, query.error);
    return fresh(c).json({ changes: await daemon.alarmHistory(query.data.from, query.data.to) });
  });
  return app;
}

function fresh<C extends Context>(c: C): C {
  c.header("Cache-Control", "no-store");
  return c;
}

/** 422 with the field at fault and what is allowed. */
export function refuse(c: Context, error: z.ZodError): Response {
  const issue = error.issues[0];
  return jsonError(c, 422, issue?.message ?? "does not fit", issue?.path.join("."));
}
