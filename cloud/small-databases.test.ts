import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openLog } from "../shared/node/log.ts";
import { teachSeals } from "../shared/node/seal.ts";
import { newSigningKey } from "../shared/node/signing.ts";
import { openSqlite } from "../shared/node/sqlite.ts";
import { openFleet } from "./fleet/fleet.ts";
import { migrations } from "./fleet/schema.ts";
import { checkSmallDatabases } from "./small-databases.ts";

test("a file of before there were requests is in order, and takes them once it is opened", () => {
  const old = mkdtempSync(join(tmpdir(), "fleet-old-"));
  const path = join(old, "fleet.db");
  openSqlite(path, migrations.slice(0, 1), teachSeals).close();
  checkSmallDatabases(old, openLog("cloud", "silent"));
  const opened = openFleet(path);
  expect(opened.unconfirmed()).toBeNull();
  opened.claim({ rig: "rig-1", token: opened.issueClaim("rig-1"), publicKey: newSigningKey().publicKey });
  const wanted = { what: "span", start: 1, end: 2, repair: false } as const;
  const made = opened.askRig({ rig: "rig-1", wanted, maxBytes: 5, endsAt: Date.now() + 60_000, by: "eva" });
  expect(opened.openRequests("rig-1")).toEqual([made]);
  opened.close();
  rmSync(old, { recursive: true });
});
