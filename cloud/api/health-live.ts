import { createRoute } from "@hono/zod-openapi";
import { Done } from "../../shared/domain/api.ts";
import { type Api, json } from "./answers.ts";

const route = createRoute({
  method: "get",
  path: "/api/v1/health/live",
  summary: "Whether the process turns",
  responses: { 200: json(Done, "alive") },
});

/** Touches no dependency. */
export function healthLive(app: Api): void {
  app.openapi(route, (c) => c.json({ success: true as const, message: "alive" }, 200));
}
