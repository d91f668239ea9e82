import type { HttpBindings } from "@hono/node-server";
import type { MiddlewareHandler } from "hono";
import { getCookie } from "hono/cookie";
import type { HmiPerson } from "../../shared/domain/hmi.ts";
import { forbidden, HttpError } from "../../shared/node/http/errors.ts";
import { isLoopback, isOwnHost, ownNames, sameOrigin } from "../../shared/node/http/origin.ts";
import type { Traced } from "../../shared/node/http/trace.ts";
import type { Sessions } from "./sessions.ts";

export const COOKIE = "hmi_session";
/** A page of another site cannot set a header of its own without asking first, and it would be refused. */
const ACT_HEADER = "x-idrill-act";

/** What every route of the rig's screen may look at. */
export interface HmiEnv {
  Bindings: HttpBindings;
  Variables: Traced["Variables"] & {
    /** Where the request comes from, for records of what people do. */
    station: string;
    person: HmiPerson | null;
  };
}

/**
 * What every request passes: a paired station (the box itself), a Host that is ours (against DNS rebinding), a fitting Origin,
 * and for anything but reading the custom header. Sets who is signed in.
 */
export function guard({ host, sessions }: { host: string; sessions: Sessions }): MiddlewareHandler<HmiEnv> {
  const names = ownNames(host);
  return async (c, next) => {
    const named = c.req.header("host");
    if (!isLoopback(c.env.incoming.socket.remoteAddress))
      throw forbidden("This station is not paired with the rig box.");
    if (!isOwnHost(named, names)) throw new HttpError(421, "FORBIDDEN", "The rig box does not go by this name.");
    if (!sameOrigin(c.req.header("origin"), named)) throw forbidden("This page is not the rig box's own.");
    const reads = c.req.method === "GET" || c.req.method === "HEAD";
    if (!reads && c.req.header(ACT_HEADER) !== "1") throw forbidden(`The header ${ACT_HEADER} is missing.`);
    c.set("station", "rig box");
    c.set("person", sessions.personOf(getCookie(c, COOKIE)));
    return next();
  };
}
