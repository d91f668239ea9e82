import { createRoute } from "@hono/zod-openapi";
import { SensorsAnswer } from "../../shared/domain/api-rigs.ts";
import { catalogue } from "../../shared/domain/catalogue.ts";
import { type Api, bearer, json, refusals } from "./answers.ts";

const route = createRoute({
  method: "get",
  path: "/api/v1/sensors",
  summary: "The sensor catalogue: units and limits before a rig says anything",
  security: bearer,
  responses: { 200: json(SensorsAnswer, "all sensors"), ...refusals },
});

export function sensors(app: Api): void {
  const data = catalogue.map((sensor) => ({ ...sensor, aliases: [...sensor.aliases] }));
  app.openapi(route, (c) => c.json({ success: true as const, count: data.length, data, next: null }, 200));
}
