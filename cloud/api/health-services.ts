import { createRoute } from "@hono/zod-openapi";
import { ServicesAnswer } from "../../shared/domain/api.ts";
import { type Api, bearer, json, refusals } from "./answers.ts";
import { overall, type Probes } from "./probes.ts";

const route = createRoute({
  method: "get",
  path: "/api/v1/health/services",
  summary: "Every dependency, asked just now",
  security: bearer,
  responses: { 200: json(ServicesAnswer, "each with its state, facts and time taken"), ...refusals },
});

export function healthServices(app: Api, probes: Probes): void {
  app.openapi(route, async (c) => {
    const data = await probes.run();
    const rows = data.map(({ name, status, message, tookMs }) => ({ name, status, message, tookMs }));
    return c.json(
      { success: true as const, status: overall(data), timestamp: new Date().toISOString(), data: rows },
      200,
    );
  });
}
