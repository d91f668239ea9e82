import { createRoute } from "@hono/zod-openapi";
import { getCookie, setCookie } from "hono/cookie";
import { ErrorBody, LoginBody, Session } from "../../shared/domain/api.ts";
import { knownDeviceS } from "../../shared/node/http/devices.ts";
import { fieldErrors, HttpError, tooMany, unprocessable } from "../../shared/node/http/errors.ts";
import type { Auth } from "../auth/auth.ts";
import { type Api, json, refusals } from "./answers.ts";
import { sourceOf } from "./guard.ts";
import { cookieAttributes, isBrowser, sessionAnswer } from "./refresh-cookie.ts";

const content = {
  "application/json": { schema: LoginBody },
  "application/x-www-form-urlencoded": { schema: LoginBody },
};
const route = createRoute({
  method: "post",
  path: "/api/v1/auth/login",
  summary: "Sign in, by JSON or form",
  request: { body: { content } },
  responses: { 200: json(Session, "signed in"), 429: json(ErrorBody, "too many misses from there"), ...refusals },
});

/** Says the same, in the same time, for an unknown name and a wrong password. */
export function login(app: Api, auth: Auth): void {
  app.openapi(route, async (c) => {
    const form = c.req.header("content-type")?.startsWith("application/x-www-form-urlencoded");
    // Parsed once more: a request without a content type has passed unseen.
    const body = LoginBody.safeParse(form ? c.req.valid("form") : c.req.valid("json"));
    if (!body.success) throw unprocessable(fieldErrors(body.error));
    const { username, password } = body.data;
    const { devices } = auth;
    const device = devices.deviceOf(username, getCookie(c, devices.cookieOf(username)));
    const grant = await auth.login(username, password, sourceOf(c), device);
    if (grant === "refused")
      throw new HttpError(401, "UNAUTHORIZED", "name or password is wrong", undefined, {
        "www-authenticate": "Bearer",
      });
    if ("waitS" in grant) throw tooMany(grant.waitS);
    const session = sessionAnswer(c, grant, false);
    if (device === null && isBrowser(c))
      setCookie(c, devices.cookieOf(username), devices.make(username), {
        ...cookieAttributes(c),
        maxAge: knownDeviceS,
      });
    return c.json(session, 200);
  });
}
