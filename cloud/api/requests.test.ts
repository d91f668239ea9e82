import { afterAll, beforeAll, expect, test } from "vitest";
import { ErrorBody } from "../../shared/domain/api.ts";
import { RequestAnswer, RequestsAnswer } from "../../shared/domain/api-requests.ts";
import { openOffice } from "../../test/support/api-office.ts";
import { smallHistory } from "../../test/support/small-history.ts";
import { minuteAndAHalf, tags } from "../../test/support/small-rig.ts";

const now = Date.now();
const iso = (at: number) => new Date(at).toISOString();
let office: Awaited<ReturnType<typeof openOffice>>;
const tokens: Record<string, string> = {};
beforeAll(async () => {
  const rig = { tags, readings: minuteAndAHalf(now - 3_600_000) };
  office = await openOffice({ history: smallHistory({ "rig-1": rig, "rig-2": rig }) });
  for (const role of ["viewer", "engineer"] as const) tokens[role] = await office.signIn(role, ["rig-1", "rig-2"]);
});
afterAll(() => office.close());

const call = (method: string, path: string, body?: unknown, role = "engineer") =>
  office.app.request(`/api/v1/rigs/${path}`, {
    method,
    headers: { authorization: `Bearer ${tokens[role]}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const asked = async (body: unknown, rig = "rig-1") => {
  const answer = await call("POST", `${rig}/requests`, body);
  expect(answer.status).toBe(200);
  return RequestAnswer.parse(await answer.json()).data;
};
const rows = async (rig = "rig-1") => RequestsAnswer.parse(await (await call("GET", `${rig}/requests`)).json()).data;
const span = { what: "span", start: iso(now - 7_200_000), end: iso(now - 3_600_000) };
const said = { type: "request", why: null, frames: 3_600, bytes: 0 } as const;

test("a span is asked, told, arriving and done, each as soon as it is known, with who asked", async () => {
  const made = await asked({ ...span, repair: true });
  expect(made).toMatchObject({
    ...{ state: "asked", askedBy: "engineer-1", toldAt: null, maxBytes: 5_000_000, spentBytes: 0 },
    wanted: { what: "span", start: now - 7_200_000, end: now - 3_600_000, repair: true },
  });
  const { request } = made;
  office.fleet.toldRequests([request], now + 1);
  expect((await rows())[0]).toMatchObject({ request, state: "told", toldAt: now + 1 });
  office.fleet.heardRequest("rig-1", { ...said, request, state: "taken", bytes: 500 }, now + 2);
  expect((await rows())[0]).toMatchObject({ state: "arriving", frames: 3_600, spentBytes: 500, heardAt: now + 2 });
  office.fleet.heardRequest("rig-1", { ...said, request, state: "done", bytes: 900 }, now + 3);
  // What an earlier run said lands later.
  office.fleet.heardRequest("rig-1", { ...said, request, state: "taken", bytes: 400 }, now + 4);
  expect((await rows())[0]).toMatchObject({ state: "done", spentBytes: 900, why: null });
});

test("what is refused says why, and what the rig says of another rig's request changes nothing", async () => {
  const { request } = await asked(span);
  office.fleet.heardRequest("rig-2", { ...said, request, state: "done" });
  expect((await rows())[0]).toMatchObject({ state: "asked" });
  office.fleet.heardRequest("rig-1", { ...said, request, state: "refused", why: "its bytes are used up" });
  expect((await rows())[0]).toMatchObject({ state: "refused", why: "its bytes are used up" });
});

test("tags are asked for by name or id; an unknown one is told by its name", async () => {
  const [first, second] = tags;
  const made = await asked({ what: "tags", tags: [first?.name, second?.id], forMinutes: 5 });
  expect(made.wanted).toEqual({ what: "tags", tags: [first?.id, second?.id] });
  expect(made.endsAt - made.askedAt).toBe(300_000);
  const answer = await call("POST", "rig-1/requests", { what: "tags", tags: ["no such tag"] });
  expect(answer.status).toBe(422);
  expect(JSON.stringify(ErrorBody.parse(await answer.json()))).toContain("no such tag");
});

test("a span ends now at the latest; one that is no span, too long or to come is refused", async () => {
  const made = await asked({ ...span, end: iso(now + 86_400_000) });
  expect(made.wanted).toMatchObject({ end: made.askedAt });
  const wrong = [
    { ...span, end: span.start },
    { ...span, start: iso(now + 60_000), end: iso(now + 120_000) },
    { ...span, start: iso(now - 8 * 86_400_000) },
    { ...span, maxBytes: 5 },
    { ...span, start: "yesterday" },
    { what: "everything" },
  ];
  for (const body of wrong) {
    const { status } = await call("POST", "rig-1/requests", body);
    expect([body, status === 400 || status === 422]).toEqual([body, true]);
  }
});

test("a viewer sees what was asked and asks nothing; what is withdrawn is asked no more, once", async () => {
  const { request } = await asked(span, "rig-2");
  expect((await call("POST", "rig-2/requests", span, "viewer")).status).toBe(403);
  expect((await call("DELETE", `rig-2/requests/${request}`, undefined, "viewer")).status).toBe(403);
  expect((await call("GET", "rig-2/requests", undefined, "viewer")).status).toBe(200);
  expect((await call("DELETE", `rig-1/requests/${request}`)).status).toBe(404);
  expect((await call("DELETE", `rig-2/requests/${request}`)).status).toBe(200);
  expect((await rows("rig-2"))[0]).toMatchObject({ request, state: "withdrawn" });
  expect((await call("DELETE", `rig-2/requests/${request}`)).status).toBe(404);
});

test("after its time it has expired, and a rig is asked for no more than one list tells", async () => {
  const wanted = { what: "span", start: 1, end: 2, repair: false } as const;
  office.fleet.askRig({ rig: "rig-2", wanted, maxBytes: 1, endsAt: now - 1, by: "test" });
  expect((await rows("rig-2"))[0]).toMatchObject({ state: "expired" });
  for (let i = 0; i < 32; i++) await asked(span, "rig-2");
  expect((await call("POST", "rig-2/requests", span)).status).toBe(409);
});
