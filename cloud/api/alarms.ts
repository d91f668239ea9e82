import { createRoute } from "@hono/zod-openapi";
import { AlarmsAnswer, AlarmsQuery } from "../../shared/domain/api-history.ts";
import { type Api, bearer, json, refusals } from "./answers.ts";
import { pageOf } from "./cursor.ts";
import { granted, whoOf } from "./guard.ts";
import type { Past } from "./past.ts";
import { silentMs, worstFirst } from "./rig-summary.ts";

const route = createRoute({
  method: "get",
  path: "/api/v1/alarms",
  summary: "Alarms that are not normal, worst first",
  security: bearer,
  request: { query: AlarmsQuery },
  responses: { 200: json(AlarmsAnswer, "one row an alarm, and whether its rig reports"), ...refusals },
});

export function alarms(app: Api, past: Past): void {
  app.openapi(route, (c) => {
    const { rig_id, priority, limit, cursor } = c.req.valid("query");
    const now = Date.now();
    const rigs = rig_id === undefined ? granted(whoOf(c), past.rigs()) : [rig_id];
    const rows = rigs
      .flatMap((rig) => {
        const { seenAt } = past.about(rig);
        const current = seenAt !== null && now - seenAt < silentMs;
        return past.alarms(rig).map((state) => ({ rig, state, current, knownAt: seenAt }));
      })
      .filter(({ state }) => priority === undefined || state.priority === priority)
      .sort((a, b) => worstFirst(a.state, b.state));
    return c.json(pageOf(rows, limit, cursor), 200);
  });
}
