import { createRoute } from "@hono/zod-openapi";
import { AlarmsAnswer, AlarmsQuery } from "../../shared/domain/api-events.ts";
import type { History } from "../archive/history.ts";
import type { Contacts } from "../live/contacts.ts";
import { type Api, bearer, json, refusals } from "./answers.ts";
import { askedRigs } from "./asked-rigs.ts";
import { pageOf } from "./page.ts";
import { alarmsOf, worstFirst } from "./rig-summary.ts";

const route = createRoute({
  method: "get",
  path: "/api/v1/alarms",
  summary: "Alarms that are not normal, worst first",
  security: bearer,
  request: { query: AlarmsQuery },
  responses: { 200: json(AlarmsAnswer, "one row an alarm, and whether its rig reports"), ...refusals },
});

export function alarms(app: Api, history: History, contacts: Contacts): void {
  app.openapi(route, async (c) => {
    const { rig_id, priority, limit, cursor } = c.req.valid("query");
    const now = Date.now();
    const rigs = await askedRigs(c, history, rig_id);
    const all = await Promise.all(rigs.map((rig) => rowsOf(history, contacts, rig, now)));
    const rows = all
      .flat()
      .filter(({ state }) => priority === undefined || state.priority === priority)
      .sort((a, b) => worstFirst(a.state, b.state));
    return c.json(pageOf(rows, limit, cursor), 200);
  });
}

async function rowsOf(history: History, contacts: Contacts, rig: string, now: number) {
  const [facts, alarms] = await Promise.all([history.rig(rig), alarmsOf(history, rig)]);
  const { online, connected, seenAt } = contacts.of(rig, facts, now);
  return alarms.map((state) => ({ rig, state, current: online || connected, knownAt: seenAt }));
}
