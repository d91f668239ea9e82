import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openLog } from "../shared/node/log.ts";
import { teachSeals } from "../shared/node/seal.ts";
import { newSigningKey } from "../shared/node/signing.ts";
import { openSqlite, type Sqlite } from "../shared/node/sqlite.ts";
import { type Fleet, openFleet } from "./fleet/fleet.ts";
import { migrations, seals } from "./fleet/schema.ts";
import { checkSmallDatabases } from "./small-databases.ts";

let folder: string;
let path: string;
let fleet: Fleet | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "small-"));
  path = join(folder, "fleet.db");
});
afterEach(() => {
  fleet?.close();
  fleet = undefined;
  rmSync(folder, { recursive: true });
});

/** As the cloud starts. */
function start(): Fleet {
  checkSmallDatabases(folder, openLog("cloud", "silent"));
  fleet = openFleet(path);
  return fleet;
}

/** Changes the file behind the back of whoever has it. */
function change(schema: number, what: (db: Sqlite) => void): void {
  const db = openSqlite(path, migrations.slice(0, schema), teachSeals);
  what(db);
  db.close();
}

const wanted = { what: "span", start: 1, end: 2, repair: false } as const;
function ask(of: Fleet) {
  const made = of.askRig({ rig: "rig-1", wanted, maxBytes: 5, endsAt: Date.now() + 60_000, by: "eva" });
  if (made === null) throw new Error("not taken");
  return made;
}
const enrol = (of: Fleet) =>
  of.claim({ rig: "rig-1", token: of.issueClaim("rig-1"), publicKey: newSigningKey().publicKey });

test("a file of before there were requests is in order, and takes them once it is opened", () => {
  change(1, () => {});
  const opened = start();
  expect(opened.unconfirmed()).toBeNull();
  enrol(opened);
  const made = ask(opened);
  expect(opened.openRequests("rig-1")).toEqual([made]);
});

test.each(["in order", "damaged elsewhere"])("a file of before requests had a seal, %s, keeps them", (how) => {
  change(2, (db) => {
    db.exec("insert into rig (id, enrolled_at) values ('rig-1', 1)");
    if (how === "in order") db.exec(`update rig set seal = ${seals.rig}`);
    db.exec(
      `insert into rig_request values ('9000000000000001', 'rig-1', '{"what":"tags","tags":[]}', 5, 1, 'eva', ${Date.now() + 60_000}, 2, 'taken', null, 3, 4, 5, 6)`,
    );
  });
  const opened = start();
  expect(opened.unconfirmed() === null).toBe(how === "in order");
  expect(opened.openRequests("rig-1")).toMatchObject([
    { request: "9000000000000001", maxBytes: 5, toldAt: 2, heardAt: 3, frames: 4, bytes: 5 },
  ]);
});

test("a file with a request that is not as it was written is set aside: all others are kept, and an admin is asked", () => {
  const before = openFleet(path);
  enrol(before);
  const [first, second] = [ask(before), ask(before)];
  before.close();
  change(migrations.length, (db) =>
    db.prepare("update rig_request set max_bytes = max_bytes + 1 where id = ?").run(first.request),
  );
  const opened = start();
  expect(opened.unconfirmed()).toMatch(/1 rows of rig_request are not as they were written/);
  expect(opened.openRequests("rig-1")).toEqual([second]);
});
