import { Hono } from "hono";
import { z } from "zod";
import type { HmiHistory } from "../../shared/domain/hmi.ts";
import { Id } from "../../shared/domain/id.ts";
import { fieldErrors, forbidden, HttpError, unprocessable } from "../../shared/node/http/errors.ts";
import { isLoopback } from "../../shared/node/http/origin.ts";
import { type Changes, cursorOf } from "./changes.ts";
import type { Feed } from "./events.ts";
import type { HmiEnv } from "./guard.ts";
import { healthOf } from "./health.ts";
import { trackOf } from "./history.ts";
import type { RigView } from "./rig-view.ts";
import { watchedOf } from "./watched.ts";

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

/** What a paired station may see without anybody signed in. */
export function readRoutes({ daemon, changes, feed }: { daemon: RigView; changes: Changes; feed: Feed }): Hono<HmiEnv> {
  const app = new Hono<HmiEnv>();
  const watched = watchedOf(daemon);
  app.get("/health", (c) => c.json(healthOf(daemon, feed)));
  app.get("/metrics", async (c) => {
    if (!isLoopback(c.env.incoming.socket.remoteAddress)) throw forbidden("Only this box itself may ask.");
    // Loaded by the first question: a rig that nobody watches has no use for it.
    const { metricsOf } = await import("./metrics.ts");
    const { text, contentType } = await metricsOf(daemon, watched);
    return c.body(text, 200, { "Content-Type": contentType });
  });
  app.get("/api/v1/hmi/snapshot", (c) => {
    changes.look();
    return c.json(changes.snapshot());
  });
  app.get("/api/v1/hmi/me", (c) => c.json({ person: c.get("person") }));
  app.get("/api/v1/hmi/events", (c) => {
    const after = cursorOf(c.req.header("last-event-id") ?? c.req.query("after"));
    const stream = feed.open(after, c.env.incoming.socket.remoteAddress ?? "unknown");
    if (stream === null)
      throw new HttpError(503, "SERVICE_UNAVAILABLE", "Too many screens are open.", undefined, { "retry-after": "10" });
    return c.body(stream, 200, { "Content-Type": "text/event-stream" });
  });
  app.get("/api/v1/hmi/history", async (c) => {
    const query = fitting(HistoryQuery, c.req.query());
    const { tags, from, to, points } = query;
    const found = await daemon.readings(tags, from, to);
    const history: HmiHistory = { from, to, tracks: found.map((readings) => trackOf(readings, from, to, points)) };
    return c.json(history);
  });
  app.get("/api/v1/hmi/coverage", async (c) => {
    const query = fitting(Span, c.req.query());
    return c.json(await daemon.coverage(query.from, query.to));
  });
  app.get("/api/v1/hmi/alarms/history", async (c) => {
    const query = fitting(Span, c.req.query());
    return c.json({ changes: await daemon.alarmHistory(query.from, query.to) });
  });
  return app;
}

/** 422 with the fields at fault and what is allowed. */
function fitting<T extends z.ZodType>(schema: T, asked: Record<string, string>): z.output<T> {
  const query = schema.safeParse(asked);
  if (!query.success) throw unprocessable(fieldErrors(query.error));
  return query.data;
}
