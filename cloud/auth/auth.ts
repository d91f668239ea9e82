import { randomBytes } from "node:crypto";
import type { RigId } from "../../shared/domain/id.ts";
import type { Role } from "../../shared/domain/roles.ts";
import { boundOf } from "../../shared/node/bound.ts";
import { type KnownDevices, knownDevices } from "../../shared/node/http/devices.ts";
import { signInThrottle } from "../../shared/node/http/throttle.ts";
import { passwordCheck, randomPassword } from "../../shared/node/passwords.ts";
import { teachSeals } from "../../shared/node/seal.ts";
import { openSqlite, openSqliteReader, type Sqlite } from "../../shared/node/sqlite.ts";
import { accessLifeS, accessTokens } from "./access-token.ts";
import { type Identity, type NewPerson, openPeople } from "./people.ts";
import { idleLifeMs, openSessions, type Refreshed } from "./refresh.ts";
import { migrations } from "./schema.ts";

/** Seconds that a refresh token lives when it is not used. */
export const refreshIdleS = idleLifeMs / 1_000;

/** Passwords that wait for their check, of one address (or known device) and in all: a check takes some 50 ms of a core. */
const mostChecks = { each: 8, all: 64 };

/** What a sign-in or a refresh gives. */
export interface Grant {
  accessToken: string;
  expiresInS: number;
  refreshToken: string;
  identity: Identity;
}

export type { Identity, NewPerson };

/** Who a request speaks for, and under which session. */
export interface SignedIn extends Identity {
  session: string;
}

/** People, their grants and sessions. Roles, grants and ended sessions are read anew at every look, so changes count at once. */
export interface Auth {
  /** Unknown person and wrong password give the same answer in the same time. `device` as `devices` knows it. */
  login(
    username: string,
    password: string,
    source: string,
    device?: string | null,
  ): Promise<Grant | "refused" | { waitS: number }>;
  /** Devices that people signed in from: strangers' misses do not slow them down there. */
  devices: KnownDevices;
  /** Changes a refresh token for its successor; null when it is spent, late or none. A spent one ends its session. */
  refresh(token: string): Promise<Grant | null>;
  logout(session: string): void;
  /** Ends the session that a refresh token belongs to. */
  logoutByToken(token: string): void;
  authenticate(accessToken: string): Promise<SignedIn | "expired" | "invalid">;
  /** The same person again, as the database has them now; undefined when the session has ended. */
  again(session: string): SignedIn | undefined;
  /** Whether that name signs in: an account that has ended does not. */
  hasUser(username: string): boolean;
  /** Throws when the name is taken. */
  createUser(person: NewPerson): Promise<void>;
  setAccess(username: string, role: Role, rigs: readonly RigId[]): void;
  disable(username: string): void;
  /**
   * Makes `admin` when there is no admin: with the password chosen, or with a random one, which it gives back to be shown once.
   * Later a chosen password that is not the admin's becomes it, and ends the admin's sessions.
   */
  ensureAdmin(chosen: string | undefined): Promise<string | null>;
  /** Throws when people.db does not answer. */
  probe(): void;
  close(): void;
}

/** Opens people.db. `readOnly`: who is signed in stays so, what would be written throws. */
export function openAuth(path: string, now: () => number = Date.now, { readOnly = false } = {}): Auth {
  const db = readOnly ? teachSeals(openSqliteReader(path)) : openSqlite(path, migrations, teachSeals);
  const people = openPeople(db);
  const sessions = openSessions(db, secretOf(db, "refresh"));
  const tokens = accessTokens(db);
  const devices = knownDevices("idrill_device", secretOf(db, "device"));
  const throttle = signInThrottle(now);
  const checks = boundOf(mostChecks);
  const check = passwordCheck();
  const one = db.prepare("select count(*) from person").pluck();

  async function grantOf(refreshed: Refreshed): Promise<Grant | null> {
    const identity = people.identity(refreshed.person);
    if (identity === undefined) return null;
    const accessToken = await tokens.sign(refreshed.person, refreshed.session, now());
    return { accessToken, expiresInS: accessLifeS, refreshToken: refreshed.token, identity };
  }
  function again(session: string): SignedIn | undefined {
    const person = sessions.personOf(session, now());
    const identity = person === undefined ? undefined : people.identity(person);
    return identity === undefined ? undefined : { ...identity, session };
  }

  return {
    devices,
    async login(username, password, source, device = null) {
      const one = { account: username, source, device };
      const waitS = throttle.waitS(one);
      if (waitS > 0) return { waitS };
      const leave = checks.enter(device ?? source);
      if (leave === null) return { waitS: 1 };
      try {
        // Counted before the check, so that tries at the same moment count too.
        throttle.missed(one);
        const known = people.credentials(username);
        const matches = await check(known?.password, password);
        if (!matches || known === undefined) return "refused";
        throttle.succeeded(one);
        return (await grantOf(sessions.begin(known.id, now()))) ?? "refused";
      } finally {
        leave();
      }
    },
    async refresh(token) {
      const refreshed = sessions.change(token, now());
      return refreshed === null ? null : grantOf(refreshed);
    },
    logout: (session) => sessions.end(session, now()),
    logoutByToken(token) {
      const session = sessions.sessionOf(token);
      if (session !== undefined) sessions.end(session, now());
    },
    async authenticate(accessToken) {
      const claims = await tokens.check(accessToken, now());
      return typeof claims === "string" ? claims : (again(claims.session) ?? "invalid");
    },
    again,
    hasUser: (username) => people.credentials(username) !== undefined,
    createUser: people.create,
    setAccess: people.setAccess,
    disable: people.disable,
    async ensureAdmin(chosen) {
      const admin = people.credentials("admin");
      if (people.noAdmin()) {
        const password = chosen ?? randomPassword();
        await people.create({ username: "admin", password, role: "admin" });
        return chosen === undefined ? password : null;
      }
      if (admin !== undefined && chosen !== undefined && !(await check(admin.password, chosen))) {
        await people.setPassword(admin.id, chosen);
        sessions.endAll(admin.id, now());
      }
      return null;
    },
    probe: () => void one.get(),
    close: () => db.close(),
  };
}

/** A random secret of this database, made when it is first asked for. */
function secretOf(db: Sqlite, name: "refresh" | "device"): Buffer {
  const get = db.prepare<[string], Buffer>("select value from secret where name = ?").pluck();
  const put = db.prepare("insert into secret (name, value) values (?, ?) on conflict do nothing");
  if (get.get(name) === undefined) put.run(name, randomBytes(32));
  const value = get.get(name);
  if (value === undefined) throw new Error(`people.db keeps no secret "${name}"`);
  return value;
}
