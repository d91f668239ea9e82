import { createRoute } from "@hono/zod-openapi";
import { RefreshBody, Session } from "../../shared/domain/api.ts";
import { unauthorized } from "../../shared/node/http/errors.ts";
import type { Auth } from "../auth/auth.ts";
import { type Api, json, refusals } from "./answers.ts";
import { dropCookie, refreshTokenOf, sessionAnswer } from "./refresh-cookie.ts";

const route = createRoute({
  method: "post",
  path: "/api/v1/auth/refresh",
  summary: "Change the refresh token for a new pair",
  description:
    "Each refresh token counts once; using a spent one ends the session. The one just spent may come again within 10 s.",
  request: { body: { content: { "application/json": { schema: RefreshBody } } } },
  responses: { 200: json(Session, "a new pair"), ...refusals },
});

export function refresh(app: Api, auth: Auth): void {
  app.openapi(route, async (c) => {
    const { refresh_token } = c.req.valid("json");
    const token = refreshTokenOf(c, refresh_token);
    const grant = token === undefined ? null : await auth.refresh(token);
    if (grant !== null) return c.json(sessionAnswer(c, grant, refresh_token !== undefined), 200);
    dropCookie(c);
    throw unauthorized(token === undefined ? "missing" : "refused");
  });
}
