import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { writeDurably } from "../../shared/node/durable-file.ts";
import { newId } from "../../shared/node/id.ts";
import { hashPassword, passwordCheck, randomPassword } from "../../shared/node/passwords.ts";

/** Who may act at the rig's screen, with verifiers made for this rig only. */
const PeopleFile = z.strictObject({
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
 * at the first start and handed to `announce`, once. A file that does not read is kept beside: then it is as at the first start.
 */
export async function openPeople(
  folder: string,
  password: string | undefined,
  announce: (name: string, password: string) => void,
): Promise<People> {
  const path = join(folder, "people.json");
  const fits = passwordCheck();
  let verifier = existsSync(path) ? operatorIn(path) : null;
  if (verifier !== null && !(await isVerifier(verifier, fits))) verifier = null;
  if (verifier === null && existsSync(path)) renameSync(path, `${path}.broken-${newId()}`);
  const fresh = verifier === null && password === undefined ? randomPassword() : undefined;
  const chosen = password ?? fresh;
  if (chosen !== undefined && (verifier === null || !(await fits(verifier, chosen)))) {
    verifier = await hashPassword(chosen);
    const person = { name: "operator", role: "operator", verifier, madeAt: Date.now() } as const;
    writeDurably(path, `${JSON.stringify({ people: [person] }, null, 2)}\n`);
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

/** Null where the file is not what this program writes, or names no operator. */
function operatorIn(path: string): string | null {
  // A folder or the like is no file of ours; what the disk does not read now it may read later.
  if (!statSync(path).isFile()) return null;
  const text = readFileSync(path, "utf8");
  try {
    const { people } = PeopleFile.parse(JSON.parse(text));
    return people.find((person) => person.name === "operator")?.verifier ?? null;
  } catch {
    return null;
  }
}
