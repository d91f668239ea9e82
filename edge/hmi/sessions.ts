import { createHash, randomBytes } from "node:crypto";
import type { HmiPerson } from "../../shared/domain/hmi.ts";

/** A tour: nobody stays signed in past it. */
const LIFE_MS = 12 * 3_600_000;
const MOST = 64;

/** Who is signed in at which station. In memory: a restarted daemon asks again. */
export interface Sessions {
  /** Begins a session and gives the secret of its cookie. */
  open(person: HmiPerson): string;
  personOf(secret: string | undefined): HmiPerson | null;
  close(secret: string | undefined): void;
}

export function openSessions(now: () => number = () => performance.now()): Sessions {
  const byHash = new Map<string, { person: HmiPerson; until: number }>();
  const keyOf = (secret: string) => createHash("sha256").update(secret).digest("base64url");
  function forgetOld() {
    for (const [key, { until }] of byHash) if (until <= now() || byHash.size > MOST) byHash.delete(key);
  }
  return {
    open(person) {
      const secret = randomBytes(32).toString("base64url");
      byHash.set(keyOf(secret), { person, until: now() + LIFE_MS });
      forgetOld();
      return secret;
    },
    personOf(secret) {
      const session = secret === undefined ? undefined : byHash.get(keyOf(secret));
      return session !== undefined && session.until > now() ? session.person : null;
    },
    close(secret) {
      if (secret !== undefined) byHash.delete(keyOf(secret));
    },
  };
}
