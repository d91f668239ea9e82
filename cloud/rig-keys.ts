import type { Id, RigId } from "../shared/domain/id.ts";

/** What ingest must know of who may speak for a rig. The fleet room implements it; asked anew for every message, so that a revocation counts at once. */
export interface RigKeys {
  /** The public key (32 raw bytes) of this rig by its id, if it is live now; null for a foreign, revoked or unknown one. */
  liveKey(rig: RigId, key: Id): Uint8Array | null;
  /** Whether this is the rig's broker secret; compares in constant time. */
  brokerSecretOk(rig: RigId, secret: string): boolean;
}
