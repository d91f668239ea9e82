import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import { RigAnswer } from "../../shared/domain/api-rigs.ts";
import { rigTagOf } from "../../shared/domain/columns.ts";
import { RigId } from "../../shared/domain/id.ts";
import type { History } from "../archive/history.ts";
import type { Contacts } from "../live/contacts.ts";
import { type Api, bearer, json, refusals } from "./answers.ts";
import { latestOf } from "./latest.ts";
import { alarmsOf, rigSummary } from "./rig-summary.ts";

const route = createRoute({
  method: "get",
  path: "/api/v1/rigs/{rig_id}",
  summary: "One rig: its row, tags, latest readings and open alarms",
  security: bearer,
  request: { params: z.object({ rig_id: RigId }) },
  responses: { 200: json(RigAnswer, "the rig"), ...refusals },
});

export function rig(app: Api, history: History, contacts: Contacts): void {
  app.openapi(route, async (c) => {
    const id = c.req.valid("param").rig_id;
    const now = Date.now();
    const [summary, tags, alarms, latest] = await Promise.all([
      rigSummary(history, contacts, id, now),
      history.tags(id),
      alarmsOf(history, id),
      latestOf(history, id, now),
    ]);
    const data = { ...summary, tags: tags.map(rigTagOf), alarms, latest };
    return c.json({ success: true as const, data }, 200);
  });
}
