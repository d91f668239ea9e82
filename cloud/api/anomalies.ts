import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import { AnomaliesAnswer, AnomaliesQuery } from "../../shared/domain/api-events.ts";
import { RigId } from "../../shared/domain/id.ts";
import type { History } from "../archive/history.ts";
import type { Questions } from "../archive/questions.ts";
import { type Api, bearer, json, refusals } from "./answers.ts";
import { askedRigs } from "./asked-rigs.ts";
import { pageOf } from "./page.ts";

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

export function anomalies(app: Api, history: Pick<History, "rigs">, questions: Pick<Questions, "anomalies">): void {
  const page = async (rigs: readonly RigId[], query: Omit<z.output<typeof AnomaliesQuery>, "rig_id">) => {
    const to = Date.now();
    const from = to - query.hours * 3_600_000;
    const all = await Promise.all(rigs.map((rig) => questions.anomalies(rig, from, to)));
    return pageOf(
      all.flat().sort((a, b) => b.from - a.from),
      query.limit,
      query.cursor,
    );
  };
  app.openapi(all, async (c) => {
    const query = c.req.valid("query");
    return c.json(await page(await askedRigs(c, history, query.rig_id), query), 200);
  });
  app.openapi(ofRig, async (c) => c.json(await page([c.req.valid("param").rig_id], c.req.valid("query")), 200));
}
