import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "../shared/node/log.ts";
import { migrations as authMigrations, seals as authSeals } from "./auth/schema.ts";
import { migrations as fleetMigrations, seals as fleetSeals, sealedRequests } from "./fleet/schema.ts";
import { damageOf, renewSmall, type SmallDatabase } from "./salvage-small.ts";

/**
 * Looks at fleet.db and people.db before they are opened. One that is damaged is kept aside, and what can be believed of it goes into a new one; a
 * fleet.db that is missing although the cloud has run before is made anew. In both cases nothing lands until an admin confirms, since a key that was
 * revoked may be live in it, or missing. People whose rows are damaged cannot sign in; all sessions end.
 */
export function checkSmallDatabases(folder: string, log: Log): void {
  const [fleet, office] = [fleetAt(join(folder, "fleet.db")), officeAt(join(folder, "people.db"))];
  const hasRun = ["archive.db", "people.db"].some((file) => existsSync(join(folder, file)));
  if (!existsSync(fleet.path) && hasRun) {
    renewSmall(fleet, "fleet.db was missing at the start");
    log.error({ file: fleet.path }, "fleet.db was missing at the start: nothing lands until an admin confirms");
  }
  for (const small of [fleet, office]) {
    const damage = existsSync(small.path) ? damageOf(small) : null;
    if (damage === null) continue;
    const kept = renewSmall(small, `it was damaged (${damage})`);
    log.error(
      { file: small.path, kept, damage },
      "a damaged database is kept aside, what can be believed is in a new one",
    );
  }
}

function fleetAt(path: string): SmallDatabase {
  return {
    path,
    migrations: fleetMigrations,
    tables: [
      { table: "rig", sound: `seal = ${fleetSeals.rig}` },
      { table: "rig_key", sound: `seal = ${fleetSeals.rig_key}` },
      { table: "cloud_key", sound: "1" },
      { table: "note", sound: "1" },
      {
        table: "rig_request",
        sound: `seal = ${fleetSeals.rig_request}`,
        since: sealedRequests,
        seal: fleetSeals.rig_request,
      },
    ],
    mark: (db, why) =>
      void db
        .prepare("insert or replace into note (name, value) values ('unconfirmed', ?)")
        .run(`${why}: who was revoked is not certain`),
  };
}

function officeAt(path: string): SmallDatabase {
  return {
    path,
    migrations: authMigrations,
    tables: [
      { table: "person", sound: `seal = ${authSeals.person}` },
      { table: "rig_grant", sound: `seal = ${authSeals.rig_grant}` },
    ],
    mark: () => {},
  };
}
