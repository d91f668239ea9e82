import { randomBytes } from "node:crypto";
import type { RigId } from "../../shared/domain/id.ts";
import type { Role } from "../../shared/domain/roles.ts";
import { passwordCheck, randomPassword } from "../../shared/node/passwords.ts";
import { openSqlite } from "../../shared/node/sqlite.ts";
import { accessLifeS, accessTokens } from "./access-token.ts";
import { type Identity, type NewPerson, openPeople } from "./people.ts";
import { idleLifeMs, openSessions, type Refreshed } from "./refresh.ts";
import { migrations } from "./schema.ts";
import { loginThrottle } from "./throttle.ts";

/** Seconds that a refresh token lives when it is not used. */
export const refreshIdleS = idleLifeMs / 1_000;

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
  /** Unknown person and wrong password give the same answer in the same time. */
  login(username: string, password: string, source: string): Promise<Grant | "refused" | { waitS: number }>;
  /** Changes a refresh token for its successor; null when it is spent, late or none. A spent one ends its session. */
  refresh(token: string): Promise<Grant | null>;
  logout(session: string): void;
  /** Ends the session that a refresh token belongs to. */
  logoutByToken(token: string): void;
  authenticate(accessToken: string): Promise<SignedIn | "expired" | "invalid">;
  /** The same person again, as the database has them now; undefined when the session has ended. */
  again(session: string): SignedIn | undefined;
  /** Throws when the name is taken. */
  createUser(person: NewPerson): Promise<void>;
  setAccess(username: string, role: Role, rigs: readonly RigId[]): void;
  disable(username: string): void;
  /**
   * Makes `admin` when there is nobody yet: with the password chosen, or with a random one, which it gives back to be shown once.
   * Later a chosen password that is not the admin's becomes it, and ends the admin's sessions.
   */
  ensureAdmin(chosen: string | undefined): Promise<string | null>;
  /** Throws when office.db does not answer. */
  probe(): void;
  close(): void;
}

/** Opens office.db. */
export function openAuth(path: string, now: () => number = Date.now): Auth {
  const db = openSqlite(path, migrations);
  const people = openPeople(db);
  const sessions = openSessions(db, successorSecret(db));
  const tokens = accessTokens(db);
  const throttle = loginThrottle(now);
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
    async login(username, password, source) {
      const waitS = throttle.waitS(username, source);
      if (waitS > 0) return { waitS };
      // Counted before the check, so that tries at the same moment count too.
      throttle.missed(username, source);
      const known = people.credentials(username);
      const matches = await check(known?.password, password);
      if (!matches || known === undefined) return "refused";
      throttle.succeeded(username, source);
      return (await grantOf(sessions.begin(known.id, now()))) ?? "refused";
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
    createUser: people.create,
    setAccess: people.setAccess,
    disable: people.disable,
    async ensureAdmin(chosen) {
      const admin = people.credentials("admin");
      if (people.none()) {
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

function successorSecret(db: ReturnType<typeof openSqlite>): Buffer {
  db.prepare("insert into secret (name, value) values ('refresh', ?) on conflict do nothing").run(randomBytes(32));
  const value = db.prepare<[], Buffer>("select value from secret where name = 'refresh'").pluck().get();
  if (value === undefined) throw new Error("office.db keeps no secret for refresh tokens");
  return value;
}
