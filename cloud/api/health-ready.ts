import { createRoute } from "@hono/zod-openapi";
import { Done, ErrorBody } from "../../shared/domain/api.ts";
import { HttpError } from "../../shared/node/http/errors.ts";
import { type Api, json } from "./answers.ts";
import type { Probes } from "./probes.ts";

const route = createRoute({
  method: "get",
  path: "/api/v1/health/ready",
  summary: "Whether requests can be served",
  responses: { 200: json(Done, "ready"), 503: json(ErrorBody, "not ready; failing checks by name") },
});

export function healthReady(app: Api, probes: Probes): void {
  app.openapi(route, async (c) => {
    const failing = (await probes.run()).filter(({ needed, status }) => needed && status === "unhealthy");
    if (failing.length === 0) return c.json({ success: true as const, message: "ready" }, 200);
    const names = failing.map(({ name }) => name);
    throw new HttpError(503, "SERVICE_UNAVAILABLE", "not ready", { failing: names }, { "retry-after": "5" });
  });
}
