import { closeSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, expect, test } from "vitest";
import { ServicesAnswer } from "../../shared/domain/api.ts";
import { adminToken, openScene, type Scene, until } from "../support/parts.ts";
import { canMount, openSmallDisk } from "../support/small-disk.ts";

let scene: Scene | undefined;
const closing: (() => void)[] = [];
afterEach(async () => {
  await scene?.close();
  for (const close of closing.splice(0)) close();
});

const mounts = canMount();
if (!mounts) console.warn("skipped: a cloud on a full or read-only disk (mounting takes root)");

const url = (path: string) => `http://127.0.0.1:${scene?.ports.cloud}${path}`;

async function services(token: string): Promise<Record<string, string>> {
  const answer = await fetch(url("/api/v1/health/services"), { headers: { authorization: `Bearer ${token}` } });
  const { data } = ServicesAnswer.parse(await answer.json());
  return Object.fromEntries(data.map(({ name, status, message }) => [name, `${status}: ${message}`]));
}

test("a fleet.db that is missing at the start lets nothing land until an admin confirms", async () => {
  scene = await openScene();
  await (await scene.startCloud()).end();
  for (const end of ["", "-wal", "-shm"]) rmSync(join(scene.data, "cloud", `fleet.db${end}`), { force: true });
  await scene.startCloud();
  const token = await adminToken(url(""));
  expect((await services(token)).landing).toMatch(/^unhealthy: .*fleet.db was missing.*an admin must confirm/);
  const post = (headers: Record<string, string>) => fetch(url("/api/v1/fleet/confirm"), { method: "POST", headers });
  expect((await post({})).status).toBe(401);
  expect((await services(token)).landing).toMatch(/^unhealthy/);
  expect((await post({ authorization: `Bearer ${token}` })).status).toBe(200);
  await until(
    async () => /^healthy/.test((await services(token)).landing ?? ""),
    () => scene?.logOf("cloud") ?? "",
  );
}, 60_000);

test("damaged fleet.db and people.db are kept aside: the cloud starts, the admin is there, nothing lands unconfirmed", async () => {
  scene = await openScene();
  await (await scene.startCloud()).end();
  const folder = join(scene.data, "cloud");
  for (const name of ["fleet.db", "people.db"]) {
    const db = new Database(join(folder, name));
    db.pragma("wal_checkpoint(truncate)");
    db.close();
    const file = openSync(join(folder, name), "r+");
    writeSync(file, Buffer.alloc(100), 0, 100, 0);
    closeSync(file);
  }
  await scene.startCloud();
  const kept = readdirSync(folder).filter((name) => name.includes(".damaged-"));
  expect(kept.map((name) => name.split(".damaged-")[0]).sort()).toEqual(["fleet.db", "people.db"]);
  expect((await services(await adminToken(url("")))).landing).toMatch(/an admin must confirm/);
}, 60_000);

test("a folder in the place of fleet.db is kept aside: the cloud starts, nothing lands unconfirmed", async () => {
  scene = await openScene();
  await (await scene.startCloud()).end();
  const path = join(scene.data, "cloud", "fleet.db");
  for (const end of ["", "-wal", "-shm"]) rmSync(`${path}${end}`, { force: true });
  mkdirSync(path);
  await scene.startCloud();
  expect(readdirSync(join(scene.data, "cloud")).some((name) => name.startsWith("fleet.db.damaged-"))).toBe(true);
  expect((await services(await adminToken(url("")))).landing).toMatch(/an admin must confirm/);
}, 60_000);

test("a row of people.db that is not as it was written lets nobody in, and gives nobody more than before", async () => {
  scene = await openScene();
  await (await scene.startCloud()).end();
  const db = new Database(join(scene.data, "cloud", "people.db"));
  db.exec(
    "insert into person (id, username, password, role, disabled_at, made_at) select 'x', 'mallory', password, 'admin', null, 0 from person",
  );
  db.close();
  await scene.startCloud();
  const body = JSON.stringify({ username: "mallory", password: "Correct-horse-7-battery" });
  const headers = { "content-type": "application/json" };
  expect((await fetch(url("/api/v1/auth/login"), { method: "POST", headers, body })).status).toBe(401);
  await adminToken(url(""));
}, 60_000);

test.skipIf(!mounts).each(["read-only", "full"])(
  "on a disk that is %s at the start the API answers, says that nothing lands, and lands by itself afterwards",
  async (what) => {
    scene = await openScene();
    const disk = openSmallDisk(24);
    closing.push(disk.close);
    const env = { IDRILL_DATA: disk.path };
    mkdirSync(join(disk.path, "cloud"), { mode: 0o700 });
    const first = await scene.startCloud(env);
    const token = await adminToken(url(""));
    await first.end();
    if (what === "full") disk.fill();
    else disk.readOnly(true);
    const part = await scene.startCloud(env);
    expect((await services(token)).landing).toMatch(/^unhealthy: nothing is stored/);
    expect(await (await fetch(url("/metrics"))).text()).toContain("idrill_landing_up 0");
    expect((await fetch(url("/api/v1/health/ready"))).status).toBe(503);
    const refused = await fetch(url("/api/v1/auth/login"), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username: "admin", password: "Correct-horse-7-battery" }),
    });
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "5"]);
    if (what === "full") disk.free();
    else disk.readOnly(false);
    await until(
      async () => /^healthy/.test((await services(token)).landing ?? ""),
      () => scene?.logOf("cloud") ?? "",
      60,
    );
    await until(
      async () => (await adminToken(url(""))) !== "",
      () => scene?.logOf("cloud") ?? "",
      30,
    );
    await part.end();
  },
  120_000,
);
