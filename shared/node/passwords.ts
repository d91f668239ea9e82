import { randomBytes } from "node:crypto";
import { hash, verify } from "@node-rs/argon2";

/** argon2id (the package's default) with 19 MiB, two passes, one lane: the floor of OWASP's table. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Both ways of typing an accent log in alike; nothing is cut off. */
const normal = (password: string) => password.normalize("NFC");

/** A hash with its own salt and parameters; worked out off the event loop. */
export function hashPassword(password: string): Promise<string> {
  return hash(normal(password), cost);
}

/**
 * Checks a password in the same time whether there is such a person (`stored` undefined) or not. Few hashes are under way at once,
 * so that a flood of logins costs time, neither memory nor the threads that files need.
 */
export function passwordCheck(atOnce = 2): (stored: string | undefined, password: string) => Promise<boolean> {
  const nobody = hashPassword(randomBytes(32).toString("base64url"));
  const waiting: (() => void)[] = [];
  let free = atOnce;
  return async (stored, password) => {
    if (free === 0) await new Promise<void>((go) => waiting.push(go));
    else free--;
    try {
      const matches = await verify(stored ?? (await nobody), normal(password));
      return matches && stored !== undefined;
    } finally {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}

/** 120 random bits, for a first start. */
export function randomPassword(): string {
  return randomBytes(15).toString("base64url");
}
