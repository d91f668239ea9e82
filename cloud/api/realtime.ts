import { createRoute } from "@hono/zod-openapi";
import { RealtimeAnswer, RealtimeQuery } from "../../shared/domain/api-latest.ts";
import type { History } from "../archive/history.ts";
import { type Api, bearer, json, refusals } from "./answers.ts";
import { askedRigs } from "./asked-rigs.ts";
import { latestOf } from "./latest.ts";

const route = createRoute({
  method: "get",
  path: "/api/v1/sensor-data/realtime",
  summary: "The latest reading of each tag, newest first, with quality and age",
  security: bearer,
  request: { query: RealtimeQuery },
  responses: { 200: json(RealtimeAnswer, "latest readings"), ...refusals },
});

export function realtime(app: Api, history: History): void {
  app.openapi(route, async (c) => {
    const { rig_id, limit } = c.req.valid("query");
    const now = Date.now();
    const rigs = await askedRigs(c, history, rig_id);
    const all = (await Promise.all(rigs.map((rig) => latestOf(history, rig, now)))).flat();
    const data = all.sort((a, b) => b.at - a.at).slice(0, limit);
    return c.json({ success: true as const, count: data.length, data, timestamp: new Date(now).toISOString() }, 200);
  });
}
