import type { HttpBindings } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { z } from "zod";
import type { HmiPerson } from "../../shared/domain/hmi.ts";
import { type Daemon, Refused } from "./daemon.ts";
import { COOKIE, jsonError, type Variables } from "./guard.ts";
import type { People } from "./people.ts";
import { refuse } from "./routes-read.ts";
import { openThrottle, type Sessions } from "./sessions.ts";

const SignIn = z.strictObject({ name: z.string().min(1).max(80), password: z.string().min(1).max(256) });

type Env = { Bindings: HttpBindings; Variables: Variables };

export interface ActOptions {
  daemon: Daemon;
  people: People;
  sessions: Sessions;
  /** Tells open screens to look again. */
  changed: () => void;
}

/** What a person does at the screen. Signing in is open to a paired station; everything else needs somebody signed in. */
export function actRoutes({ daemon, people, sessions, changed }: ActOptions): Hono<Env> {
  const app = new Hono<Env>();
  const throttle = openThrottle();

  app.post("/sign-in", async (c) => {
    const station = c.get("station");
    const wait = Math.ceil(throttle.waitOf(station) / 1_000);
    if (wait > 0) {
      c.header("Retry-After", String(wait));
      return jsonError(c, 429, `Too many tries. Wait ${wait} s.`);
    }
    const body = SignIn.safeParse(await bodyOf(c));
    if (!body.success) return refuse(c, body.error);
    // Counted before it is known, so that tries sent at once cannot slip past the count together.
    throttle.failed(station);
    const role = await people.check(body.data.name, body.data.password);
    if (role === null) return jsonError(c, 401, "Name or password is wrong.");
    throttle.succeeded(station);
    const person: HmiPerson = { name: body.data.name, role, station };
    await daemon.record(person.name, station, "signed in");
    setCookie(c, COOKIE, sessions.open(person), { httpOnly: true, sameSite: "Strict", path: "/" });
    return c.json({ person });
  });

  app.post("/sign-out", async (c) => {
    const person = c.get("person");
    sessions.close(getCookie(c, COOKIE));
    deleteCookie(c, COOKIE, { path: "/" });
    if (person !== null) await daemon.record(person.name, person.station, "signed out");
    return c.json({ person: null });
  });

  app.post("/alarms/:id/acknowledge", async (c) => {
    const person = c.get("person");
    if (person === null) return jsonError(c, 401, "Sign in to acknowledge.");
    try {
      const state = await daemon.acknowledge(c.req.param("id"), person.name, person.station);
      changed();
      return c.json({ alarm: state });
    } catch (error) {
      if (error instanceof Refused) return jsonError(c, 409, error.message);
      throw error;
    }
  });

  app.post("/recheck", async (c) => {
    await daemon.recheck();
    changed();
    return c.json({ fault: daemon.fault() });
  });
  return app;
}

async function bodyOf(c: Context): Promise<unknown> {
  try {
    return await c.req.json();
  } catch {
    return undefined;
  }
}
