import { createRoute } from "@hono/zod-openapi";
import { RealtimeAnswer, RealtimeQuery } from "../../shared/domain/api-history.ts";
import { latestReading } from "../../shared/domain/columns.ts";
import { type Api, bearer, json, refusals } from "./answers.ts";
import { granted, whoOf } from "./guard.ts";
import type { Past } from "./past.ts";

const route = createRoute({
  method: "get",
  path: "/api/v1/sensor-data/realtime",
  summary: "The latest reading of each tag, newest first, with quality and age",
  security: bearer,
  request: { query: RealtimeQuery },
  responses: { 200: json(RealtimeAnswer, "latest readings"), ...refusals },
});

export function realtime(app: Api, past: Past): void {
  app.openapi(route, (c) => {
    const { rig_id, limit } = c.req.valid("query");
    const now = Date.now();
    const rigs = rig_id === undefined ? granted(whoOf(c), past.rigs()) : [rig_id];
    const data = rigs
      .flatMap((rig) => latestOf(past, rig, now))
      .sort((a, b) => b.at - a.at)
      .slice(0, limit);
    return c.json({ success: true as const, count: data.length, data, timestamp: new Date(now).toISOString() }, 200);
  });
}

/** The latest readings of a rig. */
export function latestOf(past: Past, rig: string, now: number) {
  const { tags, block } = past.latest(rig);
  return Array.from({ length: block.length }, (_, i) => {
    const tag = tags[block.tag[i] ?? -1];
    return tag === undefined ? [] : latestReading(rig, tag, block, i, now);
  }).flat();
}
