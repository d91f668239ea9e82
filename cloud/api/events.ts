import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import { EventsAnswer, EventsQuery } from "../../shared/domain/api-events.ts";
import { RigId } from "../../shared/domain/id.ts";
import type { EventFilter, History } from "../archive/history.ts";
import { type Api, bearer, json, refusals } from "./answers.ts";
import { notACursor } from "./page.ts";
import { timeSpan } from "./time-span.ts";

const route = createRoute({
  method: "get",
  path: "/api/v1/rigs/{rig_id}/events",
  summary: "What happened at a rig, newest first",
  security: bearer,
  request: { params: z.object({ rig_id: RigId }), query: EventsQuery },
  responses: { 200: json(EventsAnswer, "events by receive time at the rig"), ...refusals },
});

export function events(app: Api, history: History): void {
  app.openapi(route, async (c) => {
    const rig = c.req.valid("param").rig_id;
    const { type, start, end, limit, cursor } = c.req.valid("query");
    if (start !== undefined && end !== undefined) timeSpan({ start, end }, 0);
    const { rows, next } = await pageOf(history, rig, {
      limit,
      ...(type === undefined ? {} : { type }),
      ...(start === undefined ? {} : { from: start }),
      ...(end === undefined ? {} : { to: end }),
      ...(cursor === undefined ? {} : { before: cursor }),
    });
    const data = rows.map((row) => ({ rig, ...row }));
    return c.json({ success: true as const, count: data.length, data, next }, 200);
  });
}

async function pageOf(history: History, rig: RigId, filter: EventFilter) {
  try {
    return await history.events(rig, filter);
  } catch (error) {
    if (error instanceof RangeError && filter.before !== undefined) throw notACursor();
    throw error;
  }
}
