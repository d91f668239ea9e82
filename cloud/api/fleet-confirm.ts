import { createRoute } from "@hono/zod-openapi";
import { Done } from "../../shared/domain/api.ts";
import type { Log } from "../../shared/node/log.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { type Api, bearer, json, refusals } from "./answers.ts";
import { whoOf } from "./guard.ts";

const route = createRoute({
  method: "post",
  path: "/api/v1/fleet/confirm",
  summary: "Answer for the keys in fleet.db after it was missing or damaged: what rigs send lands again",
  security: bearer,
  responses: { 200: json(Done, "confirmed, or there was nothing to confirm"), ...refusals },
});

export function fleetConfirm(app: Api, fleet: Pick<Fleet, "confirm" | "unconfirmed">, log: Log): void {
  app.openapi(route, (c) => {
    const why = fleet.unconfirmed();
    fleet.confirm();
    log.warn({ why, by: whoOf(c).username, trace_id: c.var.trace }, "fleet: confirmed by an admin");
    const message = why === null ? "there was nothing to confirm" : "what rigs send lands again";
    return c.json({ success: true as const, message }, 200);
  });
}
