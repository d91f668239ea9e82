import { randomBytes } from "node:crypto";
import { errors, jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import { newId } from "../../shared/node/id.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";

export const accessLifeS = 15 * 60;
const [issuer, audience, typ, alg] = ["idrill-cloud", "idrill-api", "at+jwt", "HS256"] as const;
const keyLifeMs = 30 * 86_400_000;
/** No access token of ours comes near; longer ones are not even parsed. */
const longestToken = 2_048;

const Claims = z.object({ sub: z.string(), sid: z.string(), jti: z.string() });

/** Makes and checks access tokens. Keys go by id; a new one signs every 30 days, the one before it checks until its last token has ended. */
export function accessTokens(db: Sqlite) {
  const newest = db.prepare<[], KeyRow>("select * from token_key order by made_at desc limit 1");
  const byId = db.prepare<[string], KeyRow>("select * from token_key where id = ?");
  const put = db.prepare("insert into token_key (id, secret, made_at) values (?, ?, ?)");
  const drop = db.prepare("delete from token_key where made_at < ?");
  const signingKey = db.transaction((now: number): KeyRow => {
    const key = newest.get();
    if (key !== undefined && now - key.made_at < keyLifeMs) return key;
    const made = { id: newId(), secret: randomBytes(32), made_at: now };
    put.run(made.id, made.secret, now);
    drop.run(now - keyLifeMs - accessLifeS * 1_000);
    return made;
  }).immediate;

  return {
    sign(person: string, session: string, now: number): Promise<string> {
      const key = signingKey(now);
      return new SignJWT({ sid: session })
        .setProtectedHeader({ alg, typ, kid: key.id })
        .setSubject(person)
        .setJti(newId())
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt(Math.floor(now / 1_000))
        .setExpirationTime(Math.floor(now / 1_000) + accessLifeS)
        .sign(key.secret);
    },
    /** Person and session that a token of ours names; whether they still are is not its business. */
    async check(token: string, now: number): Promise<{ person: string; session: string } | "expired" | "invalid"> {
      if (token.length > longestToken) return "invalid";
      try {
        const { payload } = await jwtVerify(
          token,
          ({ kid }) => secretOf(kid === undefined ? undefined : byId.get(kid)),
          {
            algorithms: [alg],
            issuer,
            audience,
            typ,
            currentDate: new Date(now),
            maxTokenAge: accessLifeS,
            requiredClaims: ["exp", "iat", "sub", "sid", "jti"],
          },
        );
        const claims = Claims.parse(payload);
        return { person: claims.sub, session: claims.sid };
      } catch (error) {
        if (error instanceof errors.JWTExpired) return "expired";
        if (error instanceof errors.JOSEError || error instanceof z.ZodError || error instanceof UnknownKey)
          return "invalid";
        throw error;
      }
    },
  };
}

interface KeyRow {
  id: string;
  secret: Uint8Array;
  made_at: number;
}

class UnknownKey extends Error {}

function secretOf(key: KeyRow | undefined): Uint8Array {
  if (key === undefined) throw new UnknownKey("no such key");
  return key.secret;
}
