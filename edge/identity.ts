import { readdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { RigId } from "../shared/domain/id.ts";
import { backoff } from "../shared/node/backoff.ts";
import { isRefused } from "../shared/node/disk-errors.ts";
import { pause } from "../shared/node/every.ts";
import { type HashedFile, openHashedFile } from "../shared/node/hashed-file.ts";
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

const IdentityRecord = z.object({ rig: RigId, key: z.string().refine(isKey), enrolment: Enrolment.nullable() });
type IdentityRecord = z.infer<typeof IdentityRecord>;
const ClaimAnswer = Enrolment.omit({ claim: true });

/** Who this rig is: its own key, and, once claimed, how the broker and the cloud know it. */
export interface Identity {
  key: SigningKey;
  enrolment: Enrolment | null;
  /** Whether the next run has the same key. */
  isSaved: boolean;
  /** What became of the identity before, and what to do, for people; null where nothing did. */
  lost: string | null;
  /** Whether a key of the cloud with this id signed these bytes. */
  verify(keyId: string, bytes: Uint8Array, signature: Uint8Array): boolean;
}

/**
 * Opens `identity.json` (mode 0600) in the edge's folder; makes a key where there is none. One that does not read, or of which a bit has changed, is kept
 * beside and a new key made: the rig goes on and keeps all it reads, and is to be claimed again. A new key that the disk does not take is
 * of this run alone until the rig is claimed. Throws if the file is another rig's, or if the disk does not give it.
 */
export function openIdentity(folder: string, rig: string): Identity {
  const file = identityFile(folder);
  const read = file.read();
  if (read !== null && "value" in read) {
    if (read.value.rig !== rig)
      throw new Error(`${join(folder, "identity.json")} is of rig ${read.value.rig}, the configuration says ${rig}`);
    return { ...identityOf(read.value), lost: lostIn(folder, read.value) };
  }
  const record: IdentityRecord = { rig, key: newSigningKey().pem, enrolment: null };
  try {
    file.write(record);
  } catch (error) {
    if (!isRefused(error)) throw error;
    return { ...identityOf(record), isSaved: false, lost: read === null ? null : lostText(read.damaged.kept) };
  }
  return { ...identityOf(record), lost: lostIn(folder, record) };
}

function identityFile(folder: string): HashedFile<IdentityRecord> {
  return openHashedFile(join(folder, "identity.json"), IdentityRecord);
}

function isKey(pem: string): boolean {
  try {
    openSigningKey(pem);
    return true;
  } catch {
    return false;
  }
}

/** As long as the rig is not claimed again, also in later runs. */
function lostIn(folder: string, { enrolment }: IdentityRecord): string | null {
  const kept = readdirSync(folder).find((name) => name.startsWith("identity.json.broken-"));
  return kept === undefined || enrolment !== null ? null : lostText(kept);
}

function lostText(kept: string): string {
  return `This rig's key cannot be read any more (kept as ${kept}). Everything is stored here and sent once the rig is claimed again: ask the office for a new claim token and start the rig box with it (IDRILL_CLAIM). If a person changed the file and it is right: give it the name identity.json again, take its line "sha256" out, and restart`;
}

function identityOf({ key, enrolment }: IdentityRecord): Identity {
  const keys = (enrolment?.cloudKeys ?? []).map((key) => new Uint8Array(Buffer.from(key, "base64")));
  const verifiers = new Map(keys.map((key) => [keyIdOf(key), verifierOf(key)]));
  return {
    key: openSigningKey(key),
    enrolment,
    isSaved: true,
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
  const unclaimed = { rig, key: identity.key.pem, enrolment: null };
  // A token that is spent for a key that is gone after a restart is lost.
  if (!identity.isSaved && !(await saveInTime(unclaimed, "a new key", options))) return null;
  const wait = claimBackoff();
  for (let told = false; !signal.aborted; told = true) {
    const outcome = await ask(
      url,
      { rig, token, publicKey: Buffer.from(identity.key.publicKey).toString("base64") },
      signal,
    );
    if ("enrolment" in outcome) {
      const claimed = { ...unclaimed, enrolment: { ...outcome.enrolment, claim: spent } };
      if (!(await saveInTime(claimed, "the enrolment", options))) return null;
      log.info({ rig, key: identity.key.id }, "enrolled with the cloud");
      return identityOf(claimed);
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
async function saveInTime(record: IdentityRecord, what: string, options: ClaimOptions): Promise<boolean> {
  const { folder, rig, log, signal } = options;
  const file = identityFile(folder);
  const wait = claimBackoff();
  for (let told = false; !signal.aborted; told = true) {
    try {
      file.write(record);
      return true;
    } catch (error) {
      if (!told) log.error({ rig, err: error }, `the disk does not take ${what}; trying again`);
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
