import { createRoute } from "@hono/zod-openapi";
import { HealthAnswer } from "../../shared/domain/api.ts";
import { type Api, json } from "./answers.ts";
import { overall, type Probes } from "./probes.ts";

const answers = { 200: json(HealthAnswer, "healthy or degraded"), 503: json(HealthAnswer, "unhealthy") };
const atRoot = createRoute({ method: "get", path: "/health", summary: "Bare state", responses: answers });
const underApi = createRoute({ method: "get", path: "/api/v1/health", summary: "Bare state", responses: answers });

/** `GET /health` and `GET /api/v1/health/`: one word, from real probes, without internals. */
export function health(app: Api, probes: Probes): void {
  const state = async () => {
    const status = overall(await probes.run());
    return { success: true as const, status, timestamp: new Date().toISOString() };
  };
  app.openapi(atRoot, async (c) => {
    const body = await state();
    return body.status === "unhealthy" ? c.json(body, 503) : c.json(body, 200);
  });
  app.openapi(underApi, async (c) => {
    const body = await state();
    return body.status === "unhealthy" ? c.json(body, 503) : c.json(body, 200);
  });
}
