import { randomBytes } from "node:crypto";
import type { HttpBindings } from "@hono/node-server";
import type { Context, MiddlewareHandler } from "hono";
import { getCookie } from "hono/cookie";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { HmiPerson } from "../../shared/domain/hmi.ts";
import type { Sessions } from "./sessions.ts";
import { isLoopback, isOwnHost, isOwnOrigin, ownNames } from "./stations.ts";

export const COOKIE = "hmi_session";
/** A page of another site cannot set a header of its own without asking first, and it would be refused. */
export const ACT_HEADER = "x-idrill-act";

export interface Variables {
  trace: string;
  station: string;
  person: HmiPerson | null;
}

/** The one shape of an error: what to do about it, where it was and the trace under which the log has more. */
export function jsonError(c: Context, status: ContentfulStatusCode, message: string, field?: string): Response {
  const trace: unknown = c.get("trace");
  return c.json({ error: { message, trace, ...(field === undefined ? {} : { field }) } }, status);
}

/**
 * What every request passes: a paired station (the box itself), a Host that is ours (against DNS rebinding), a fitting Origin,
 * and for anything but reading the custom header. Sets who is signed in and the headers of every answer.
 */
export function guard({
  host,
  sessions,
}: {
  host: string;
  sessions: Sessions;
}): MiddlewareHandler<{ Bindings: HttpBindings; Variables: Variables }> {
  const names = ownNames(host);
  return async (c, next) => {
    c.set("trace", randomBytes(8).toString("hex"));
    for (const [name, value] of headers) c.header(name, value);
    const peer = c.env.incoming.socket.remoteAddress;
    const named = c.req.header("host");
    if (!isLoopback(peer)) return jsonError(c, 403, "This station is not paired with the rig box.");
    if (!isOwnHost(named, names)) return jsonError(c, 421, "The rig box does not go by this name.");
    if (!isOwnOrigin(c.req.header("origin"), named ?? ""))
      return jsonError(c, 403, "This page is not the rig box's own.");
    const reads = c.req.method === "GET" || c.req.method === "HEAD";
    if (!reads && c.req.header(ACT_HEADER) !== "1") return jsonError(c, 403, `The header ${ACT_HEADER} is missing.`);
    c.set("station", "rig box");
    c.set("person", sessions.personOf(getCookie(c, COOKIE)));
    return next();
  };
}

const headers = Object.entries({
  "Content-Security-Policy":
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
});
