import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openFleet } from "../../cloud/fleet/fleet.ts";
import { ClaimAnswer, Session } from "../../shared/domain/api.ts";
import { newSigningKey } from "../../shared/node/signing.ts";

const root = join(import.meta.dirname, "..", "..");
let data: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "cloud-"));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(data, { recursive: true });
});

/** `cloud/main.ts` as its own process. */
function cloud(args: string[] = [], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, ["cloud/main.ts", ...args], {
    cwd: root,
    env: { ...process.env, IDRILL_DATA: data, CLOUD_PORT: "0", MQTT_PORT: "0", IDRILL_ADMIN_PASSWORD: "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  const said = { out: "", errors: "" };
  child.stdout.on("data", (chunk) => {
    said.out += String(chunk);
  });
  child.stderr.on("data", (chunk) => {
    said.errors += String(chunk);
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const port = () =>
    vi.waitFor(() => Number(/"cloud":(\d+)/.exec(said.out)?.[1] ?? expect.fail(said.errors || "not started")), 15_000);
  return { child, said, ended, port };
}

/** The folder of a cloud that has not run yet. */
function cloudFolder(): string {
  const folder = join(data, "cloud");
  mkdirSync(folder);
  return folder;
}

const post = (port: number, path: string, body: object) =>
  fetch(`http://127.0.0.1:${port}/api/v1${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

test("the first start prints a password once that signs in; SIGTERM ends it cleanly and takes the pid file along", async () => {
  const first = cloud();
  const port = await first.port();
  expect(readFileSync(join(data, "cloud.pid"), "utf8").trim()).toBe(String(first.child.pid));
  const password = await vi.waitFor(() => /password (\S+) /.exec(first.said.out)?.[1] ?? expect.fail("no password"));
  expect(Session.parse(await (await post(port, "/auth/login", { username: "admin", password })).json()).user.role).toBe(
    "admin",
  );
  first.child.kill("SIGTERM");
  expect(await first.ended).toBe(0);
  expect(first.said.errors).toBe("");
  expect(readdirSync(data)).toEqual(["cloud"]);
  for (const file of readdirSync(join(data, "cloud")))
    expect([file, statSync(join(data, "cloud", file)).mode & 0o077]).toEqual([file, 0]);
  const second = cloud();
  await second.port();
  expect(second.said.out).not.toContain("password");
  second.child.kill("SIGTERM");
  expect(await second.ended).toBe(0);
});

test("--claim prints a token beside a running cloud, and the rig is enrolled with it", async () => {
  const running = cloud();
  const port = await running.port();
  const printed = cloud(["--claim", "rig-7"]);
  expect(await printed.ended).toBe(0);
  expect(printed.said.out).toMatch(/^[\w-]{27}\n$/);
  const publicKey = Buffer.from(newSigningKey().publicKey).toString("base64");
  const claim = await post(port, "/rigs/claim", { rig: "rig-7", token: printed.said.out.trim(), publicKey });
  expect(ClaimAnswer.parse(await claim.json()).brokerUser).toBe("rig-7");
  expect(await cloud(["--claim", "../rig"]).ended).not.toBe(0);
});

test("--revoke beside a running cloud ends a key, then the rig; an unknown rig or key is told", async () => {
  const fleet = openFleet(join(cloudFolder(), "fleet.db"));
  const publicKey = newSigningKey().publicKey;
  const claimed = fleet.claim({ rig: "rig-7", token: fleet.issueClaim("rig-7"), publicKey });
  if (claimed.status !== "claimed") throw new Error("not claimed");
  const { key, brokerSecret } = claimed;
  await cloud().port();
  const unknown = cloud(["--revoke", "rig-7", "0123456789abcdef"]);
  expect(await unknown.ended).not.toBe(0);
  expect(unknown.said.errors).toContain(`live: ${key.id}`);
  expect(await cloud(["--revoke", "rig-8"]).ended).not.toBe(0);
  expect(fleet.liveKey("rig-7", key.id)).not.toBeNull();
  expect(await cloud(["--revoke", "rig-7", key.id]).ended).toBe(0);
  expect(fleet.liveKey("rig-7", key.id)).toBeNull();
  expect(fleet.brokerSecretOk("rig-7", brokerSecret)).toBe(true);
  expect(await cloud(["--revoke", "rig-7"]).ended).toBe(0);
  expect(fleet.brokerSecretOk("rig-7", brokerSecret)).toBe(false);
  fleet.close();
}, 30_000);

test("--person beside a running cloud prints a password that signs in, changes rights, and ends the account", async () => {
  const port = await cloud().port();
  const added = cloud(["--person", "mia", "engineer", "rig-7"]);
  expect(await added.ended).toBe(0);
  const password = added.said.out.trim();
  const signIn = () => post(port, "/auth/login", { username: "mia", password });
  expect(Session.parse(await (await signIn()).json()).user).toMatchObject({ role: "engineer", rigs: ["rig-7"] });
  const changed = cloud(["--person", "mia", "viewer"]);
  expect(await changed.ended).toBe(0);
  expect(changed.said.out).toBe("mia: viewer, on no rig\n");
  expect(Session.parse(await (await signIn()).json()).user.role).toBe("viewer");
  expect(await cloud(["--person", "mia", "boss"]).ended).not.toBe(0);
  expect(await cloud(["--person", "mia", "none"]).ended).toBe(0);
  expect((await signIn()).status).toBe(401);
}, 30_000);

test("a second cloud on the folder, a taken port and a bad variable end it with a word", async () => {
  const running = cloud();
  const port = await running.port();
  const second = cloud();
  expect(await second.ended).not.toBe(0);
  expect(second.said.errors).toContain("in use by another process");
  const elsewhere = cloud([], { IDRILL_DATA: join(data, "other"), CLOUD_PORT: String(port) });
  expect(await elsewhere.ended).not.toBe(0);
  expect(elsewhere.said.errors).toContain("EADDRINUSE");
  running.child.kill("SIGTERM");
  await running.ended;
  const bad = cloud([], { CLOUD_PORT: "eight" });
  expect(await bad.ended).not.toBe(0);
  expect(bad.said.errors).toContain("CLOUD_PORT");
});

test("a wrong call is told how to call it, and what cannot be done is said in one line", async () => {
  const wrong = cloud(["--clam", "rig-14"]);
  expect(await wrong.ended).toBe(2);
  expect(wrong.said.errors).toMatch(/Unknown option '--clam'[\s\S]*usage: cloud\/main\.ts/);
  const unknown = cloud(["--revoke", "rig-9"]);
  expect(await unknown.ended).toBe(1);
  expect(unknown.said.errors).toBe("there is no rig rig-9\n");
  const asked = cloud(["--help"]);
  expect(await asked.ended).toBe(0);
  expect(asked.said.out).toMatch(/^usage: /);
});
