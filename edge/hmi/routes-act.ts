import { type Context, Hono } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { z } from "zod";
import type { AlarmState } from "../../shared/domain/alarm.ts";
import type { HmiPerson } from "../../shared/domain/hmi.ts";
import { type Action, may } from "../../shared/domain/roles.ts";
import { LONGEST_REASON } from "../../shared/domain/shelving.ts";
import { knownDeviceS, knownDevices } from "../../shared/node/http/devices.ts";
import { fieldErrors, forbidden, HttpError, tooMany, unprocessable } from "../../shared/node/http/errors.ts";
import { signInThrottle } from "../../shared/node/http/throttle.ts";
import { COOKIE, type HmiEnv } from "./guard.ts";
import type { People } from "./people.ts";
import type { RigView } from "./rig-view.ts";
import type { Sessions } from "./sessions.ts";

/** Out of reach of scripts and other sites. */
const attributes = { httpOnly: true, sameSite: "Strict", path: "/" } as const;

const SignIn = z.strictObject({ name: z.string().min(1).max(80), password: z.string().min(1).max(256) });
/** How long and why. What a priority allows is the daemon's to say. */
const Shelve = z.strictObject({
  forMs: z.number().int().positive(),
  why: z.string().trim().min(1, "a reason is needed").max(LONGEST_REASON),
});

export interface ActOptions {
  daemon: RigView;
  people: People;
  sessions: Sessions;
  /** Tells open screens to look again. */
  changed: () => void;
}

/** What a person does at the screen. Signing in is open to a paired station; everything else needs somebody signed in. */
export function actRoutes({ daemon, people, sessions, changed }: ActOptions): Hono<HmiEnv> {
  const app = new Hono<HmiEnv>();
  const throttle = signInThrottle();
  const devices = knownDevices("hmi_device", people.secret);

  app.post("/sign-in", async (c) => {
    const body = SignIn.safeParse(await bodyOf(c));
    if (!body.success) throw unprocessable(fieldErrors(body.error));
    const { name, password } = body.data;
    const device = devices.deviceOf(name, getCookie(c, devices.cookieOf(name)));
    const one = { account: name, source: c.env.incoming.socket.remoteAddress ?? "unknown", device };
    const wait = throttle.waitS(one);
    if (wait > 0) throw tooMany(wait, `Too many tries. Wait ${wait} s.`);
    // Counted before it is known, so that tries sent at once cannot slip past the count together.
    throttle.missed(one);
    const role = await people.check(name, password);
    if (role === null) throw new HttpError(401, "UNAUTHORIZED", "Name or password is wrong.");
    throttle.succeeded(one);
    const person: HmiPerson = { name, role, station: c.get("station") };
    await daemon.record(person.name, person.station, "signed in");
    setCookie(c, COOKIE, sessions.open(person), attributes);
    if (device === null)
      setCookie(c, devices.cookieOf(name), devices.make(name), { ...attributes, maxAge: knownDeviceS });
    return c.json({ person });
  });

  app.post("/sign-out", async (c) => {
    const person = c.get("person");
    sessions.close(getCookie(c, COOKIE));
    deleteCookie(c, COOKIE, { path: "/" });
    if (person !== null) await daemon.record(person.name, person.station, "signed out");
    return c.json({ person: null });
  });

  /** An act on an alarm: only for those whose role has it, and told to all screens. */
  async function onAlarm(c: Context<HmiEnv>, action: Action, perform: (person: HmiPerson) => Promise<AlarmState>) {
    const person = c.get("person");
    if (person === null) throw new HttpError(401, "UNAUTHORIZED", "Sign in first: this needs a name.");
    if (!may(person.role, action)) throw forbidden(`Your role, ${person.role}, may not do this.`);
    const alarm = await perform(person);
    changed();
    return c.json({ alarm });
  }

  app.post("/alarms/:id/acknowledge", (c) =>
    onAlarm(c, "acknowledgeAlarm", ({ name, station }) => daemon.acknowledge(c.req.param("id"), name, station)),
  );

  app.post("/alarms/:id/shelve", async (c) => {
    const body = Shelve.safeParse(await bodyOf(c));
    if (!body.success) throw unprocessable(fieldErrors(body.error));
    return onAlarm(c, "shelveAlarm", ({ name, station }) => daemon.shelve(c.req.param("id"), body.data, name, station));
  });

  app.post("/alarms/:id/unshelve", (c) =>
    onAlarm(c, "shelveAlarm", ({ name, station }) => daemon.unshelve(c.req.param("id"), name, station)),
  );

  for (const [path, run] of [
    ["/configuration/back", daemon.goBack],
    ["/configuration/file", daemon.takeFile],
  ] as const) {
    app.post(path, async (c) => {
      const person = c.get("person");
      if (person === null) throw new HttpError(401, "UNAUTHORIZED", "Sign in to choose what runs.");
      if (!may(person.role, "chooseConfig"))
        throw new HttpError(403, "FORBIDDEN", `As ${person.role} you may not choose what runs.`);
      await run(person.name, person.station);
      changed();
      return c.json({ configuration: daemon.configuration() });
    });
  }

  app.post("/recheck", async (c) => {
    await daemon.recheck();
    changed();
    return c.json({ fault: daemon.fault(), configuration: daemon.configuration() });
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
