import type { RigKeys } from "../../cloud/rig-keys.ts";
import { newSigningKey, type SigningKey } from "../../shared/node/signing.ts";

/** Rigs whose keys and secrets live in memory, for tests of what asks the registry. */
export function memoryRigKeys(): RigKeys & {
  /** Enrols a rig (or gives it a further key); its broker secret is `secret of <rig>`. */
  enrol(rig: string): SigningKey;
  revoke(rig: string, key: string): void;
} {
  const live = new Map<string, Map<string, Uint8Array>>();
  const cloud = newSigningKey();
  return {
    enrol(rig) {
      const key = newSigningKey();
      const keys = live.get(rig) ?? new Map<string, Uint8Array>();
      live.set(rig, keys.set(key.id, key.publicKey));
      return key;
    },
    revoke: (rig, key) => void live.get(rig)?.delete(key),
    liveKey: (rig, key) => live.get(rig)?.get(key) ?? null,
    brokerSecretOk: (rig, secret) => live.has(rig) && secret === secretOf(rig),
    cloudKey: () => cloud,
  };
}

/** The broker secret that `memoryRigKeys` takes. */
export function secretOf(rig: string): string {
  return `secret of ${rig}`;
}
