import type { Id, RigId } from "../shared/domain/id.ts";
import type { SigningKey } from "../shared/node/signing.ts";

/**
 * What ingest must know of who may speak for a rig, and what it answers with. The fleet's registry implements it;
 * it is asked anew for every message, so that a revocation counts at once.
 */
export interface RigKeys {
  /** The public key (32 raw bytes) of this rig by its id, if it is live now; null for a foreign, revoked or unknown one. */
  liveKey(rig: RigId, key: Id): Uint8Array | null;
  /** Whether this is the rig's broker secret, and the rig is not cut off; compares in constant time. */
  brokerSecretOk(rig: RigId, secret: string): boolean;
  /** What answers and receipts are signed with. */
  cloudKey(): SigningKey;
}
