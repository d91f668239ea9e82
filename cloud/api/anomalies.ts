import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import { AnomaliesAnswer, AnomaliesQuery } from "../../shared/domain/api-history.ts";
import { RigId } from "../../shared/domain/id.ts";
import { anomalySpans } from "./anomaly-spans.ts";
import { type Api, bearer, json, refusals } from "./answers.ts";
import { pageOf } from "./cursor.ts";
import { granted, whoOf } from "./guard.ts";
import type { Past } from "./past.ts";

const responses = { 200: json(AnomaliesAnswer, "spans above the threshold, newest first"), ...refusals };
const all = createRoute({
  method: "get",
  path: "/api/v1/anomalies",
  summary: "When models' scores stood above their threshold, and what contributed",
  security: bearer,
  request: { query: AnomaliesQuery },
  responses,
});
const ofRig = createRoute({
  method: "get",
  path: "/api/v1/predictions/anomaly-detection/{rig_id}",
  summary: "The same of one rig, under the original's path",
  security: bearer,
  request: { params: z.object({ rig_id: RigId }), query: AnomaliesQuery.omit({ rig_id: true }) },
  responses,
});

export function anomalies(app: Api, past: Past): void {
  const page = (rigs: readonly RigId[], query: z.output<typeof AnomaliesQuery>) => {
    const to = Date.now();
    const from = to - query.hours * 3_600_000;
    const rows = rigs.flatMap((rig) => anomalySpans(past, rig, from, to)).sort((a, b) => b.from - a.from);
    return pageOf(rows, query.limit, query.cursor);
  };
  app.openapi(all, (c) => {
    const query = c.req.valid("query");
    const rigs = query.rig_id === undefined ? granted(whoOf(c), past.rigs()) : [query.rig_id];
    return c.json(page(rigs, query), 200);
  });
  app.openapi(ofRig, (c) => c.json(page([c.req.valid("param").rig_id], c.req.valid("query")), 200));
}
