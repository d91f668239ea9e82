import { createRoute } from "@hono/zod-openapi";
import { Done, RefreshBody } from "../../shared/domain/api.ts";
import type { Auth } from "../auth/auth.ts";
import { type Api, json, refusals } from "./answers.ts";
import { dropCookie, refreshTokenOf } from "./refresh-cookie.ts";

const route = createRoute({
  method: "post",
  path: "/api/v1/auth/logout",
  summary: "End the session that the refresh token or the access token belongs to",
  request: { body: { content: { "application/json": { schema: RefreshBody } } } },
  responses: { 200: json(Done, "signed out, or was not signed in"), ...refusals },
});

export function logout(app: Api, auth: Auth): void {
  app.openapi(route, async (c) => {
    const token = refreshTokenOf(c, c.req.valid("json").refresh_token);
    if (token !== undefined) auth.logoutByToken(token);
    const access = /^Bearer (.+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
    const who = access === undefined ? "invalid" : await auth.authenticate(access);
    if (typeof who !== "string") auth.logout(who.session);
    dropCookie(c);
    return c.json({ success: true as const, message: "signed out" }, 200);
  });
}
