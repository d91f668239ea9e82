import { afterAll, beforeAll, expect, test } from "vitest";
import { ErrorBody } from "../../shared/domain/api.ts";
import { RigsAnswer } from "../../shared/domain/api-rigs.ts";
import { Block } from "../../shared/domain/reading.ts";
import { type Action, actions, may, type Role, roles } from "../../shared/domain/roles.ts";
import { answerErrors } from "../../shared/node/http/errors.ts";
import { traced } from "../../shared/node/http/trace.ts";
import { openLog } from "../../shared/node/log.ts";
import { openOffice } from "../../test/support/api-office.ts";
import { smallHistory } from "../../test/support/small-history.ts";
import { openRouter } from "./answers.ts";
import { guard } from "./guard.ts";
import { type Access, matrix } from "./matrix.ts";

const nothing = { tags: [], readings: new Block() };
let office: Awaited<ReturnType<typeof openOffice>>;
const tokens = new Map<Role, string>();
beforeAll(async () => {
  office = await openOffice({ history: smallHistory({ own: nothing, foreign: nothing }) });
  for (const role of roles) tokens.set(role, await office.signIn(role, ["own"]));
});
afterAll(() => office.close());

/** What the router itself would run, but for what runs before every route. */
const routes = () => [
  ...new Set(office.app.routes.filter(({ method }) => method !== "ALL").map(({ method, path }) => `${method} ${path}`)),
];
const rowOf = (route: string): Access | undefined => matrix[route];
const rowsWith = (test: (access: Access) => boolean) =>
  routes().filter((route) => {
    const row = rowOf(route);
    return row !== undefined && test(row);
  });
const needsPerson = (access: Access) => access.who === "signed in" || "rig" in access;

/** What a route must be given. */
const bodies: Record<string, unknown> = {
  "POST /api/v1/rigs/:rig_id/requests": {
    ...{ what: "span", start: "2026-01-01T00:00:00.000Z", end: "2026-01-01T01:00:00.000Z" },
  },
};

/** A fresh request of a rig. */
function asked(rig: string): string {
  if (!office.fleet.has(rig)) return "0".repeat(16);
  const wanted = { what: "span", start: 1, end: 2, repair: false } as const;
  const made = office.fleet.askRig({ rig, wanted, maxBytes: 1, endsAt: Date.now() + 60_000, by: "test" });
  return made?.request ?? "";
}

function ask(route: string, rig: string, token?: string): Promise<Response> {
  const [method = "", path = ""] = route.split(" ");
  const access = rowOf(route);
  const named = path.replace(":rig_id", rig).replace(":request_id", path.includes(":request_id") ? asked(rig) : "");
  const query = access !== undefined && "rig" in access && access.rig === "query" ? `?rig_id=${rig}` : "";
  const body = bodies[route];
  const json = body === undefined ? {} : { "content-type": "application/json" };
  const headers = { ...json, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  return Promise.resolve(office.app.request(`${named}${query}`, init));
}

test("every route of the router has its row, and every row its route", () => {
  expect(routes().sort()).toEqual(Object.keys(matrix).sort());
});

/** One route behind the guard, under a table of its own. */
function alone(table: Record<string, Access>) {
  const app = openRouter();
  app.onError(answerErrors(openLog("cloud", "silent")));
  app.use(traced, guard({ auth: office.auth, fleet: office.fleet, metricsToken: undefined }, table));
  app.get("/api/v1/extra", (c) => c.text("secret"));
  return (role: Role) => app.request("/api/v1/extra", { headers: { authorization: `Bearer ${tokens.get(role)}` } });
}

test("a route without a row is refused, whoever asks", async () => {
  const answer = await alone({})("admin");
  expect(answer.status).toBe(403);
  expect(await answer.text()).not.toContain("secret");
});

test("of every action, each role gets what the roles' table gives it and 403 for the rest", async () => {
  for (const action of Object.keys(actions) as Action[]) {
    const ask = alone({ "GET /api/v1/extra": { who: action, rig: "none" } });
    for (const role of roles) {
      expect([action, role, (await ask(role)).status]).toEqual([action, role, may(role, action) ? 200 : 403]);
    }
  }
});

test("without a sign-in, whatever needs a person answers 401", async () => {
  for (const route of rowsWith((access) => needsPerson(access) && access.who !== "first message")) {
    const answer = await ask(route, "own");
    expect([route, answer.status, answer.headers.get("www-authenticate")]).toEqual([route, 401, "Bearer"]);
  }
});

test("each role gets exactly what its row says of its own rigs; foreign rigs look like missing ones", async () => {
  let cells = 0;
  for (const role of roles) {
    const token = tokens.get(role);
    for (const route of rowsWith((access) => "rig" in access && access.who !== "first message")) {
      const access = rowOf(route);
      if (access === undefined || !("rig" in access) || access.who === "first message") continue;
      const allowed = may(role, access.who);
      const own = await ask(route, "own", token);
      expect([role, route, own.status < 300]).toEqual([role, route, allowed]);
      if (!allowed) expect(own.status).toBe(403);
      cells++;
      if (access.rig !== "path" && access.rig !== "query") continue;
      const [foreign, missing] = [await ask(route, "foreign", token), await ask(route, "missing", token)];
      const status = !allowed ? 403 : 404;
      expect([role, route, foreign.status]).toEqual([role, route, role === "admin" && allowed ? 200 : status]);
      expect([role, route, missing.status]).toEqual([role, route, status]);
      if (role !== "admin") expect(await plain(foreign)).toEqual(await plain(missing));
      cells++;
    }
  }
  expect(cells).toBeGreaterThan(roles.length * 10);
});

test("lists show the rigs granted and no other", async () => {
  const rigsOf = async (role: Role) => {
    const answer = await ask("GET /api/v1/rigs", "", tokens.get(role));
    return RigsAnswer.parse(await answer.json()).data.map(({ rig }) => rig);
  };
  expect(await rigsOf("viewer")).toEqual(["own"]);
  expect(await rigsOf("admin")).toEqual(["foreign", "own"]);
});

test("no way of writing a path leads past the guard", async () => {
  const paths = [
    "//api/v1/rigs",
    "/api//v1/rigs",
    "/api/v1/rigs/",
    "/api/v1/./rigs",
    "/api/v1/x/../rigs",
    "/API/v1/rigs",
    "/api%2Fv1%2Frigs",
    "/api/v1%2frigs",
    "/api/v1/%72igs",
    "/api/v1/rigs;x",
    "/api/v1/rigs/%6fwn",
    "/api/v1/rigs/own%2Fcoverage",
  ];
  for (const path of paths) {
    const answer = await office.app.request(path);
    expect([path, answer.status === 401 || answer.status === 404]).toEqual([path, true]);
  }
});

async function plain(answer: Response): Promise<unknown> {
  return ErrorBody.parse(await answer.json()).error;
}
