import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { RigId } from "../shared/domain/id.ts";
import { type Role, roles } from "../shared/domain/roles.ts";
import type { Log } from "../shared/node/log.ts";
import { randomPassword } from "../shared/node/passwords.ts";
import { openAuth } from "./auth/auth.ts";
import { openFleet } from "./fleet/fleet.ts";
import { checkSmallDatabases } from "./small-databases.ts";

/** What `cloud/main.ts` can be told to do instead of running; each works beside a running cloud, on its databases. */
export interface Command {
  claim?: string | undefined;
  revoke?: string | undefined;
  person?: string | undefined;
}

/** Does what is asked and gives what to print; throws in plain words where it cannot be done. */
export async function runCommand(
  { claim, revoke, person }: Command,
  rest: readonly string[],
  data: string,
  log: Log,
): Promise<string> {
  const folder = join(data, "cloud");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  checkSmallDatabases(folder, log);
  if (claim !== undefined) return claimFor(join(folder, "fleet.db"), claim);
  if (revoke !== undefined) return revoked(join(folder, "fleet.db"), revoke, rest);
  if (person !== undefined) return admitted(join(folder, "people.db"), person, rest);
  throw new Error(`nothing is known to do with ${rest.join(" ")}`);
}

/** A one-time token for a rig, and nothing else. */
function claimFor(path: string, rig: string): string {
  const fleet = openFleet(path);
  try {
    return fleet.issueClaim(rig);
  } finally {
    fleet.close();
  }
}

/** Ends one key of a rig, or the rig as a whole. */
function revoked(path: string, rig: string, [key, ...more]: readonly string[]): string {
  if (more.length > 0) throw new Error("--revoke takes a rig and at most one of its keys");
  const fleet = openFleet(path);
  try {
    if (!fleet.has(rig)) throw new Error(`there is no rig ${rig}`);
    if (key === undefined) {
      fleet.revokeRig(rig);
      return `${rig}: all keys, its broker secret and its unspent token are revoked`;
    }
    if (fleet.key(rig, key) === undefined) {
      const live = fleet.keys(rig).filter(({ revokedAt }) => revokedAt === null);
      throw new Error(`${rig} has no key ${key}; live: ${live.map(({ id }) => id).join(", ") || "none"}`);
    }
    fleet.revokeKey(rig, key);
    return `${rig}: key ${key} is revoked`;
  } finally {
    fleet.close();
  }
}

/** Adds a person and gives the password, kept nowhere else; of one who is there changes role and rigs; the role "none" ends the account. */
async function admitted(path: string, name: string, [role, ...rigs]: readonly string[]): Promise<string> {
  const auth = openAuth(path);
  try {
    const isThere = auth.hasUser(name);
    if (role === "none" && isThere) {
      auth.disable(name);
      return `${name}: the account has ended`;
    }
    const access = { role: roleOf(role), rigs: rigs.map((rig) => RigId.parse(rig)) };
    if (isThere) {
      auth.setAccess(name, access.role, access.rigs);
      return `${name}: ${access.role}, on ${access.role === "admin" ? "all rigs" : rigs.join(", ") || "no rig"}`;
    }
    const password = randomPassword();
    await auth.createUser({ username: name, password, ...access });
    return password;
  } finally {
    auth.close();
  }
}

function roleOf(word: string | undefined): Role {
  const role = roles.find((one) => one === word);
  if (role === undefined) throw new Error(`--person takes a name, a role (${roles.join(", ")}, none) and rigs`);
  return role;
}
