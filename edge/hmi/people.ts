import { createHash } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { isRefused } from "../../shared/node/disk-errors.ts";
import { openHashedFile } from "../../shared/node/hashed-file.ts";
import type { Log } from "../../shared/node/log.ts";
import { hashPassword, passwordCheck, randomPassword } from "../../shared/node/passwords.ts";

/** Who may act at the rig's screen, with verifiers made for this rig only. */
const PeopleRecord = z.strictObject({
  people: z.array(
    z.strictObject({ name: z.string(), role: z.literal("operator"), verifier: z.string(), madeAt: z.number() }),
  ),
});

export interface People {
  /** The person's role, or null for an unknown name as for a wrong password; both take equally long. */
  check(name: string, password: string): Promise<"operator" | null>;
  /** What proofs about people are made with; another one where the password changed. */
  secret: Uint8Array;
}

/**
 * Opens `people.json` in the edge's folder (mode 0600). A password from the environment becomes the operator's; without one a random password is made
 * at the first start and handed to `announce`, once. A file that does not read, or of which a bit has changed, is kept beside: then it is as at the first
 * start. A password that the disk does not take is of this run alone.
 */
export async function openPeople(
  folder: string,
  password: string | undefined,
  announce: (name: string, password: string) => void,
  log: Pick<Log, "warn">,
): Promise<People> {
  const path = join(folder, "people.json");
  const file = openHashedFile(path, PeopleRecord);
  const fits = passwordCheck();
  const read = file.read();
  if (read !== null && "damaged" in read) log.warn({ kept: read.damaged.kept }, read.damaged.problem);
  let verifier = read !== null && "value" in read ? operatorIn(read.value) : null;
  if (verifier !== null && !(await isVerifier(verifier, fits))) verifier = null;
  if (verifier === null && read !== null && "value" in read) file.setAside("people.json names no operator");
  const fresh = verifier === null && password === undefined ? randomPassword() : undefined;
  const chosen = password ?? fresh;
  if (chosen !== undefined && (verifier === null || !(await fits(verifier, chosen)))) {
    verifier = await hashPassword(chosen);
    const person = { name: "operator", role: "operator", verifier, madeAt: Date.now() } as const;
    try {
      file.write({ people: [person] });
    } catch (err) {
      if (!isRefused(err)) throw err;
      log.warn({ path, err }, "the disk does not take the operator's password: it holds for this run alone");
    }
  }
  if (fresh !== undefined) announce("operator", fresh);
  const known = verifier;
  if (known === null) throw new Error(`${path} names no operator`);
  return {
    secret: createHash("sha256").update(`people\n${known}`).digest(),
    async check(name, tried) {
      return (await fits(known, tried)) && name === "operator" ? "operator" : null;
    },
  };
}

/** Whether passwords can be checked against it at all. */
function isVerifier(verifier: string, fits: ReturnType<typeof passwordCheck>): Promise<boolean> {
  return fits(verifier, "").then(
    () => true,
    () => false,
  );
}

function operatorIn({ people }: z.infer<typeof PeopleRecord>): string | null {
  return people.find((person) => person.name === "operator")?.verifier ?? null;
}
