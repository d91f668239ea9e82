import { afterEach, beforeEach, expect, test } from "vitest";
import { ClaimAnswer, ErrorBody, MeAnswer, Session } from "../../shared/domain/api.ts";
import { newSigningKey } from "../../shared/node/signing.ts";
import { openOffice, password } from "../../test/support/api-office.ts";
import { smallHistory } from "../../test/support/small-history.ts";

let office: Awaited<ReturnType<typeof openOffice>>;
beforeEach(async () => {
  office = await openOffice({ history: smallHistory({}), rigs: ["rig-1"] });
  await office.auth.createUser({ username: "kim", password, role: "operator", rigs: ["rig-1"] });
});
afterEach(() => office.close());

const own = { origin: "http://office:8080", host: "office:8080" };
const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  office.app.request(`http://office:8080/api/v1${path}`, {
    method: "POST",
    headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const cookieOf = (answer: Response) => answer.headers.get("set-cookie")?.split(";")[0] ?? "";

test("a browser gets its refresh token in a cookie out of reach of scripts, and uses it", async () => {
  const answer = await post("/auth/login", { username: "kim", password }, own);
  const session = Session.parse(await answer.json());
  expect(session.user).toEqual({ username: "kim", role: "operator", rigs: ["rig-1"] });
  expect(session.refresh_token).toBeUndefined();
  expect(answer.headers.get("set-cookie")).toMatch(/^idrill_refresh=[\w-]{43}; .*HttpOnly.*SameSite=Strict/);
  const again = await post("/auth/refresh", undefined, { ...own, cookie: cookieOf(answer) });
  expect(again.status).toBe(200);
  expect(cookieOf(again)).not.toBe(cookieOf(answer));
  const me = await office.app.request("/api/v1/auth/me", {
    headers: { authorization: `Bearer ${session.access_token}` },
  });
  expect(MeAnswer.parse(await me.json()).data.username).toBe("kim");
  const out = await post("/auth/logout", undefined, { ...own, cookie: cookieOf(again) });
  expect([out.status, out.headers.get("set-cookie")]).toEqual([200, expect.stringContaining("Max-Age=0")]);
  expect((await post("/auth/refresh", undefined, { ...own, cookie: cookieOf(again) })).status).toBe(401);
});

test("a program signs in by form or JSON and refreshes by body", async () => {
  const form = await office.app.request("/api/v1/auth/login", {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ username: "kim", password }),
  });
  const first = Session.parse(await form.json());
  expect(form.headers.get("set-cookie")).toBeNull();
  const answer = await post("/auth/refresh", { refresh_token: first.refresh_token });
  expect(Session.parse(await answer.json()).refresh_token).toMatch(/^[\w-]{43}$/);
});

test("an unknown name and a wrong password get the same answer", async () => {
  const answers = await Promise.all(
    [
      { username: "kim", password: "wrong" },
      { username: "nobody", password: "wrong" },
    ].map(async (body) => {
      const answer = await post("/auth/login", body);
      return {
        status: answer.status,
        error: ErrorBody.parse(await answer.json()).error,
        headers: [...answer.headers.keys()],
      };
    }),
  );
  expect(answers[0]).toEqual(answers[1]);
  expect(answers[0]?.status).toBe(401);
});

test("guessing gets 429 with the time to wait", async () => {
  for (let i = 0; i < 5; i++) await post("/auth/login", { username: "kim", password: `guess ${i}` });
  const answer = await post("/auth/login", { username: "kim", password });
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([429, "1"]);
});

test("strangers at the same address do not lock a person out of the browser that signed in before", async () => {
  const first = await post("/auth/login", { username: "kim", password }, own);
  const cookies = first.headers.getSetCookie();
  const device = cookies.find((cookie) => cookie.startsWith("idrill_device"))?.split(";")[0] ?? "";
  expect(cookies.find((cookie) => cookie.startsWith("idrill_device"))).toMatch(/HttpOnly.*SameSite=Strict/);
  for (let i = 0; i < 12; i++) await post("/auth/login", { username: "kim", password: `guess ${i}` });
  expect((await post("/auth/login", { username: "kim", password }, own)).status).toBe(429);
  expect((await post("/auth/login", { username: "kim", password }, { ...own, cookie: device })).status).toBe(200);
  const guessed = { ...own, cookie: device.replace(/=[^.]*/, `=${"A".repeat(22)}`) };
  expect((await post("/auth/login", { username: "kim", password }, guessed)).status).toBe(429);
});

test("bodies that do not fit are refused with their fields, and say nothing back", async () => {
  const fields = async (body: unknown) => {
    const answer = await post("/auth/login", body);
    const { details } = ErrorBody.parse(await answer.json()).error;
    return [answer.status, ...(details?.errors ?? []).map(({ field }) => field)];
  };
  expect(await fields({ username: "kim" })).toEqual([422, "password"]);
  expect(await fields({ username: "kim", password, role: "admin" })).toEqual([422, "role"]);
  expect(await fields({ username: 7, password })).toEqual([422, "username"]);
  expect(await fields([])).toEqual([422, ""]);
  const unreadable = await office.app.request("/api/v1/auth/login", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{",
  });
  expect(unreadable.status).toBe(400);
  const nothing = await office.app.request("/api/v1/auth/login", { method: "POST" });
  expect(nothing.status).toBe(422);
  const large = await post("/auth/login", { username: "kim", password: "x".repeat(70_000) });
  expect(large.status).toBe(413);
  const xml = await office.app.request("/api/v1/auth/login", {
    method: "POST",
    headers: { "content-type": "text/xml" },
    body: "<a/>",
  });
  expect(xml.status).toBe(415);
});

test("a page of another origin cannot sign in, refresh or claim", async () => {
  for (const path of ["/auth/login", "/auth/refresh", "/auth/logout", "/rigs/claim"]) {
    const answer = await post(path, {}, { origin: "http://evil", host: "office:8080" });
    expect([path, answer.status]).toEqual([path, 403]);
  }
});

test("only Bearer tokens in the header count", async () => {
  const { access_token } = Session.parse(await (await post("/auth/login", { username: "kim", password })).json());
  const me = (authorization: string) => office.app.request("/api/v1/auth/me", { headers: { authorization } });
  expect((await me(`Bearer ${access_token}`)).status).toBe(200);
  for (const header of [`Basic ${access_token}`, access_token, `Bearer`, `Bearer ${access_token} x`, "Bearer ein"])
    expect([header.slice(0, 6), (await me(header)).status]).toEqual([header.slice(0, 6), 401]);
});

test("a claim token enrols one key of its rig; others with it are refused and slowed down", async () => {
  const key = newSigningKey();
  const publicKey = Buffer.from(key.publicKey).toString("base64");
  const claim = { rig: "rig-9", token: office.fleet.issueClaim("rig-9"), publicKey };
  const answer = await post("/rigs/claim", claim);
  const { brokerUser, brokerSecret, cloudKeys } = ClaimAnswer.parse(await answer.json());
  expect(office.fleet.brokerSecretOk(brokerUser, brokerSecret)).toBe(true);
  expect(office.fleet.liveKey("rig-9", key.id)).toEqual(key.publicKey);
  expect(cloudKeys).toEqual([Buffer.from(office.fleet.cloudKey().publicKey).toString("base64")]);
  const other = { ...claim, publicKey: Buffer.from(newSigningKey().publicKey).toString("base64") };
  const statuses = [];
  for (let i = 0; i < 10; i++) statuses.push((await post("/rigs/claim", other)).status);
  expect(statuses).toEqual([...Array(9).fill(401), 429]);
});

test("a claim whose key is no key, or that brings more than is asked for, does not fit", async () => {
  const token = office.fleet.issueClaim("rig-9");
  for (const change of [{ publicKey: "AAAA" }, { role: "admin" }, { rig: "../x" }, { token: "short" }]) {
    const answer = await post("/rigs/claim", { rig: "rig-9", token, publicKey: `${"A".repeat(43)}=`, ...change });
    expect([change, answer.status]).toEqual([change, 422]);
  }
});
