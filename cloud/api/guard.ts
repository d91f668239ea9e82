import { createHash, timingSafeEqual } from "node:crypto";
import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { matchedRoutes } from "hono/route";
import { RigId } from "../../shared/domain/id.ts";
import { type Action, may } from "../../shared/domain/roles.ts";
import { forbidden, HttpError, notFound, unauthorized } from "../../shared/node/http/errors.ts";
import { isLoopback, isOwnHost, ownNames, sameOrigin } from "../../shared/node/http/origin.ts";
import type { Traced } from "../../shared/node/http/trace.ts";
import type { Auth, SignedIn } from "../auth/auth.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { type Access, matrix } from "./matrix.ts";

/** What every route may look at. */
export interface ApiEnv {
  Bindings: Partial<HttpBindings>;
  Variables: Traced["Variables"] & {
    /** Who asks; undefined on routes that are open to anyone. */
    who: SignedIn | undefined;
  };
}

export interface GuardParts {
  auth: Auth;
  fleet: Pick<Fleet, "has">;
  /** Opens /metrics to other hosts. */
  metricsToken: string | undefined;
}

/**
 * Lets in whom the matrix lets in, and nobody else. It looks the route up by what the router is about to run, never by the path's text,
 * so no way of writing a path leads past it.
 */
export function guard(parts: GuardParts, table: Readonly<Record<string, Access>> = matrix) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const route = routeOf(c);
    if (route === undefined) throw notFound("route");
    const access = table[route];
    if (access === undefined) throw forbidden("no rule allows this route");
    const changes = c.req.method !== "GET" && c.req.method !== "HEAD";
    if ((changes || access.who === "first message") && !sameOrigin(c.req.header("origin"), c.req.header("host")))
      throw forbidden("this origin is not ours");
    await admit(c, access, parts);
    await next();
  });
}

/** The router's name of what will answer, e.g. "GET /api/v1/rigs/:rig_id"; undefined when nothing will. */
export function routeOf(c: Context<ApiEnv>): string | undefined {
  const route = matchedRoutes(c).find(({ method }) => method !== "ALL");
  return route === undefined ? undefined : `${route.method} ${route.path}`;
}

/** Where a request comes from, as the socket has it: forwarded addresses can be made up. */
export function sourceOf(c: Context<ApiEnv>): string {
  return c.env?.incoming?.socket.remoteAddress ?? "unknown";
}

/** The person who asks; 401 when there is none. */
export function whoOf(c: Context<ApiEnv>): SignedIn {
  if (c.var.who === undefined) throw unauthorized();
  return c.var.who;
}

/** Whether a person may do something on a rig; says the same of a foreign rig and of one that does not exist. */
export function maySee(who: SignedIn, rig: string, fleet: Pick<Fleet, "has">): boolean {
  return (who.rigs === "all" || who.rigs.has(rig)) && fleet.has(rig);
}

/** The rigs of a list that a person may see. */
export function granted(who: SignedIn, rigs: readonly RigId[]): RigId[] {
  const { rigs: grants } = who;
  return grants === "all" ? [...rigs] : rigs.filter((rig) => grants.has(rig));
}

/** 403 unless the role may. */
function mustBeAllowed(who: SignedIn, action: Action): void {
  if (!may(who.role, action)) throw forbidden();
}

async function admit(c: Context<ApiEnv>, access: Access, parts: GuardParts): Promise<void> {
  switch (access.who) {
    case "anyone":
    case "claim token":
    case "first message":
      return;
    case "metrics":
      return admitMetrics(c, parts.metricsToken);
    case "signed in":
      c.set("who", await signedIn(c, parts.auth));
      return;
  }
  const who = await signedIn(c, parts.auth);
  mustBeAllowed(who, access.who);
  c.set("who", who);
  const rig = access.rig === "path" ? rigInPath(c) : access.rig === "query" ? rigInQuery(c) : undefined;
  if (rig !== undefined && !maySee(who, rig, parts.fleet)) throw notFound("rig");
}

/**
 * The path's segment where the route has `:rig_id` (a handler's own parameters are not to be had before it runs). What is no rig id as it
 * stands, escapes included, is no rig; any other segment is what the handler gets.
 */
function rigInPath(c: Context<ApiEnv>): RigId {
  const place = routeOf(c)?.split("/").indexOf(":rig_id") ?? -1;
  const rig = RigId.safeParse(c.req.path.split("/")[place]);
  if (!rig.success) throw notFound("rig");
  return rig.data;
}

/** A rig named in the query; one that is no rig id at all is for the schema to refuse. */
function rigInQuery(c: Context<ApiEnv>): string | undefined {
  const named = c.req.query("rig_id");
  return RigId.safeParse(named).success ? named : undefined;
}

async function signedIn(c: Context<ApiEnv>, auth: Auth): Promise<SignedIn> {
  const header = c.req.header("authorization");
  if (header === undefined) throw unauthorized();
  const token = /^Bearer ([\w.~+/-]+=*)$/i.exec(header)?.[1];
  const who = token === undefined ? "invalid" : await auth.authenticate(token);
  if (typeof who === "string") throw unauthorized(who === "expired" ? "expired" : "refused");
  return who;
}

function admitMetrics(c: Context<ApiEnv>, token: string | undefined): void {
  const given = /^Bearer (.+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
  if (token !== undefined && given !== undefined && equal(given, token)) return;
  // A proxy on this host would make everybody loopback.
  const direct = c.req.header("x-forwarded-for") === undefined && c.req.header("forwarded") === undefined;
  if (direct && isLoopback(sourceOf(c))) {
    // A page of another name that resolves to this machine would be loopback too.
    if (isOwnHost(c.req.header("host"), ownNames("127.0.0.1"))) return;
    throw new HttpError(421, "FORBIDDEN", "This machine does not go by this name.");
  }
  throw new HttpError(401, "UNAUTHORIZED", "metrics need loopback or their credential", undefined, {
    "www-authenticate": "Bearer",
  });
}

function equal(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
