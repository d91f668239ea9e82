import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { type Id, RigId } from "../../shared/domain/id.ts";
import { teachSeals } from "../../shared/node/seal.ts";
import { keyIdOf, newSigningKey, openSigningKey, type SigningKey, verifierOf } from "../../shared/node/signing.ts";
import { openSqlite, openSqliteReader, type Sqlite } from "../../shared/node/sqlite.ts";
import { type FleetRequests, fleetRequests } from "./requests.ts";
import { migrations, seals } from "./schema.ts";

/** A public key of a rig. What a revoked key signs is kept aside. */
export interface RigKey {
  rig: RigId;
  /** As in batch headers. */
  id: Id;
  /** ed25519, 32 raw bytes. */
  publicKey: Uint8Array;
  claimedAt: number;
  revokedAt: number | null;
}

export interface ClaimRequest {
  rig: RigId;
  token: string;
  publicKey: Uint8Array;
}

export type ClaimOutcome =
  | { status: "claimed"; brokerUser: string; brokerSecret: string; key: RigKey }
  /** Unknown, spent, late or another rig's token, or a key that is none, revoked or another rig's: one answer for all, so that nothing can be learnt by trying. */
  | { status: "refused" };

/**
 * Which rigs there are, whose keys they sign with and how they reach the broker; revocations too. A file of its own, outside every backup of
 * the archive: without it no key is known, and so nothing lands. Several processes and threads may have it open.
 */
export interface Fleet extends FleetRequests {
  /** Ids of all rigs that were ever enrolled, in order. */
  rigs(): RigId[];
  has(rig: RigId): boolean;
  /** Makes a one-time token of 160 bits for a rig, good for 24 h; earlier ones of the rig end. Only its hash is stored. */
  issueClaim(rig: RigId, now?: number): string;
  /** Spends the token; the rig's earlier keys live on until revoked, its broker secret is new. */
  claim(claim: ClaimRequest, now?: number): ClaimOutcome;
  /** The key of that rig with that id, revoked or not; undefined when it is not that rig's. */
  key(rig: RigId, id: Id): RigKey | undefined;
  keys(rig: RigId): RigKey[];
  /** The public half of a key of this rig that is live now; null for a foreign, revoked or unknown one. */
  liveKey(rig: RigId, id: Id): Uint8Array | null;
  /** Whether this is the rig's broker secret; compares in constant time. */
  brokerSecretOk(rig: RigId, secret: string): boolean;
  /** Ends a key; stored and synced before it returns. */
  revokeKey(rig: RigId, id: Id, now?: number): void;
  /** Ends all keys of a rig, its broker secret and its unspent token. */
  revokeRig(rig: RigId, now?: number): void;
  /** What the cloud signs answers and receipts with; made at the first start. */
  cloudKey(): SigningKey;
  /** Why it is not certain that this file knows all revocations; null where it is. Nothing lands until an admin confirms. */
  unconfirmed(): string | null;
  /** An admin answers for it: stored and synced before it returns. */
  confirm(): void;
  close(): void;
}

export const claimLifeMs = 24 * 3_600_000;

/** Opens fleet.db; throws when it cannot be read or written durably. `readOnly`: what changes it throws. */
export function openFleet(path: string, { readOnly = false } = {}): Fleet {
  const db = readOnly ? teachSeals(openSqliteReader(path)) : openSqlite(path, migrations, teachSeals);
  const tokens = claimTokens(db);
  const keys = rigKeys(db);
  const rigs = db.prepare<[], RigId>("select id from rig order by id").pluck();
  const has = db.prepare<[RigId], number>("select 1 from rig where id = ?").pluck();
  const enrol = db.prepare("insert into rig (id, enrolled_at) values (?, ?) on conflict do nothing");
  const setSecret = db.prepare("update rig set broker_secret = ? where id = ?");
  const secretOf = db
    .prepare<[RigId], Buffer | null>(`select broker_secret from rig where id = ? and seal = ${seals.rig}`)
    .pluck();
  const seal = db.prepare<[RigId]>(`update rig set seal = ${seals.rig} where id = ?`);
  const unconfirmed = db.prepare<[], string>("select value from note where name = 'unconfirmed'").pluck();
  const confirm = db.prepare("delete from note where name = 'unconfirmed'");

  return {
    rigs: () => rigs.all(),
    has: (rig) => has.get(rig) !== undefined,
    issueClaim: (rig, now = Date.now()) => tokens.issue(RigId.parse(rig), now),
    claim: db.transaction((claim: ClaimRequest, now = Date.now()): ClaimOutcome => {
      if (!isPublicKey(claim.publicKey) || !keys.free(claim.rig, claim.publicKey)) return { status: "refused" };
      if (!tokens.spend(claim.rig, claim.token, keyIdOf(claim.publicKey), now)) return { status: "refused" };
      enrol.run(claim.rig, now);
      const key = keys.add(claim.rig, claim.publicKey, now);
      const brokerSecret = randomBytes(32).toString("base64url");
      setSecret.run(sha256(brokerSecret), claim.rig);
      seal.run(claim.rig);
      return { status: "claimed", brokerUser: claim.rig, brokerSecret, key };
    }).immediate,
    key: keys.get,
    keys: keys.all,
    liveKey(rig, id) {
      const key = keys.get(rig, id);
      return key === undefined || key.revokedAt !== null ? null : key.publicKey;
    },
    brokerSecretOk(rig, secret) {
      const expected = secretOf.get(rig) ?? noSecret;
      return timingSafeEqual(sha256(secret), expected) && expected !== noSecret;
    },
    revokeKey: keys.revoke,
    revokeRig: db.transaction((rig: RigId, now = Date.now()) => {
      keys.revokeAll(rig, now);
      setSecret.run(null, rig);
      seal.run(rig);
      tokens.drop(rig);
    }).immediate,
    cloudKey: () => cloudKey(db),
    unconfirmed: () => unconfirmed.get() ?? null,
    confirm: () => void confirm.run(),
    ...fleetRequests(db),
    close: () => db.close(),
  };
}

const noSecret = Buffer.alloc(32);

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function isPublicKey(bytes: Uint8Array): boolean {
  try {
    verifierOf(bytes);
    return true;
  } catch {
    return false; // the library's only way to say "no key"
  }
}

function claimTokens(db: Sqlite) {
  const put = db.prepare("insert or replace into claim (rig, hash, ends_at, spent_by) values (?, ?, ?, null)");
  const take = db.prepare(
    "update claim set spent_by = @key where rig = @rig and hash = @hash and ends_at > @now and coalesce(spent_by, @key) = @key",
  );
  const drop = db.prepare("delete from claim where rig = ?");
  return {
    issue(rig: RigId, now: number) {
      const token = randomBytes(20).toString("base64url");
      put.run(rig, sha256(token), now + claimLifeMs);
      return token;
    },
    /** For one key only; that one may come again while the token lives. */
    spend: (rig: RigId, token: string, key: Id, now: number) =>
      take.run({ rig, hash: sha256(token), key, now }).changes === 1,
    drop: (rig: RigId) => drop.run(rig),
  };
}

interface KeyRow {
  rig: RigId;
  id: Id;
  public_key: Buffer;
  claimed_at: number;
  revoked_at: number | null;
}

function rigKeys(db: Sqlite) {
  const add = db.prepare(
    "insert into rig_key (rig, id, public_key, claimed_at) values (?, ?, ?, ?) on conflict do nothing",
  );
  // A row that is not as it was written is no key: what it signs is kept aside.
  const sound = `seal = ${seals.rig_key}`;
  const sealNew = db.prepare<[Id]>(`update rig_key set seal = ${seals.rig_key} where id = ?`);
  const idsOf = db.prepare<[RigId], Id>("select id from rig_key where rig = ?").pluck();
  const get = db.prepare<[RigId, Id], KeyRow>(`select * from rig_key where rig = ? and id = ? and ${sound}`);
  const byId = db.prepare<[Id], KeyRow>("select * from rig_key where id = ?");
  const all = db.prepare<[RigId], KeyRow>("select * from rig_key where rig = ? order by claimed_at, id");
  const revoke = db.prepare("update rig_key set revoked_at = ? where rig = ? and id = ? and revoked_at is null");
  const revokeAll = db.prepare("update rig_key set revoked_at = ? where rig = ? and revoked_at is null");
  const read = (rig: RigId, id: Id) => keyOf(get.get(rig, id));
  return {
    get: read,
    all: (rig: RigId) => all.all(rig).flatMap((row) => keyOf(row) ?? []),
    /** Nobody else's and not revoked. */
    free(rig: RigId, publicKey: Uint8Array): boolean {
      const owner = byId.get(keyIdOf(publicKey));
      return owner === undefined || (owner.rig === rig && owner.revoked_at === null);
    },
    add(rig: RigId, publicKey: Uint8Array, now: number): RigKey {
      const id = keyIdOf(publicKey);
      add.run(rig, id, publicKey, now);
      sealNew.run(id);
      const key = read(rig, id);
      if (key === undefined) throw new Error(`key ${id} of ${rig} was not stored`);
      return key;
    },
    revoke: db.transaction((rig: RigId, id: Id, now = Date.now()) => {
      if (revoke.run(now, rig, id).changes > 0) sealNew.run(id);
    }).immediate,
    revokeAll(rig: RigId, now: number) {
      if (revokeAll.run(now, rig).changes > 0) for (const id of idsOf.all(rig)) sealNew.run(id);
    },
  };
}

function keyOf(row: KeyRow | undefined): RigKey | undefined {
  if (row === undefined) return undefined;
  const { rig, id, public_key, claimed_at, revoked_at } = row;
  return { rig, id, publicKey: new Uint8Array(public_key), claimedAt: claimed_at, revokedAt: revoked_at };
}

function cloudKey(db: Sqlite): SigningKey {
  const put = db.prepare("insert into cloud_key (id, pem, made_at) values (?, ?, ?)");
  const newest = db.prepare<[], string>("select pem from cloud_key order by made_at desc limit 1").pluck();
  return db
    .transaction(() => {
      const pem = newest.get();
      if (pem !== undefined) return openSigningKey(pem);
      const made = newSigningKey();
      put.run(made.id, made.pem, Date.now());
      return made;
    })
    .immediate();
}
