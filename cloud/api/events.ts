import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import { EventsAnswer, EventsQuery } from "../../shared/domain/api-history.ts";
import { RigId } from "../../shared/domain/id.ts";
import { type Api, bearer, json, refusals } from "./answers.ts";
import type { Past } from "./past.ts";
import { timeSpan } from "./time-span.ts";

const route = createRoute({
  method: "get",
  path: "/api/v1/rigs/{rig_id}/events",
  summary: "What happened at a rig, newest first",
  security: bearer,
  request: { params: z.object({ rig_id: RigId }), query: EventsQuery },
  responses: { 200: json(EventsAnswer, "events by receive time at the rig"), ...refusals },
});

export function events(app: Api, past: Past): void {
  app.openapi(route, (c) => {
    const rig = c.req.valid("param").rig_id;
    const { type, limit, cursor, ...asked } = c.req.valid("query");
    const { start, end } = timeSpan(asked, Date.now());
    const { rows, next } = past.events(rig, { type, from: start, to: end, limit, after: cursor });
    return c.json({ success: true as const, count: rows.length, data: rows, next }, 200);
  });
}
