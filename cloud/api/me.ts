import { createRoute } from "@hono/zod-openapi";
import { MeAnswer } from "../../shared/domain/api.ts";
import { type Api, bearer, json, refusals } from "./answers.ts";
import { whoOf } from "./guard.ts";
import { personOf } from "./person.ts";

const route = createRoute({
  method: "get",
  path: "/api/v1/auth/me",
  summary: "Who is signed in",
  security: bearer,
  responses: { 200: json(MeAnswer, "the person as the database has them now"), ...refusals },
});

export function me(app: Api): void {
  app.openapi(route, (c) => c.json({ success: true as const, data: personOf(whoOf(c)) }, 200));
}
