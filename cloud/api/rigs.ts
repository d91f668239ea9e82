import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import { Cursor, whole } from "../../shared/domain/api.ts";
import { RigsAnswer } from "../../shared/domain/api-rigs.ts";
import type { History } from "../archive/history.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { Contacts } from "../live/contacts.ts";
import { type Api, bearer, json, refusals } from "./answers.ts";
import { granted, whoOf } from "./guard.ts";
import { pageOf } from "./page.ts";
import { rigSummary } from "./rig-summary.ts";

const route = createRoute({
  method: "get",
  path: "/api/v1/rigs",
  summary: "The rigs granted, in the order of their ids",
  security: bearer,
  request: { query: z.strictObject({ limit: whole(1, 500).default(100), cursor: Cursor.optional() }) },
  responses: { 200: json(RigsAnswer, "one row a rig"), ...refusals },
});

export function rigs(app: Api, history: History, contacts: Contacts, fleet: Pick<Fleet, "rigs">): void {
  app.openapi(route, async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const now = Date.now();
    const { data, ...page } = pageOf(granted(whoOf(c), fleet.rigs()), limit, cursor);
    const rows = await Promise.all(data.map((rig) => rigSummary(history, contacts, rig, now)));
    return c.json({ ...page, data: rows }, 200);
  });
}
