import { createHash, createHmac, randomBytes } from "node:crypto";
import { newId } from "../../shared/node/id.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";

const sessionLifeMs = 30 * 86_400_000;
export const idleLifeMs = 7 * 86_400_000;
/** An answer lost on a slow link must not sign anybody out: so long may the token just spent come again. */
const graceMs = 10_000;
/** Sessions of one person; the oldest ends when one more begins. */
const mostSessions = 20;

export interface Refreshed {
  token: string;
  session: string;
  person: string;
}

interface RefreshRow {
  hash: Buffer;
  session: string;
  ends_at: number;
  spent_at: number | null;
  successor: Buffer | null;
}

export type Sessions = ReturnType<typeof openSessions>;

/**
 * Sessions (families of refresh tokens) in people.db. Tokens are opaque, spent once and stored as hashes. A token's successor is
 * derived from it under `secret`, so that a retry within the grace gets the same one although no token is stored.
 */
export function openSessions(db: Sqlite, secret: Buffer) {
  const begin = db.prepare("insert into session (id, person, begun_at, ends_at) values (?, ?, ?, ?)");
  const personOf = db
    .prepare<[string, number], string>("select person from session where id = ? and ended_at is null and ends_at > ?")
    .pluck();
  const end = db.prepare("update session set ended_at = ? where id = ? and ended_at is null");
  const endAll = db.prepare("update session set ended_at = ? where person = ? and ended_at is null");
  const endOldest = db.prepare(
    `update session set ended_at = ? where id in (
       select id from session where person = ? and ended_at is null order by begun_at desc limit -1 offset ${mostSessions})`,
  );
  const forget = db.prepare("delete from session where ends_at < ?");
  const put = db.prepare("insert into refresh (hash, session, ends_at) values (?, ?, ?)");
  const get = db.prepare<[Buffer], RefreshRow>("select * from refresh where hash = ?");
  const spend = db.prepare("update refresh set spent_at = ?, successor = ? where hash = ?");

  const successorOf = (token: string) => createHmac("sha256", secret).update(`refresh ${token}`).digest("base64url");

  function retry(row: RefreshRow, now: number): boolean {
    const successor = row.successor === null ? undefined : get.get(row.successor);
    return now - (row.spent_at ?? 0) <= graceMs && successor !== undefined && successor.spent_at === null;
  }

  return {
    /** A new session with its first token. */
    begin: db.transaction((person: string, now: number): Refreshed => {
      const [token, session] = [randomBytes(32).toString("base64url"), newId() + newId()];
      forget.run(now);
      begin.run(session, person, now, now + sessionLifeMs);
      put.run(hashOf(token), session, now + idleLifeMs);
      endOldest.run(now, person);
      return { token, session, person };
    }).immediate,
    /** Changes a token for its successor; null when it is not good. A spent one ends the whole session. */
    change: db.transaction((token: string, now: number): Refreshed | null => {
      const row = get.get(hashOf(token));
      if (row === undefined || row.ends_at <= now) return null;
      const person = personOf.get(row.session, now);
      if (person === undefined) return null;
      const successor = successorOf(token);
      if (row.spent_at === null) {
        put.run(hashOf(successor), row.session, now + idleLifeMs);
        spend.run(now, hashOf(successor), row.hash);
      } else if (!retry(row, now)) {
        end.run(now, row.session);
        return null;
      }
      return { token: successor, session: row.session, person };
    }).immediate,
    /** The person of a session that lives; undefined for any other. */
    personOf: (session: string, now: number) => personOf.get(session, now),
    /** The session that a token belongs to, spent or not. */
    sessionOf: (token: string) => get.get(hashOf(token))?.session,
    end: (session: string, now: number) => void end.run(now, session),
    endAll: (person: string, now: number) => void endAll.run(now, person),
  };
}

function hashOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
