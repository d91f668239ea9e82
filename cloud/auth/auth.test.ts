import { createHmac } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { decodeJwt, decodeProtectedHeader, SignJWT } from "jose";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Auth, type Grant, openAuth } from "./auth.ts";

let folder: string;
let auth: Auth;
let now: number;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "auth-"));
  now = Date.UTC(2030, 0, 1);
  auth = openAuth(join(folder, "people.db"), () => now);
  await auth.createUser({ username: "kim", password: "crème brûlée at noon", role: "operator", rigs: ["rig-1"] });
});
afterEach(() => {
  auth.close();
  rmSync(folder, { recursive: true });
});

async function signIn(): Promise<Grant> {
  const grant = await auth.login("kim", "crème brûlée at noon", "10.0.0.1");
  if (grant === "refused" || "waitS" in grant) throw new Error("not signed in");
  return grant;
}
async function refreshed(token: string): Promise<Grant> {
  const grant = await auth.refresh(token);
  if (grant === null) throw new Error("not refreshed");
  return grant;
}

test("a person signs in and is who the database says, with the rigs granted", async () => {
  const { accessToken, identity } = await signIn();
  expect(identity).toMatchObject({ username: "kim", role: "operator", rigs: new Set(["rig-1"]) });
  expect(await auth.authenticate(accessToken)).toMatchObject({ username: "kim", role: "operator" });
});

test("both Unicode forms of a password log in; a wrong one and an unknown name are refused alike", async () => {
  expect(await auth.login("Kim", "crème brûlée at noon".normalize("NFD"), "a")).toHaveProperty("accessToken");
  expect(await auth.login("kim", "Crème brûlée at noon", "a")).toBe("refused");
  expect(await auth.login("nobody", "crème brûlée at noon", "a")).toBe("refused");
});

test("a password that differs only behind its 72nd byte is another one", async () => {
  const long = "x".repeat(72);
  await auth.createUser({ username: "long", password: `${long}a`, role: "viewer" });
  expect(await auth.login("long", `${long}b`, "a")).toBe("refused");
  expect(await auth.login("long", `${long}a`, "a")).toHaveProperty("accessToken");
});

test("passwords are kept as argon2id with at least 19 MiB and two passes", () => {
  const db = new Database(join(folder, "people.db"), { readonly: true });
  expect(db.prepare("select password from person").pluck().get()).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  db.close();
});

test("guessing makes that source wait, also with the right password, and no other", async () => {
  for (let i = 0; i < 5; i++) await auth.login("kim", `guess ${i}`, "10.0.0.9");
  expect(await auth.login("kim", "crème brûlée at noon", "10.0.0.9")).toEqual({ waitS: 1 });
  expect(await auth.login("kim", "crème brûlée at noon", "10.0.0.1")).toHaveProperty("accessToken");
});

test("a flood of tries from one address keeps nobody else waiting behind it", async () => {
  const flood = Array.from({ length: 30 }, (_, i) => auth.login(`name${i}`, "guess", "10.0.0.9"));
  const elsewhere = auth.login("kim", "crème brûlée at noon", "10.0.0.1");
  const answers = await Promise.all(flood);
  expect(answers.filter((answer) => answer === "refused")).toHaveLength(8);
  expect(answers.filter((answer) => typeof answer !== "string")).toEqual(Array(22).fill({ waitS: 1 }));
  expect(await elsewhere).toHaveProperty("accessToken");
  expect(await auth.login("name1", "guess", "10.0.0.9")).toBe("refused");
});

test("a refresh token is changed for a new one, once; using a spent one again ends the session", async () => {
  const first = await signIn();
  const second = await refreshed(first.refreshToken);
  const third = await refreshed(second.refreshToken);
  expect(await auth.authenticate(third.accessToken)).toHaveProperty("username");
  expect(await auth.refresh(first.refreshToken)).toBeNull();
  expect(await auth.refresh(third.refreshToken)).toBeNull();
  expect(await auth.authenticate(third.accessToken)).toBe("invalid");
});

test("an answer that was lost can be asked for again within ten seconds and gives the same token", async () => {
  const first = await signIn();
  const second = await refreshed(first.refreshToken);
  now += 10_000;
  expect((await refreshed(first.refreshToken)).refreshToken).toBe(second.refreshToken);
  now += 1;
  expect(await auth.refresh(first.refreshToken)).toBeNull();
  expect(await auth.refresh(second.refreshToken)).toBeNull();
});

test("twenty refreshes of one token at once leave one session with one living token", async () => {
  const first = await signIn();
  const grants = await Promise.all(Array.from({ length: 20 }, () => refreshed(first.refreshToken)));
  expect(new Set(grants.map((grant) => grant.refreshToken)).size).toBe(1);
  const db = new Database(join(folder, "people.db"), { readonly: true });
  expect(db.prepare("select count(*) from refresh where spent_at is null").pluck().get()).toBe(1);
  db.close();
});

test("signing out, an account's end and a long absence end the session", async () => {
  const one = await signIn();
  const two = await signIn();
  const three = await signIn();
  auth.logoutByToken(one.refreshToken);
  expect(await auth.authenticate(one.accessToken)).toBe("invalid");
  expect(await auth.refresh(one.refreshToken)).toBeNull();
  now += 7 * 86_400_000;
  expect(await auth.refresh(two.refreshToken)).toBeNull();
  now -= 7 * 86_400_000;
  expect(await auth.authenticate(three.accessToken)).toHaveProperty("username");
  auth.disable("kim");
  expect(await auth.authenticate(three.accessToken)).toBe("invalid");
  expect(await auth.refresh(three.refreshToken)).toBeNull();
  expect(await auth.login("kim", "crème brûlée at noon", "a")).toBe("refused");
});

test("a change of role or grants counts at the next look", async () => {
  const { accessToken } = await signIn();
  auth.setAccess("kim", "viewer", ["rig-2"]);
  expect(await auth.authenticate(accessToken)).toMatchObject({ role: "viewer", rigs: new Set(["rig-2"]) });
});

test("the database holds no token that could be used", async () => {
  const first = await signIn();
  const second = await refreshed(first.refreshToken);
  const files = ["people.db", "people.db-wal"]
    .map((file) => readFileSync(join(folder, file)).toString("latin1"))
    .join();
  for (const { accessToken, refreshToken } of [first, second]) {
    expect(files).not.toContain(refreshToken);
    expect(files).not.toContain(accessToken);
  }
});

test("the first start makes an admin with a random password or the chosen one, a second start nobody", async () => {
  const fresh = openAuth(join(folder, "fresh.db"));
  const password = await fresh.ensureAdmin(undefined);
  expect(password).toMatch(/^[\w-]{20}$/);
  expect(await fresh.login("admin", password ?? "", "a")).toMatchObject({ identity: { role: "admin", rigs: "all" } });
  expect(await fresh.ensureAdmin(undefined)).toBeNull();
  expect(await fresh.login("admin", password ?? "", "a")).toHaveProperty("accessToken");
  fresh.close();
});

test("forged, foreign and old access tokens are refused", async () => {
  const { accessToken, refreshToken } = await signIn();
  const claims = decodeJwt(accessToken);
  const header = decodeProtectedHeader(accessToken);
  const [h = "", p = "", s = ""] = accessToken.split(".");
  const db = new Database(join(folder, "people.db"), { readonly: true });
  const secret = db.prepare<[], Buffer>("select secret from token_key").pluck().get() ?? Buffer.alloc(0);
  db.close();
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const unsigned = (alg: string) => `${part({ ...header, alg })}.${p}.`;
  const mac = (head: string, body: string, key: Buffer) =>
    `${head}.${body}.${createHmac("sha256", key).update(`${head}.${body}`).digest("base64url")}`;
  const withHeader = (change: object) => mac(part({ ...header, ...change }), p, secret);
  const withClaims = (change: object) => mac(h, part({ ...claims, ...change }), secret);
  const seconds = Math.floor(now / 1_000);
  const forged = {
    none: unsigned("none"),
    None: unsigned("None"),
    nOnE: unsigned("nOnE"),
    "signed with its own key id": mac(h, p, Buffer.from(String(header.kid))),
    "no signature": `${h}.${p}.`,
    "another key": mac(h, p, Buffer.alloc(32, 7)),
    "kid of a path": withHeader({ kid: "../../dev/null" }),
    "kid of SQL": withHeader({ kid: "' or 1=1 --" }),
    "no kid": withHeader({ kid: undefined }),
    "jwk of the attacker": mac(part({ ...header, jwk: { kty: "oct", k: "AAAA" }, kid: "x" }), p, Buffer.alloc(3)),
    "unknown crit": withHeader({ crit: ["x"], x: 1 }),
    "not yet valid": withClaims({ nbf: seconds + 60 }),
    "other audience": withClaims({ aud: "idrill-hmi" }),
    "other issuer": withClaims({ iss: "else" }),
    "issued in the year 9999": withClaims({ iat: 253_370_764_800, exp: 253_370_765_000 }),
    "another type": withHeader({ typ: "JWT" }),
    "no session": withClaims({ sid: undefined }),
    "session of nobody": withClaims({ sid: "0".repeat(32) }),
    "a refresh token": refreshToken,
    "a megabyte": "a".repeat(1_000_000),
    "claims twice": mac(
      h,
      Buffer.from(`{"sid":"x",${JSON.stringify(claims).slice(1)}`).toString("base64url"),
      Buffer.alloc(32),
    ),
    "ES256 with a zero signature": `${part({ ...header, alg: "ES256" })}.${p}.${Buffer.alloc(64).toString("base64url")}`,
    "edited claims": `${h}.${part({ ...claims, sub: "admin" })}.${s}`,
    empty: "",
  };
  for (const [name, token] of Object.entries(forged))
    expect([name, await auth.authenticate(token)]).toEqual([name, "invalid"]);
  const old = await new SignJWT(claims)
    .setProtectedHeader({ ...header, alg: "HS256" })
    .setExpirationTime(seconds - 1)
    .sign(secret);
  expect(await auth.authenticate(old)).toBe("expired");
  expect(await auth.authenticate(mac(h, p, secret))).toHaveProperty("username");
});

test("a password chosen at a later start becomes the admin's and ends the admin's sessions, unless it was that already", async () => {
  const fresh = openAuth(join(folder, "fresh.db"));
  await fresh.ensureAdmin("the first one chosen");
  const signIn = async (password: string) => {
    const grant = await fresh.login("admin", password, "a");
    return grant === "refused" || "waitS" in grant ? "refused" : grant.accessToken;
  };
  const token = await signIn("the first one chosen");
  await fresh.ensureAdmin("the first one chosen");
  expect(await fresh.authenticate(token)).toHaveProperty("username");
  await fresh.ensureAdmin("another one");
  expect(await fresh.authenticate(token)).toBe("invalid");
  expect(await signIn("the first one chosen")).toBe("refused");
  expect(await signIn("another one")).not.toBe("refused");
  fresh.close();
});

test("an unknown name takes as long as a wrong password", async () => {
  const taken: Record<string, number[]> = { kim: [], nobody: [] };
  for (let i = 0; i < 12; i++) {
    for (const [name, list] of Object.entries(taken)) {
      const began = performance.now();
      await auth.login(name, "wrong", `source ${i}`);
      list.push(performance.now() - began);
    }
  }
  const [known = 0, unknown = 0] = Object.values(taken).map((list) => list.sort((a, b) => a - b)[6]);
  // A hash takes tens of milliseconds; leaving it out would show as a factor of ten and more.
  expect(unknown / known).toBeGreaterThan(0.3);
  expect(unknown / known).toBeLessThan(3);
});
