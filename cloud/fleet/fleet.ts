import type { SigningKey } from "../../shared/node/signing.ts";

/** A public key of a rig. What a revoked key signs is kept aside. */
export interface RigKey {
  rig: string;
  /** First 64 bits of the sha256 of the public half, as in batch headers. */
  id: string;
  /** ed25519, 32 raw bytes. */
  publicKey: Uint8Array;
  claimedAt: number;
  revokedAt: number | null;
}

export interface Claim {
  rig: string;
  token: string;
  publicKey: Uint8Array;
}

export type ClaimOutcome =
  | { status: "claimed"; brokerUser: string; brokerSecret: string; key: RigKey }
  /** Unknown, spent, late or another rig's token: one answer for all, so that nothing can be learnt by trying. */
  | { status: "refused" };

/**
 * Which rigs there are, whose keys they sign with and how they reach the broker; revocations too. A file of its own, outside every backup of
 * the archive: without it no key is known, and so nothing lands. Several processes may have it open.
 */
export interface Fleet {
  /** Ids of all rigs that were ever enrolled, in order. */
  rigs(): string[];
  has(rig: string): boolean;
  /** Makes a one-time token of 160 bits for a rig, good for 24 h; unclaimed ones of the rig end. Only its hash is stored. */
  issueClaim(rig: string, now?: number): string;
  /** Spends the token; the rig's earlier keys live on until revoked, its broker secret is new. */
  claim(claim: Claim, now?: number): ClaimOutcome;
  /** The key of that rig with that id, revoked or not; undefined when it is not that rig's. */
  key(rig: string, id: string): RigKey | undefined;
  keys(rig: string): RigKey[];
  /** True when the secret is the rig's broker secret and the rig is not cut off. */
  brokerLogin(user: string, secret: string): boolean;
  /** Ends a key; stored and synced before it returns. */
  revokeKey(rig: string, id: string, now?: number): void;
  /** Ends all keys of a rig and its broker secret. */
  revokeRig(rig: string, now?: number): void;
  /** What the cloud signs answers and receipts with; made at the first start. */
  cloudKey(): SigningKey;
  close(): void;
}
