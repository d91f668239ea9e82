import { existsSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { RigId } from "../shared/domain/id.ts";
import { backoff } from "../shared/node/backoff.ts";
import { writeDurably } from "../shared/node/durable-file.ts";
import { pause } from "../shared/node/every.ts";
import { newId } from "../shared/node/id.ts";
import type { Log } from "../shared/node/log.ts";
import { keyIdOf, newSigningKey, openSigningKey, type SigningKey, verifierOf } from "../shared/node/signing.ts";
import { hash64 } from "../shared/wire/hash64.ts";

const Base64 = z.base64().min(1);

/** What the cloud gave this rig when it was claimed. */
const Enrolment = z.object({
  brokerUser: z.string().min(1),
  brokerSecret: z.string().min(1),
  /** Public keys of the cloud, 32 raw bytes each. */
  cloudKeys: z.array(Base64).min(1),
  /** Hash of the token that was spent for it. */
  claim: z.string(),
});
type Enrolment = z.infer<typeof Enrolment>;

const IdentityFile = z.object({ rig: RigId, key: z.string(), enrolment: Enrolment.nullable() });
const ClaimAnswer = Enrolment.omit({ claim: true });

/** Who this rig is: its own key, and, once claimed, how the broker and the cloud know it. */
export interface Identity {
  key: SigningKey;
  enrolment: Enrolment | null;
  /** What became of the identity before, and what to do, for people; null where nothing did. */
  lost: string | null;
  /** Whether a key of the cloud with this id signed these bytes. */
  verify(keyId: string, bytes: Uint8Array, signature: Uint8Array): boolean;
}

/**
 * Opens `identity.json` (mode 0600) in the edge's folder; makes a key where there is none. One that does not read is kept beside and a new key made:
 * the rig goes on and keeps all it reads, and is to be claimed again. Throws if the file is another rig's, or if the disk does not give or take it.
 */
export function openIdentity(folder: string, rig: string): Identity {
  const path = join(folder, "identity.json");
  const fresh = () => save(folder, { rig, key: newSigningKey().pem, enrolment: null });
  if (!existsSync(path)) fresh();
  const read = identityIn(path);
  if (read === null) {
    renameSync(path, `${path}.broken-${newId()}`);
    fresh();
  }
  const file = read ?? identityIn(path);
  if (file === null) throw new Error(`${path} does not read back as it was written`);
  if (file.rig !== rig) throw new Error(`${path} is of rig ${file.rig}, the configuration says ${rig}`);
  return { ...identityOf(file), lost: lostIn(folder, file) };
}

/** Null where the file is not what this program writes, or holds no key. */
function identityIn(path: string): z.infer<typeof IdentityFile> | null {
  const text = readFileSync(path, "utf8");
  try {
    const file = IdentityFile.parse(JSON.parse(text));
    openSigningKey(file.key);
    return file;
  } catch {
    return null;
  }
}

/** As long as the rig is not claimed again, also in later runs. */
function lostIn(folder: string, { enrolment }: z.infer<typeof IdentityFile>): string | null {
  const kept = readdirSync(folder).find((name) => name.startsWith("identity.json.broken-"));
  if (kept === undefined || enrolment !== null) return null;
  return `This rig's key cannot be read any more (kept as ${kept}). Everything is stored here and sent once the rig is claimed again: ask the office for a new claim token and start the rig box with it (IDRILL_CLAIM)`;
}

function save(folder: string, file: z.infer<typeof IdentityFile>): void {
  writeDurably(join(folder, "identity.json"), `${JSON.stringify(file, null, 2)}\n`);
}

function identityOf({ key, enrolment }: z.infer<typeof IdentityFile>): Identity {
  const keys = (enrolment?.cloudKeys ?? []).map((key) => new Uint8Array(Buffer.from(key, "base64")));
  const verifiers = new Map(keys.map((key) => [keyIdOf(key), verifierOf(key)]));
  return {
    key: openSigningKey(key),
    enrolment,
    lost: null,
    verify: (keyId, bytes, signature) => verifiers.get(keyId)?.(bytes, signature) ?? false,
  };
}

const claimBackoff = () => backoff(500, 30_000);

export interface ClaimOptions {
  folder: string;
  rig: string;
  /** Base address of the cloud's API. */
  url: string;
  /** The one-time token, if one was given. */
  token: string | undefined;
  log: Log;
  signal: AbortSignal;
}

/**
 * Exchanges keys with the cloud under a one-time token, trying until the cloud answers and the disk takes it. Gives the identity at once where the rig is enrolled and the
 * token is none or already spent; null when aborted, without a token, or when the cloud refuses the token.
 */
export async function claim(identity: Identity, options: ClaimOptions): Promise<Identity | null> {
  const { rig, url, token, log, signal } = options;
  const spent = token === undefined ? null : hash64(token);
  if (identity.enrolment !== null && (spent === null || identity.enrolment.claim === spent)) return identity;
  if (token === undefined || spent === null) return null;
  const wait = claimBackoff();
  for (let told = false; !signal.aborted; told = true) {
    const outcome = await ask(
      url,
      { rig, token, publicKey: Buffer.from(identity.key.publicKey).toString("base64") },
      signal,
    );
    if ("enrolment" in outcome) {
      const file = { rig, key: identity.key.pem, enrolment: { ...outcome.enrolment, claim: spent } };
      if (!(await saveInTime(file, options))) return null;
      log.info({ rig, key: identity.key.id }, "enrolled with the cloud");
      return identityOf(file);
    }
    if (outcome.final) {
      log.error(
        { rig, problem: outcome.problem },
        "the cloud refused the claim; readings are kept here until the rig is claimed",
      );
      return identity.enrolment === null ? null : identity;
    }
    if (!told) log.warn({ url, problem: outcome.problem }, "the cloud does not answer the claim yet; trying again");
    await pause(wait.next(), signal);
  }
  return null;
}

/** Tries until the disk takes it, without asking the cloud anew; false when aborted before. */
async function saveInTime(file: z.infer<typeof IdentityFile>, options: ClaimOptions): Promise<boolean> {
  const { folder, rig, log, signal } = options;
  const wait = claimBackoff();
  for (let told = false; !signal.aborted; told = true) {
    try {
      save(folder, file);
      return true;
    } catch (error) {
      if (!told) log.error({ rig, err: error }, "enrolled, but the disk does not take the enrolment; trying again");
    }
    await pause(wait.next(), signal);
  }
  return false;
}

type ClaimOutcome = { enrolment: z.infer<typeof ClaimAnswer> } | { problem: string; final: boolean };

async function ask(url: string, body: Record<string, string>, signal: AbortSignal): Promise<ClaimOutcome> {
  try {
    const response = await fetch(new URL("/api/v1/rigs/claim", url), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.any([signal, AbortSignal.timeout(20_000)]),
    });
    const text = await response.text();
    if (response.ok) return { enrolment: ClaimAnswer.parse(JSON.parse(text)) };
    // Too many tries, or the server's own trouble, pass; what else the cloud refuses it will refuse again.
    const final = response.status >= 400 && response.status < 500 && ![408, 429].includes(response.status);
    return { problem: `${response.status} ${text.slice(0, 200)}`, final };
  } catch (error) {
    return {
      problem: error instanceof Error ? `${error.message} ${String(error.cause ?? "")}`.trim() : String(error),
      final: false,
    };
  }
}
