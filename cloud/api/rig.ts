import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import { RigAnswer } from "../../shared/domain/api-history.ts";
import { rigTagOf } from "../../shared/domain/columns.ts";
import { RigId } from "../../shared/domain/id.ts";
import { type Api, bearer, json, refusals } from "./answers.ts";
import type { Past } from "./past.ts";
import { latestOf } from "./realtime.ts";
import { rigSummary, worstFirst } from "./rig-summary.ts";

const route = createRoute({
  method: "get",
  path: "/api/v1/rigs/{rig_id}",
  summary: "One rig: its row, tags, latest readings and open alarms",
  security: bearer,
  request: { params: z.object({ rig_id: RigId }) },
  responses: { 200: json(RigAnswer, "the rig"), ...refusals },
});

export function rig(app: Api, past: Past): void {
  app.openapi(route, (c) => {
    const id = c.req.valid("param").rig_id;
    const now = Date.now();
    const data = {
      ...rigSummary(past, id, now),
      tags: past.tags(id).map(rigTagOf),
      alarms: past.alarms(id).sort(worstFirst),
      latest: latestOf(past, id, now),
    };
    return c.json({ success: true as const, data }, 200);
  });
}
