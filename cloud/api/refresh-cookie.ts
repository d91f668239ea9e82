import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { Session } from "../../shared/domain/api.ts";
import { type Grant, refreshIdleS } from "../auth/auth.ts";
import type { ApiEnv } from "./guard.ts";
import { personOf } from "./person.ts";

const name = "idrill_refresh";
const path = "/api/v1/auth";

/** The refresh token that came with a request: a program's in the body, a browser's in the cookie. */
export function refreshTokenOf(c: Context<ApiEnv>, inBody: string | undefined): string | undefined {
  return inBody ?? getCookie(c, name);
}

/** The answer to a sign-in or refresh. A browser (it names its Origin) gets the refresh token out of reach of scripts. */
export function sessionAnswer(c: Context<ApiEnv>, grant: Grant, askedInBody: boolean): Session {
  const session: Session = {
    success: true,
    access_token: grant.accessToken,
    token_type: "Bearer",
    expires_in: grant.expiresInS,
    user: personOf(grant.identity),
  };
  if (askedInBody || !isBrowser(c)) return { ...session, refresh_token: grant.refreshToken };
  setCookie(c, name, grant.refreshToken, { ...cookieAttributes(c), maxAge: refreshIdleS });
  return session;
}

/** Programs name no origin, and keep what they get themselves. */
export function isBrowser(c: Context<ApiEnv>): boolean {
  return c.req.header("origin") !== undefined;
}

export function dropCookie(c: Context<ApiEnv>): void {
  deleteCookie(c, name, cookieAttributes(c));
}

/** Out of reach of scripts and other sites. */
export function cookieAttributes(c: Context<ApiEnv>) {
  return { path, httpOnly: true, sameSite: "Strict", secure: new URL(c.req.url).protocol === "https:" } as const;
}
